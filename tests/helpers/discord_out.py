"""The outgoing side of Discord, opened over its double; nobody listens to the gateway."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import discord
import httpx
from discord.http import Route

from adapters.discord.adapter import DiscordAdapter
from adapters.discord.client import addresses, introduce, keep_quiet, make_speaker
from adapters.discord.files import ATTACHMENT, Files
from adapters.discord.note_messages import Posting
from adapters.discord.pages import Views
from adapters.discord.places import Place, Ticket, account_of
from adapters.discord.sending import Sender
from bot.chat.delivery import Delivery
from bot.chat.message_mover import MessageMover
from bot.chat.note_messages import Placeholders, PostedMessages
from bot.domain.billing import Plan
from bot.domain.errors import TooLarge
from bot.domain.money import Micros
from bot.domain.note import Answer, MediaRef, Note, Options
from bot.domain.transcript import Segment, Transcript
from bot.notes.repository import NoteRepository
from bot.storage.database import Database
from bot.support.files import Room
from tests.doubles.discord.server import Blob, Channel, Discord, Group, Guild, Person, Said, Use
from tests.helpers.databases import fresh_database
from tests.helpers.ledgers import mid_november

OPTIONS = Options("whisper-base")
SOUND = Blob("talk.ogg", b"OggS" + bytes(range(256)) * 400)
TICKET_SECONDS = 900
LOCAL = frozenset({"127.0.0.1"})
"""The address of the double's files."""
MENU = {"name": "Transcribe", "type": 3, "integration_types": [0, 1], "contexts": [0, 1, 2]}
SLASH = MENU | {
    "name": "transcribe",
    "type": 1,
    "description": "Transcribe a file",
    "options": [{"type": 11, "name": "file", "description": "A file"}],
}


class LinkFetcher:
    """Fetches nothing: it writes the link down that it was asked for."""

    async def fetch(self, url: str, folder: Path, limit: int) -> Path:
        if len(url) > limit:
            raise TooLarge(limit_mb=limit / 1_000_000)
        path = folder / "fetched"
        path.write_text(url)
        return path


@dataclass
class Scene:
    """A Discord whose clock stands still until it is moved, with a server, two people and somewhere to write."""

    discord: Discord
    ada: Person
    bea: Person
    guild: Guild
    channel: Channel

    @property
    def own(self) -> Channel:
        """Ada's chat with the bot."""
        return self.discord.dm(self.ada)

    def clock(self) -> datetime:
        return datetime.fromtimestamp(self.discord.now, UTC)

    def later(self, seconds: float) -> None:
        self.discord.clock_ahead += seconds


@asynccontextmanager
async def scene() -> AsyncIterator[Scene]:
    began = mid_november().now.timestamp()
    with Discord(clock=lambda: began) as double:
        ada, bea = double.person("Ada"), double.person("Bea")
        guild = double.guild("Home", owner=ada)
        guild.join(bea)
        keep_quiet()
        addresses(double.api_url)
        yield Scene(double, ada, bea, guild, guild.channel("general"))
        addresses()


@dataclass
class Out:
    """Everything between a note and what people see of it."""

    scene: Scene
    client: discord.Client
    sender: Sender
    files: Files
    adapter: Delivery
    posting: Posting
    mover: MessageMover
    posted: PostedMessages
    notes: NoteRepository
    views: Views
    http: httpx.AsyncClient
    pauses: list[float] = field(default_factory=list)
    """Seconds that were waited where the network made it wait."""

    async def said(self, channel: Channel | None = None, sent: Said | None = None) -> Note:
        """A note from a message of Ada's that has sound."""
        channel = channel or self.scene.channel
        sent = sent or channel.say(self.scene.ada, files=[SOUND])
        return await self.note(self.place(channel, sent), str(sent.id), media_of(sent))

    def place(self, channel: Channel, sent: Said | None = None, ticket: Ticket | None = None) -> Place:
        return Place(
            channel=channel.id,
            message=sent.id if sent else 0,
            guild=channel.guild.id if channel.guild else 0,
            asker=self.scene.ada.id,
            own=channel.own,
            ticket=ticket,
            link=self.scene.discord.link(sent.attachments[0]) if sent and sent.attachments else "",
        )

    async def note(self, place: Place, message: str, media: MediaRef) -> Note:
        """A note that was accepted."""
        key = place.key(self.scene.discord.bot_id, message)
        note = Note(key, account_of(place.asker), media, OPTIONS, place.details())
        await self.notes.add(note)
        return note

    async def asked(self, channel: Channel | Group, private: bool = False, first: bool = True) -> tuple[Use, Note]:
        """A note from a message that Ada used the menu on; the interaction is not deferred yet."""
        await self.register()
        sent = channel.say(self.scene.bea, files=[SOUND])
        use = self.scene.ada.menu("Transcribe", sent)
        return use, await self.note_of(use, channel, sent, private, first)

    async def note_of(
        self, use: Use, channel: Channel | Group, sent: Said, private: bool = False, first: bool = True
    ) -> Note:
        ticket = Ticket(use.token, int(use.began) + TICKET_SECONDS, private, first)
        place = self.place(channel, sent, ticket)
        return await self.note(place, f"i{use.id}/{1 if first else 2}", media_of(sent))

    async def register(self) -> None:
        """The commands, as they are synced."""
        if not self.scene.discord.commands:
            application = self.client.application_id or 0
            await self.client.http.bulk_upsert_global_commands(application, payload=[MENU, SLASH])

    async def defer(self, use: Use, private: bool = False) -> None:
        """Act as the listener does, which tells the adapter."""
        url = f"{Route.BASE}/interactions/{use.id}/{use.token}/callback"
        answer = await self.http.post(url, json={"type": 5, "data": {"flags": 64 if private else 0}})
        assert answer.is_success
        self.posting.deferred(use.token)


@asynccontextmanager
async def outgoing(scene: Scene, folder: Path) -> AsyncIterator[Out]:
    async with fresh_database("sqlite", folder) as database, over(scene, database) as out:
        yield out


@asynccontextmanager
async def over(scene: Scene, database: Database, seconds: float = 10.0) -> AsyncIterator[Out]:
    """As a process that was just started has it: what earlier ones did is in the database and on Discord."""
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    client = make_speaker()
    await introduce(client, scene.discord.token)
    async with httpx.AsyncClient() as http:
        sender = Sender(client, scene.clock, pause, seconds)
        files = Files(client, http, Room(Path(), 0), scene.clock, LOCAL)
        posted, views = PostedMessages(database, scene.clock), Views(b"secret")
        placeholders, posting = Placeholders(), Posting(sender, posted, views, scene.clock)
        platform = DiscordAdapter(sender, files, posting, views)
        adapter = Delivery(platform, LinkFetcher(), posted, scene.clock, placeholders)
        mover = MessageMover(platform, posted, placeholders)
        notes = NoteRepository(database, scene.clock)
        yield Out(scene, client, sender, files, adapter, posting, mover, posted, notes, views, http, pauses)
    await sender.close()
    await client.close()


def media_of(sent: Said) -> MediaRef:
    [file, *_] = sent.attachments
    return MediaRef(f"{ATTACHMENT}{file.id}", file.name, file.mime, file.size)


def said(*segments: Segment, text: str = "", model: str = "whisper-base", seconds: float = 16.1) -> Transcript:
    whole = text or " ".join(segment.text for segment in segments)
    return Transcript(whole, "en", seconds, model, segments or (Segment(whole, 0.0, seconds),))


def answer(transcript: Transcript, **more: object) -> Answer:
    """For nothing, in the open plan."""
    fields: dict[str, object] = {"charged": Micros(0), "plan": Plan.OPEN, "available": Micros(0)}
    return Answer(transcript, **(fields | more))  # type: ignore[arg-type]  # the fields of Answer
