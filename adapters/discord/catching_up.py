"""What was said while nobody listened: Discord does not keep it for a bot that was away, so its channels are read."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

import discord
import structlog

from adapters.discord.client import EarmarkClient, Sleep
from adapters.discord.doors import Doors
from adapters.discord.places import channel_owner, server_owner
from bot.preferences import Mode

log = structlog.get_logger()

OVERLAP = timedelta(minutes=2)
"""A dead connection may look alive for so long. What is read twice is the same note by its key."""
FARTHEST = timedelta(days=1)
KNOWN_FOR = timedelta(days=30)
"""People who sent no recording for longer are not asked what they wrote meanwhile."""
MOST_OF_A_CHANNEL = 200
BETWEEN_SECONDS = 0.25
"""From one channel to the next, so that those who wait now are answered first."""
_PAUSES = (1.0, 5.0)

Hear = Callable[[discord.Message], Awaitable[None]]
Readable = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread
Source = Readable | discord.PartialMessageable


class CatchingUp:
    """One for each listening client."""

    def __init__(self, doors: Doors, client: EarmarkClient, hear: Hear, sleep: Sleep = asyncio.sleep) -> None:
        """`hear` is handed each message, the oldest of a channel first."""
        self._doors = doors
        self._client = client
        self._hear = hear
        self._sleep = sleep

    async def read(self, shard: int) -> None:
        """Read what one session did not hear. Nothing is read where nothing was ever heard."""
        last = await self._doors.heard.last()
        if last is None:
            return
        since = max(last - OVERLAP, self._doors.clock() - FARTHEST)
        async for channel in self._channels(shard, discord.utils.time_snowflake(since)):
            await self._read_channel(channel, since)
            await self._sleep(BETWEEN_SECONDS)

    async def _channels(self, shard: int, since: int) -> AsyncIterator[Source]:
        """Where something may have been said since then that nobody needed to ask for."""
        if shard == 0:  # the one that hears people's own chats
            for chat, details in await self._doors.heard.chats(self._doors.clock() - KNOWN_FOR):
                if details.get("own") == "yes":
                    yield self._client.get_partial_messageable(int(chat))
        for guild in list(self._client.guilds):
            if guild.shard_id != shard:
                continue
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
        chosen = await self._doors.preferences.of("", *chats, server=server_owner(channel.guild.id))
        return chosen.mode is Mode.AUTO

    async def _read_channel(self, channel: Source, since: datetime) -> None:
        for pause in (*_PAUSES, None):
            try:
                messages = await self._client.calls.make(f"channel {channel.id}", partial(_history, channel, since))
            except (discord.NotFound, discord.Forbidden):
                return
            except Exception as error:  # noqa: BLE001  # one channel is no reason to read no other
                log.warning("channel_not_read", channel=channel.id, error=type(error).__name__, again_in=pause)
                if pause is not None:
                    await self._sleep(pause)
            else:
                for message in messages:
                    await self._hear(message)
                return


async def _history(channel: Source, since: datetime) -> list[discord.Message]:
    return [one async for one in channel.history(limit=MOST_OF_A_CHANNEL, after=since, oldest_first=True)]
