"""Events of Discord are handled, each in a task of its own, and what was not heard is read afterwards."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

import discord
import structlog

from adapters.discord.backfill import OVERLAP, Backfill
from adapters.discord.buttons import on_press
from adapters.discord.client import EarmarkClient, Sleep
from adapters.discord.command_sync import Catalogs
from adapters.discord.context import Context
from adapters.discord.interaction_replies import give, words
from adapters.discord.notes import Taking
from adapters.discord.places import Place
from adapters.discord.slash import add_commands, add_menus
from bot.domain.errors import EarmarkError, Undelivered
from bot.locales import error_text, locale_of, text
from bot.support.tracebacks import report

log = structlog.get_logger()

HANDLER_SECONDS = 60.0
MESSAGES_AT_ONCE = 64
PAUSES = (1.0, 5.0)
"""Seconds before each further attempt to take a message."""
AGAIN = (5.0, 30.0, 60.0, 300.0, 300.0)
"""Seconds before what was missed is read again, if something of it could not be taken."""
MARK_SECONDS = 30.0
PATIENCE_SECONDS = 120.0
"""Time in which discord.py may get a connection back; it waits longer with every outage, up to a quarter of an hour."""
_BY_PRESSES = frozenset({discord.InteractionType.component, discord.InteractionType.modal_submit})
_EVENTS = (
    *("on_message", "on_interaction", "on_guild_join", "on_guild_available"),
    *("on_shard_connect", "on_shard_ready", "on_shard_resumed", "on_shard_disconnect"),
)
"""Names under which a client of discord.py looks for its handlers."""

Take = Callable[[discord.Message], Awaitable[None]]


class EventDispatch:
    """Handlers of one listening client's events. The task group given owns all tasks."""

    def __init__(
        self, context: Context, tasks: asyncio.TaskGroup, begun: Callable[[EarmarkClient], None], sleep: Sleep
    ) -> None:
        """`begun` is called whenever a session began."""
        self._context = context
        self._tasks = tasks
        self._begun = begun
        self._sleep = sleep
        self._turns = asyncio.Semaphore(MESSAGES_AT_ONCE)
        self._reading: dict[int, asyncio.Task[None]] = {}
        """Tasks that read what a session missed, or did so, by its shard; none before its servers are known."""
        self._connected: set[int] = set()
        self._read: set[int] = set()
        """Shards whose session misses nothing."""
        self._missed: set[int] = set()
        """Shards whose session told of something that could not be taken."""
        self._hears = asyncio.Event()
        self._patience: asyncio.TimerHandle | None = None
        self._gave_up = asyncio.Event()
        self._ended = False

    @property
    def hears(self) -> bool:
        """Return True if all is heard, and nothing is missing of what was said before."""
        return self._hears.is_set()

    async def gave_up(self) -> None:
        """Return once another client should try: the connection was away for long, or is not to be trusted."""
        await self._gave_up.wait()

    async def begin(self, client: EarmarkClient) -> None:
        """Give a client its commands and the handlers of its events, before it connects."""
        self._client = client
        self._taking = Taking(self._context, client)
        self._backfill = Backfill(self._context, client, self._hear_late, self._sleep)
        await client.tree.set_translator(Catalogs())
        add_commands(client.tree, self._context, self._taking)
        add_menus(client.tree, self._taking)
        for event in _EVENTS:
            setattr(client, event, getattr(self, event))
        self._marking = self._tasks.create_task(self._mark(), name="discord marks")

    def end(self) -> None:
        """Hear nothing any more. What was heard is handled all the same."""
        self._ended = True
        self._be_patient(None)
        for task in (self._marking, *self._reading.values()):
            task.cancel()

    async def on_message(self, message: discord.Message) -> None:
        if self._taking.concerns(message):
            self._begin(partial(self._hear, message), f"discord message {message.id}")

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        self._begin(partial(self._answer, interaction), f"discord interaction {interaction.id}")

    async def on_guild_join(self, guild: discord.Guild) -> None:
        greeting = partial(self._attempt, _greet, self._context, guild, fault="server_not_greeted", server=guild.id)
        self._begin(greeting, f"discord server {guild.id}")

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """Read again: nothing was marked while Discord had lost the server."""
        if guild.shard_id in self._reading:  # else on_shard_ready will begin
            self._begin_reading(guild.shard_id, AGAIN[0])

    async def on_shard_connect(self, shard: int) -> None:
        """A session began: what was said before it was not heard. Not all servers are known yet."""
        self._client.stay_at_proxy(shard)
        self._stop_reading(shard)
        self._begun(self._client)
        self._is_back(shard)

    async def on_shard_ready(self, shard: int) -> None:
        self._begin_reading(shard)

    async def on_shard_resumed(self, shard: int) -> None:
        self._is_back(shard)

    async def on_shard_disconnect(self, shard: int) -> None:
        log.info("discord_connection_lost", shard=shard)
        self._connected.discard(shard)
        self._hears.clear()
        if self._patience is None:
            self._be_patient(PATIENCE_SECONDS)

    def _begin(self, do: Callable[[], Coroutine[Any, Any, object]], name: str) -> None:
        """Begin a task, unless it is too late: a client that is closing may still tell of something."""
        if not self._ended:
            self._tasks.create_task(do(), name=name)

    def _be_patient(self, seconds: float | None) -> None:
        """Give up after so many seconds; None: not any more."""
        if self._patience is not None:
            self._patience.cancel()
        loop = asyncio.get_running_loop()
        self._patience = None if seconds is None or self._ended else loop.call_later(seconds, self._gave_up.set)

    def _begin_reading(self, shard: int, pause: float = 0.0) -> None:
        """Read what a session missed, in place of an earlier task that does; nothing is marked until that is done."""
        self._stop_reading(shard)
        if not self._ended:
            task = self._tasks.create_task(self._catch_up(shard, pause), name=f"discord catching up {shard}")
            self._reading[shard] = task

    def _stop_reading(self, shard: int) -> None:
        if shard in self._reading:
            self._reading.pop(shard).cancel()
        self._read.discard(shard)
        self._hears.clear()

    async def _hear(self, message: discord.Message) -> None:
        if await self._take(message, self._taking.from_message):
            return
        shard = message.guild.shard_id if message.guild is not None else 0
        self._missed.add(shard)
        if shard in self._read:  # else it is being read, or will be
            self._begin_reading(shard, AGAIN[0])

    async def _hear_late(self, message: discord.Message) -> bool:
        return not self._taking.concerns(message) or await self._take(message, self._taking.from_history)

    async def _take(self, message: discord.Message, take: Take) -> bool:
        """Take a message's recordings; again after a fault, since the same message is the same notes.

        Returns True if that worked, or its author knows that it did not.
        """
        for pause in (0.0, *PAUSES):
            await self._sleep(pause)
            async with self._turns:
                if await self._attempt(_try_to_take, take, message, fault="message_failed", message=message.id):
                    return True
        return self._taking.is_awaited(message) and await self._apologise(message)

    async def _apologise(self, message: discord.Message) -> bool:
        place = self._taking.place_of(message)
        sorry = text(place.locale, "given-up")
        tell, fault = self._context.sender.tell, "message_given_up_silently"
        return await self._attempt(tell, place, sorry, fault=fault, message=message.id)

    async def _attempt(self, do: Callable[..., Awaitable[object]], *given: object, fault: str, **about: int) -> bool:
        """Return True if it worked. A fault is only reported: the next event has its turn."""
        try:
            async with asyncio.timeout(HANDLER_SECONDS):
                await do(*given)
        except Exception as error:  # noqa: BLE001  # any fault
            report(fault, error, **about)
            return False
        return True

    async def _answer(self, interaction: discord.Interaction[Any]) -> None:
        locale = locale_of(interaction.locale.value)
        try:
            async with asyncio.timeout(HANDLER_SECONDS):
                if interaction.type in _BY_PRESSES:
                    await on_press(self._context, self._taking, interaction)
                else:
                    await self._client.tree.answer(interaction)
        except EarmarkError as error:
            await self._tell(interaction, error_text(locale, error))
        except Exception as error:  # noqa: BLE001  # any fault: the user must know
            report("interaction_failed", error, interaction=interaction.id)
            await self._tell(interaction, text(locale, "given-up"))

    async def _tell(self, interaction: discord.Interaction[Any], sentence: str) -> None:
        if interaction.type is not discord.InteractionType.autocomplete:  # suggestions cannot tell anything
            fault = "interaction_given_up_silently"
            await self._attempt(give, interaction, words(sentence), fault=fault, interaction=interaction.id)

    async def _catch_up(self, shard: int, first_pause: float) -> None:
        """Read what a session missed until nothing is left, but not for ever because of one channel or message."""
        for pause in (first_pause, *AGAIN):
            await self._sleep(pause)
            if await self._read_all(shard):
                break
        else:
            log.error("something_is_left_out", of=shard)
        self._missed.discard(shard)
        self._read.add(shard)
        self._look_if_it_hears()

    async def _read_all(self, shard: int) -> bool:
        """Return True if nothing is left. The database may be away: that is waited out."""
        while True:
            self._missed.discard(shard)
            try:
                return await self._backfill.read(shard) and shard not in self._missed
            except Exception as error:  # noqa: BLE001  # any fault
                report("not_caught_up", error, of=shard)
                await self._sleep(PAUSES[-1])

    def _is_back(self, shard: int) -> None:
        self._connected.add(shard)
        if len(self._connected) == self._client.shard_count:
            self._be_patient(None)
        self._look_if_it_hears()

    def _look_if_it_hears(self) -> None:
        if len(self._connected & self._read) == self._client.shard_count:
            self._hears.set()

    async def _mark(self) -> None:
        """Write down now and then that nothing is missed.

        If the clock went on for much longer than this task slept, the whole machine slept, and the connection may be
        dead without looking so. Nothing is marked then: another client reads from the last mark.
        """
        looked, pause = self._context.core.clock(), 0.0
        while True:
            await asyncio.sleep(pause)
            with suppress(TimeoutError):
                async with asyncio.timeout(MARK_SECONDS):
                    await self._hears.wait()
            now = self._context.core.clock()
            if now - looked > timedelta(seconds=MARK_SECONDS) + OVERLAP:
                log.warning("discord_slept", seconds=round((now - looked).total_seconds()))
                return self._gave_up.set()
            looked, pause = now, MARK_SECONDS if self.hears else 0.0
            if self.hears and not any(guild.unavailable for guild in self._client.guilds):
                await self._attempt(self._context.heard.mark, now, fault="hearing_not_marked")


async def _try_to_take(take: Take, message: discord.Message) -> None:
    try:
        await take(message)
    except Undelivered:  # its author cannot be told either
        log.info("message_without_answer", message=message.id)


async def _greet(context: Context, guild: discord.Guild) -> None:
    """Tell a server that the bot joined how it is used and set up, if there is a channel where the bot may write."""
    channel = _channel_for_news(guild)
    if channel is not None:
        locale = locale_of(guild.preferred_locale.value)
        await context.sender.tell(Place(channel.id, guild=guild.id, locale=locale), text(locale, "server-hello"))


def _channel_for_news(guild: discord.Guild) -> discord.TextChannel | None:
    """Return the channel for such news, else the first; None if the bot may write in none."""
    first = [guild.system_channel] if guild.system_channel is not None else []
    for channel in [*first, *guild.text_channels]:
        rights = channel.permissions_for(guild.me)
        if rights.view_channel and rights.send_messages:
            return channel
    return None
