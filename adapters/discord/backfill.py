"""What was said while nobody listened: Discord does not keep it for a bot that was away, so its channels are read."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import discord
import structlog

from adapters.discord.client import EarmarkClient, Sleep
from adapters.discord.context import Context
from adapters.discord.errors import pause_of
from adapters.discord.places import channel_owner, server_owner
from bot.people.preferences import Mode
from bot.support.task_group import task_group

log = structlog.get_logger()

OVERLAP = timedelta(minutes=2)
"""A dead connection may look alive for so long. What is read twice is the same note by its key."""
FARTHEST = timedelta(days=1)
KNOWN_FOR = timedelta(days=30)
"""People who sent no recording for longer are not asked what they wrote meanwhile."""
PAGE = 100
"""Messages that Discord gives at once."""
MOST_PAGES = 50
"""Of one channel."""
MOST_CHATS = 5000
"""People's own chats, those that wrote last first."""
CHATS_AT_ONCE = 4
BETWEEN_SECONDS = 0.25
"""From one channel to the next, so that those who wait now are answered first. Discord takes 50 calls a second."""
_PAUSES = (1.0, 5.0)

Hear = Callable[[discord.Message], Awaitable[bool]]
Readable = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread


@dataclass(frozen=True, slots=True)
class Source:
    """What is read."""

    channel: Readable | discord.PartialMessageable
    since: datetime
    person: int = 0
    """Whose messages are of interest; 0: everybody's."""


class Backfill:
    """One for each listening client."""

    def __init__(self, context: Context, client: EarmarkClient, hear: Hear, sleep: Sleep = asyncio.sleep) -> None:
        """`hear` is handed each message, the oldest of a channel first, and tells whether that was seen to."""
        self._context = context
        self._client = client
        self._hear = hear
        self._sleep = sleep
        self._away: dict[int, datetime] = {}
        """Servers that Discord itself has lost for a while, and since when."""

    def mark_unavailable(self, guild: discord.Guild) -> None:
        """From now on nothing is heard of a server."""
        self._away.setdefault(guild.id, self._context.clock() - OVERLAP)

    async def read(self, shard: int) -> bool:
        """Read what one session did not hear; whether nothing is left that should be read again.

        Nothing is read where nothing was ever heard.
        """
        last = await self._context.heard.last()
        if last is None:
            return True
        since = max(last - OVERLAP, self._context.clock() - FARTHEST)
        chats = await self._own_chats(since) if shard == 0 else iter(())  # that one hears people's own chats
        async with task_group() as tasks:
            readers = [tasks.create_task(self._read_chats(chats)) for _ in range(CHATS_AT_ONCE)]
            readers.append(tasks.create_task(self._read_servers(shard, since)))
        return all(reader.result() for reader in readers)

    async def read_server(self, guild: discord.Guild) -> bool:
        """The same for a server that is there again; nothing where it was there all the time."""
        if guild.id not in self._away:
            return True
        is_whole = await self._read_server(guild, max(self._away[guild.id], self._context.clock() - FARTHEST))
        if is_whole:
            self._away.pop(guild.id, None)
        return is_whole

    async def _own_chats(self, since: datetime) -> Iterator[Source]:
        known = await self._context.heard.chats(self._context.clock() - KNOWN_FOR, MOST_CHATS)
        found = []
        for chat, details in known:
            if self._is_own(chat, details):
                channel = self._client.get_partial_messageable(int(chat))
                found.append(Source(channel, since, int(details["asker"])))
        return iter(found)

    def _is_own(self, chat: str, details: Mapping[str, str]) -> bool:
        """Whether a chat is its asker's own, beyond doubt: in a server nobody asked for all that is said there."""
        told = (details.get("own"), details.get("channel"), details.get("guild"))
        channel = self._client.get_channel(int(chat))
        return told == ("yes", chat, "0") and not isinstance(channel, (discord.abc.GuildChannel, discord.Thread))

    async def _read_chats(self, chats: Iterator[Source]) -> bool:
        is_whole = True
        for chat in chats:  # the others take from it as well
            is_whole = await self._read_channel(chat) and is_whole
            await self._sleep(BETWEEN_SECONDS)
        return is_whole

    async def _read_servers(self, shard: int, since: datetime) -> bool:
        is_whole = True
        for guild in [guild for guild in self._client.guilds if guild.shard_id == shard]:
            if guild.unavailable:
                self._away.setdefault(guild.id, since)
            elif guild.id in self._away:
                is_whole = await self.read_server(guild) and is_whole
            else:
                is_whole = await self._read_server(guild, since) and is_whole
        return is_whole

    async def _read_server(self, guild: discord.Guild, since: datetime) -> bool:
        is_whole = True
        async for channel in self._channels(guild, discord.utils.time_snowflake(since)):
            is_whole = await self._read_channel(Source(channel, since)) and is_whole
            await self._sleep(BETWEEN_SECONDS)
        return is_whole

    async def _channels(self, guild: discord.Guild, since: int) -> AsyncIterator[Readable]:
        """Where something may have been said since then that nobody needed to ask for."""
        channels: list[Readable] = [*guild.text_channels, *guild.voice_channels, *guild.stage_channels]
        for channel in [*channels, *guild.threads]:
            if (channel.last_message_id or 0) >= since and await self._is_read(channel):
                yield channel

    async def _is_read(self, channel: Readable) -> bool:
        """Whether each recording of a channel is to be taken, and may be seen."""
        rights = channel.permissions_for(channel.guild.me)
        if not (rights.view_channel and rights.read_message_history):
            return False
        chats = [channel_owner(channel.id)]
        if isinstance(channel, discord.Thread):
            chats.append(channel_owner(channel.parent_id))
        chosen = await self._context.preferences.of("", *chats, server=server_owner(channel.guild.id))
        return chosen.mode is Mode.AUTO

    async def _read_channel(self, source: Source) -> bool:
        """Page by page until now; whether nothing is left."""
        after, is_whole = discord.utils.time_snowflake(source.since), True
        for _ in range(MOST_PAGES):
            page = await self._page(source, after)
            if page is None:
                return False
            for message in page:
                if source.person in (0, message.author.id):
                    is_whole = await self._hear(message) and is_whole
            if len(page) < PAGE:
                return is_whole
            after = page[-1].id
            await self._sleep(BETWEEN_SECONDS)
        log.warning("channel_not_read_to_its_end", channel=source.channel.id, messages=MOST_PAGES * PAGE)
        return is_whole

    async def _page(self, source: Source, after: int) -> list[discord.Message] | None:
        """The next messages, the oldest first; None where they cannot be read just now."""
        channel = source.channel.id
        for pause in (*_PAUSES, None):
            try:
                return await self._client.calls.make(f"channel {channel}", partial(_history, source, after))
            except Exception as error:  # noqa: BLE001  # one channel is no reason to read no other
                if _is_for_good(error):
                    return []
                log.warning("channel_not_read", channel=channel, error=type(error).__name__, again_in=pause)
                if pause is not None:
                    await self._sleep(pause)
        return None


def _is_for_good(error: Exception) -> bool:
    """Whether a channel is gone, or closed to the bot."""
    return isinstance(error, (discord.NotFound, discord.Forbidden)) and pause_of(error) is None


async def _history(source: Source, after: int) -> list[discord.Message]:
    messages = source.channel.history(limit=PAGE, after=discord.Object(after), oldest_first=True)
    return [message async for message in messages]
