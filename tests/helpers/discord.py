"""A whole service that listens on Discord, opened over the double of Discord."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from pydantic import SecretStr

from adapters.discord.gateway import Gateway
from adapters.discord.opening import open_discord
from adapters.discord.places import PLATFORM, channel_owner
from bot.chat.listening import StateReport
from bot.chat.plugin import PlatformHost
from bot.chat.read_marker import ReadMarker
from bot.chat.update_handling import UpdateInbox
from bot.domain.note import Note
from bot.domain.ports import Clock
from bot.locales import text
from bot.media.download import Fetcher
from bot.people.preferences import Choice
from bot.service.chat_core import chat_core_of
from bot.service.core import open_core
from bot.service.platforms import host_of
from bot.service.worker import Parts, Service, open_service
from bot.settings import Settings
from bot.support.clock import now
from tests.doubles.discord.server import Channel, Discord, Guild, Person, Seen, Use
from tests.doubles.provider import MODELS, PaidProvider
from tests.helpers.databases import put_databases
from tests.helpers.services import Pauses
from tests.helpers.settings import changed, make_settings

SAID = "What was said in 16.14 seconds."
SETTLE_SECONDS = 0.05


@dataclass
class DiscordRig:
    """A running Earmark, its provider, and the Discord that it listens to."""

    discord: Discord
    service: Service
    provider: PaidProvider
    pauses: Pauses
    ears: Gateway
    report: StateReport

    async def answers(self, channel: Channel, number: int = 1, text: str = SAID) -> list[Seen]:
        """Return the bot's messages in a channel, once so many of them have that text."""
        await self.discord.eventually(lambda: sum(text in seen.text for seen in channel.answers) >= number, 20)
        return channel.answers

    async def choose(self, owner: str, choice: Choice, value: str) -> None:
        await self.service.core.preferences.choose(owner, choice, value)

    async def notes(self) -> list[Note]:
        """Every note of Discord's, the oldest first."""
        notes = self.service.core.notes
        standings = reversed([one for one in await notes.recent(100) if one.account.startswith(PLATFORM)])
        orders = [await notes.order(one.note_id) for one in standings]
        return [order.note for order in orders if order is not None]

    @asynccontextmanager
    async def broken(self, table: str) -> AsyncIterator[None]:
        """Meanwhile a table is away: a fault from below."""
        await self._rename(table, "lost")
        try:
            yield
        finally:
            await self._rename("lost", table)

    async def _rename(self, table: str, name: str) -> None:
        async with self.service.core.db.writing() as connection:
            await connection.execute(sa.text(f"ALTER TABLE {table} RENAME TO {name}"))

    async def idle(self) -> None:
        """Until no note is without an end."""
        async with asyncio.timeout(20):
            while await self.service.core.notes.unfinished():
                await asyncio.sleep(0.01)

    async def caught_up(self) -> None:
        """Until nothing is missing of what was said while nobody listened, and that is written down."""
        heard = ReadMarker(self.service.core.db, PLATFORM, str(self.discord.bot_id))
        async with asyncio.timeout(20):
            while not self.ears.hears or await heard.last() is None:
                await asyncio.sleep(0.01)

    async def obeyed(self) -> None:
        """Until every operator's command that was typed is answered, and that is written down."""
        typed = UpdateInbox(self.service.core.db, now, PLATFORM, str(self.discord.bot_id))
        async with asyncio.timeout(20):
            while await typed.waiting():
                await asyncio.sleep(0.01)


def on_discord(settings: Settings, discord: Discord, **more: object) -> Settings:
    """The same deployment with the double as its Discord."""
    where = {
        "discord_token": SecretStr(discord.token),
        "discord_api_url": discord.api_url,
        "discord_gateway_url": discord.gateway_url,
        "model": "paid",
        "notes_per_user": 8,
    }
    return changed(settings, **(where | more))


@asynccontextmanager
async def discord_rig(
    discord: Discord,
    settings: Settings,
    provider: PaidProvider | None = None,
    *,
    deaf: bool = False,
    clock: Clock = now,
    prepared: Callable[[PlatformHost], PlatformHost] = lambda host: host,
) -> AsyncIterator[DiscordRig]:
    """Open it as `earmark run` does, with a provider that tests can look into, and pauses that do not last.

    The settings must be `on_discord`. With the settings of another service it is that one's restart. `deaf`: whether it
    is not waited for until it listens. `clock`: the clock of the listeners. `prepared` may
    change what the platform is given.
    """
    provider = provider or PaidProvider(settings.storage.data_dir.parent / "provider")
    pauses = Pauses()
    await put_databases(settings)
    async with (
        Fetcher(allow=["127.0.0.0/8"]) as fetcher,
        open_core(settings, MODELS) as core,
        open_discord(settings.platforms[PLATFORM], prepared(host_of(settings, core, fetcher))) as opened,
    ):
        platform = replace(opened, sleep=pauses, settle_seconds=SETTLE_SECONDS)
        parts = Parts(
            [platform.adapter],
            [provider],
            MODELS,
            connections={PLATFORM: platform.report},
            look_every=timedelta(seconds=0.2),
        )
        async with (
            open_service(settings, parts, core) as service,
            platform.listen(chat_core_of(service, settings, clock)) as ears,
        ):
            if not deaf:
                await asyncio.wait_for(ears.listening.wait(), 20)
                await discord.eventually(lambda: discord.commands)
            yield DiscordRig(discord, service, provider, pauses, ears, platform.report)


class Home:
    """A service that all tests of a module share. Each has people and channels of its own."""

    def __init__(self, rig: DiscordRig, guild: Guild) -> None:
        self.rig = rig
        self.discord = rig.discord
        self.guild = guild

    def person(self, name: str, locale: str = "en-US") -> Person:
        person = self.discord.person(name, locale)
        self.guild.join(person)
        return person

    async def channel(self, mode: str = "") -> Channel:
        """One more, with a mode if one is given."""
        channel = self.guild.channel("talk")
        if mode:
            await self.rig.choose(channel_owner(channel.id), Choice.MODE, mode)
        return channel

    async def says(self, channel: Channel, key: str, **values: str | int) -> None:
        """Wait for one of our sentences in a channel."""
        words = plain(text("en", key, **values))
        await self.discord.eventually(lambda: any(words in plain(seen.text) for seen in channel.answers))

    async def is_silent(self, channel: Channel, person: Person) -> None:
        """Wait until the bot has handled all earlier messages: it has once it has answered this."""
        before = len(channel.answers)
        channel.say(person, "are you there?", mentions_bot=True)
        await self.discord.eventually(lambda: len(channel.answers) > before)
        assert len(channel.answers) == before + 1

    async def response(self, use: Use, text: str = SAID) -> Seen:
        """Return the text of an interaction's own response, once it says this."""
        await self.discord.eventually(lambda: use.response is not None and text in plain(use.response.text), 20)
        assert use.response is not None, "it was just there"
        return use.response


@asynccontextmanager
async def shared_home(data_dir: Path) -> AsyncIterator[Home]:
    settings = make_settings(data_dir, stop_seconds=0)
    with Discord() as discord:
        guild = discord.guild("Home", owner=discord.person("Owner"))
        async with discord_rig(discord, on_discord(settings, discord)) as rig:
            yield Home(rig, guild)
        assert discord.pings == []


def plain(text: str) -> str:
    """Without the signs that hide markup."""
    return text.replace("\\", "").replace("\u200b", "")
