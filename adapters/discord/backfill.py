"""Messages that the bot missed: Discord keeps none for a bot that was away, so its channels are read."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import discord
import structlog

from adapters.discord.client import EarmarkClient, tell_of_skipped
from adapters.discord.context import Context, chats_of
from adapters.discord.errors import pause_of
from adapters.discord.places import person_of, server_owner
from bot.chat.hearing import OVERLAP
from bot.domain.errors import Undelivered
from bot.people.preferences import Mode
from bot.support.retry import Sleep
from bot.support.task_group import task_group

if TYPE_CHECKING:  # imported alone, it imports itself
    from discord.types.message import Message as RawMessage

log = structlog.get_logger()

FARTHEST = timedelta(days=1)
KNOWN_FOR = timedelta(days=30)
"""The chats of users who sent no recording for longer are not read."""
PAGE = 100
"""Messages that Discord gives at once."""
MOST_PAGES = 50
"""Of one channel."""
MOST_CHATS = 5000
"""Chats of users with the bot, the latest first."""
CHATS_AT_ONCE = 4
BETWEEN_SECONDS = 0.25
"""From one channel to the next, so that users who wait now are answered first. Discord takes 50 calls a second."""

Hear = Callable[[discord.Message], Awaitable[bool]]
Readable = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread


@dataclass(frozen=True, slots=True)
class Source:
    """A channel that is read."""

    channel: Readable | discord.PartialMessageable
    since: datetime
    user: int = 0
    """The user whose messages are read; 0: those of all."""


class Backfill:
    """Implements bot.chat.hearing.Missed: one for each listening client."""

    def __init__(self, context: Context, client: EarmarkClient, hear: Hear, sleep: Sleep = asyncio.sleep) -> None:
        """`hear` takes each message, the oldest of a channel first; it returns True if that message is done."""
        self._context = context
        self._client = client
        self._hear = hear
        self._sleep = sleep

    @property
    def sessions(self) -> int:
        return self._client.shard_count or 1

    @property
    def is_told_of_all(self) -> bool:
        return not any(guild.unavailable for guild in self._client.guilds)

    async def read(self, session: int) -> bool:
        """Nothing is read if nothing was ever heard."""
        last = await self._context.heard.last()
        if last is None:
            return True
        since = max(last - OVERLAP, self._context.core.clock() - FARTHEST)
        chats = await self._own_chats(since) if session == 0 else iter(())  # that session hears users' own chats
        async with task_group() as tasks:
            readers = [tasks.create_task(self._read_chats(chats)) for _ in range(CHATS_AT_ONCE)]
            readers.append(tasks.create_task(self._read_servers(session, since)))
        return all(reader.result() for reader in readers)

    async def _own_chats(self, since: datetime) -> Iterator[Source]:
        known = await self._context.heard.chats(self._context.core.clock() - KNOWN_FOR, MOST_CHATS)
        own = [(int(chat), int(details["asker"])) for chat, details in known if self._is_own(chat, details)]
        chats = dict([*own, *await self._chats_of_operators()])
        return (Source(self._client.get_partial_messageable(chat), since, user) for chat, user in chats.items())

    async def _chats_of_operators(self) -> list[tuple[int, int]]:
        """Return operators' own chats with the operators: there may be a command in them, and no recording."""
        chats = []
        for operator in filter(None, map(person_of, await self._context.core.people.operators())):
            with suppress(Undelivered):  # an operator who cannot be written to could not write either
                chats.append((await self._context.sender.own_chat(operator), operator))
        return chats

    def _is_own(self, chat: str, details: Mapping[str, str]) -> bool:
        """Return True if a chat is surely its asker's own: in a server no user asked for all that is said there."""
        told = (details.get("own"), details.get("channel"), details.get("guild"))
        channel = self._client.get_channel(int(chat))
        return told == ("yes", chat, "0") and not isinstance(channel, (discord.abc.GuildChannel, discord.Thread))

    async def _read_chats(self, chats: Iterator[Source]) -> bool:
        is_whole = True
        for chat in chats:  # the other readers take from it as well
            is_whole = await self._read_channel(chat) and is_whole
            await self._sleep(BETWEEN_SECONDS)
        return is_whole

    async def _read_servers(self, shard: int, since: datetime) -> bool:
        """Read first the channels in which every recording is taken, then those in which the bot may be mentioned.

        Each is read, whatever Discord tells of its last message: that is a hint, and may be old.
        """
        guilds = [guild for guild in self._client.guilds if guild.shard_id == shard]
        channels = [(await self._mode_of(channel), channel) for guild in guilds for channel in _readable(guild)]
        is_whole = True
        for wanted in (Mode.AUTO, Mode.ASK):
            for channel in [channel for mode, channel in channels if mode is wanted]:
                is_whole = await self._read_channel(Source(channel, since)) and is_whole
                await self._sleep(BETWEEN_SECONDS)
        return is_whole

    async def _mode_of(self, channel: Readable) -> Mode:
        chats, server = chats_of(channel.id, channel), server_owner(channel.guild.id)
        return (await self._context.core.preferences.of("", *chats, server=server)).mode

    async def _read_channel(self, source: Source) -> bool:
        """Read page by page until now; return True if nothing is left."""
        after, is_whole = discord.utils.time_snowflake(source.since), True
        for _ in range(MOST_PAGES):
            page = await self._page(source, after)
            if page is None:
                return False
            for message in map(partial(self._parsed, source), page):
                if message is not None and source.user in (0, message.author.id):
                    is_whole = await self._hear(message) and is_whole
            if len(page) < PAGE:
                return is_whole
            after = int(page[-1]["id"])
            await self._sleep(BETWEEN_SECONDS)
        log.warning("channel_not_read_to_its_end", channel=source.channel.id, messages=MOST_PAGES * PAGE)
        return is_whole

    async def _page(self, source: Source, after: int) -> "list[RawMessage] | None":
        """Return the next messages, the oldest first; None if they cannot be read just now."""
        channel = source.channel.id
        read = partial(self._client.http.logs_from, channel, PAGE, after=after)
        try:
            return sorted(await self._client.calls.make(f"channel {channel}", read), key=_id_of)
        except Exception as error:  # noqa: BLE001  # one channel is no reason to read no other
            if isinstance(error, (discord.NotFound, discord.Forbidden)) and pause_of(error) is None:
                return []  # it is gone, or closed to the bot
            log.warning("channel_not_read", channel=channel, error=type(error).__name__)
        return None

    def _parsed(self, source: Source, raw: "RawMessage") -> discord.Message | None:
        """Return a message; None, and a line in the log, for one that discord.py cannot parse."""
        try:
            return self._client._connection.create_message(channel=source.channel, data=raw)
        except Exception as error:  # noqa: BLE001  # the other messages of the page are read all the same
            tell_of_skipped("discord_message_skipped", error, raw)
            return None


def _readable(guild: discord.Guild) -> Iterator[Readable]:
    """Yield the channels whose history the bot may read."""
    channels: list[Readable] = [*guild.text_channels, *guild.voice_channels, *guild.stage_channels, *guild.threads]
    for channel in channels:
        rights = channel.permissions_for(guild.me)
        if rights.view_channel and rights.read_message_history:
            yield channel


def _id_of(raw: "RawMessage") -> int:
    return int(raw["id"])
