"""The outgoing side of Telegram, opened over the double of its Bot API."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from telegram.ext import ExtBot
from telegram.request import HTTPXRequest

from adapters.telegram.adapter import Files, TelegramAdapter, keeping
from adapters.telegram.places import Place, account_of
from adapters.telegram.sending import Sender
from bot.chat.delivery import Delivery
from bot.chat.note_messages import PostedMessages
from bot.domain.billing import Plan
from bot.domain.errors import TooLarge
from bot.domain.money import Micros
from bot.domain.note import Answer, MediaRef, Note, Options
from bot.domain.transcript import Segment, Transcript
from bot.notes.repository import NoteRepository
from bot.storage.database import Database
from bot.support.files import Room
from tests.doubles.telegram.server import BotApi
from tests.helpers.databases import fresh_database
from tests.helpers.ledgers import Clock, mid_november

BOT = 110201543
OPTIONS = Options("whisper-base")


class LinkFetcher:
    """Fetches nothing: it writes the link down that it was asked for."""

    async def fetch(self, url: str, folder: Path, limit: int) -> Path:
        if len(url) > limit:
            raise TooLarge(limit_mb=limit / 1_000_000)
        path = folder / "fetched"
        path.write_text(url)
        return path


@dataclass
class Out:
    """Everything between a note and what people see of it."""

    bot: "ExtBot[None]"
    sender: Sender
    files: Files
    adapter: Delivery
    posted: PostedMessages
    notes: NoteRepository
    clock: Clock
    pauses: list[float] = field(default_factory=list)
    """Seconds that were waited where Telegram, or the network, made it wait."""

    async def note(self, place: Place, media: MediaRef, options: Options = OPTIONS) -> Note:
        """A note that was accepted."""
        note = Note(place.key(BOT), account_of(place.asker), media, options, place.details())
        await self.notes.add(note)
        return note


@asynccontextmanager
async def outgoing(
    telegram: BotApi, folder: Path, make: "Callable[[BotApi], ExtBot[None]] | None" = None
) -> AsyncIterator[Out]:
    async with fresh_database("sqlite", folder) as database, over(telegram, database, make) as out:
        yield out


@asynccontextmanager
async def over(
    telegram: BotApi, database: Database, make: "Callable[[BotApi], ExtBot[None]] | None" = None
) -> AsyncIterator[Out]:
    """As a process that was just started has it: what earlier ones did is in the database and on Telegram."""
    clock = mid_november()
    bot = (make or unpaced)(telegram)
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    async with httpx.AsyncClient() as http:
        posted = PostedMessages(database, clock)
        sender = Sender(bot, clock, pause, keeping(posted))
        files = Files(bot, http, telegram.base_file_url, telegram.local is not None, Room(Path(), 0))
        adapter = Delivery(TelegramAdapter(sender, files, posted), LinkFetcher(), posted, clock)
        yield Out(bot, sender, files, adapter, posted, NoteRepository(database, clock), clock, pauses)
    await close(bot)


async def close(bot: "ExtBot[None]") -> None:
    """Close the connections of a bot that was never initialized, so that nobody asked Telegram who it is."""
    for request in bot._request:
        await request.shutdown()


def unpaced(telegram: BotApi) -> "ExtBot[None]":
    """A bot without a limiter, for tests of everything but the pace."""
    telegram.limits.private_per_second = telegram.limits.group_per_minute = telegram.limits.per_second = None
    request = HTTPXRequest(connection_pool_size=8, read_timeout=2, connect_timeout=2, pool_timeout=2)
    return ExtBot(telegram.token, telegram.base_url, telegram.base_file_url, request=request)


def said(*segments: Segment, text: str = "", model: str = "whisper-base", seconds: float = 16.1) -> Transcript:
    whole = text or " ".join(segment.text for segment in segments)
    return Transcript(whole, "en", seconds, model, segments or (Segment(whole, 0.0, seconds),))


def answer(transcript: Transcript, **more: object) -> Answer:
    """For nothing, in the open plan."""
    fields: dict[str, object] = {"charged": Micros(0), "plan": Plan.OPEN, "available": Micros(0)}
    return Answer(transcript, **(fields | more))  # type: ignore[arg-type]  # the fields of Answer
