"""What comes in from Discord is seen to: each event in a task of its own, and what was not heard is read afterwards."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import discord
import structlog

from adapters.discord.backfill import OVERLAP, Backfill
from adapters.discord.buttons import on_press
from adapters.discord.client import EarmarkClient, Sleep
from adapters.discord.context import Context
from adapters.discord.interaction_replies import give, words
from adapters.discord.joining import greet
from adapters.discord.localization import Catalogs
from adapters.discord.menus import add_menus
from adapters.discord.notes import Taking
from adapters.discord.slash import add_commands
from bot.domain.errors import EarmarkError, Undelivered
from bot.locales import error_text, locale_of, text
from bot.support.tracebacks import report

log = structlog.get_logger()

HANDLER_SECONDS = 60.0
MESSAGES_AT_ONCE = 64
PAUSES = (1.0, 5.0)
"""Seconds after each failure of one message."""
AGAIN = (5.0, 30.0, 60.0, 300.0, 300.0)
"""Seconds before what was missed is read again, where something of it could not be taken."""
MARK_SECONDS = 30.0
PATIENCE_SECONDS = 120.0
"""For how long discord.py may try to get a connection back."""
_BY_PRESSES = frozenset({discord.InteractionType.component, discord.InteractionType.modal_submit})

Take = Callable[[discord.Message], Awaitable[None]]


class EventDispatch:
    """One for each listening client; implements its `Ears`. The task group given owns all tasks."""

    def __init__(
        self, context: Context, tasks: asyncio.TaskGroup, begun: Callable[[EarmarkClient], None], sleep: Sleep
    ) -> None:
        """`begun` is called whenever a session began."""
        self._context = context
        self._tasks = tasks
        self._begun = begun
        self._sleep = sleep
        self._turns = asyncio.Semaphore(MESSAGES_AT_ONCE)
        self._own: list[asyncio.Task[None]] = []
        """What ends with the client."""
        self._reading: dict[int, asyncio.Task[None]] = {}
        """What reads for a session, or for a server."""
        self._connected: set[int] = set()
        self._read: set[int] = set()
        """The sessions of which nothing is missing."""
        self._missed: set[int] = set()
        """The sessions of which something was heard, and could not be taken."""
        self._settled: set[int] = set()
        self._late: set[int] = set()
        """The servers that are read by themselves."""
        self._hears = asyncio.Event()
        self._slept = asyncio.Event()
        self._broken, self._whole = asyncio.Event(), asyncio.Event()
        self._ended = False

    @property
    def hears(self) -> bool:
        """Whether all is heard, and nothing is missing of what was said before."""
        return self._hears.is_set()

    async def gave_up(self) -> None:
        """Returns once another client should try: where a connection stayed away for long, or is not to be trusted.

        discord.py itself waits longer and longer, up to a quarter of an hour, and longer with every outage.
        """
        waits = [asyncio.create_task(self._stays_broken()), asyncio.create_task(self._slept.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def begin(self, client: EarmarkClient) -> None:
        """Give a client its commands, before it connects."""
        self._client = client
        self._taking = Taking(self._context, client)
        self._catching_up = Backfill(self._context, client, self._hear_late, self._sleep)
        await client.tree.set_translator(Catalogs())
        add_commands(client.tree, self._context, self._taking)
        add_menus(client.tree, self._taking)
        self._own.append(self._tasks.create_task(self._mark(), name="discord marks"))

    def end(self) -> None:
        """Nothing is heard any more. What was heard is seen to all the same."""
        self._ended = True
        for task in (*self._own, *self._reading.values()):
            task.cancel()

    def heard_message(self, message: discord.Message) -> None:
        if self._taking.concerns(message):
            self._begin(partial(self._hear, message), f"discord message {message.id}")

    def heard_interaction(self, interaction: discord.Interaction[Any]) -> None:
        self._begin(partial(self._see_to_interaction, interaction), f"discord interaction {interaction.id}")

    def joined(self, guild: discord.Guild) -> None:
        self._begin(partial(self._see_to_server, guild), f"discord server {guild.id}")

    def available(self, guild: discord.Guild) -> None:
        """Before its session is settled it is read with all others."""
        if guild.shard_id in self._settled:
            self._late.add(guild.id)
            self._hears.clear()
            self._read_by(guild.id, self._catch_up_server(guild))

    def unavailable(self, guild: discord.Guild) -> None:
        self._catching_up.mark_unavailable(guild)

    def opened(self, shard: int) -> None:
        self._read.discard(shard)
        self._settled.discard(shard)
        self._hears.clear()
        self._begun(self._client)
        self._is_back(shard)

    def settled(self, shard: int) -> None:
        self._settled.add(shard)
        self._read_by(shard, self._catch_up(shard))

    def resumed(self, shard: int) -> None:
        self._is_back(shard)

    def lost(self, shard: int) -> None:
        log.info("discord_connection_lost", shard=shard)
        self._connected.discard(shard)
        self._hears.clear()
        self._whole.clear()
        self._broken.set()

    def _begin(self, do: Callable[[], Coroutine[Any, Any, None]], name: str) -> None:
        """Nothing where it is too late: a client that is closing may still tell of something."""
        if not self._ended:
            self._tasks.create_task(do(), name=name)

    def _read_by(self, which: int, reading: Coroutine[Any, Any, None]) -> None:
        """Read for a session, or for a server, and nobody else for the same."""
        earlier = self._reading.pop(which, None)
        if earlier is not None:
            earlier.cancel()
        if self._ended:
            reading.close()
        else:
            self._reading[which] = self._tasks.create_task(reading, name=f"discord catching up {which}")

    async def _hear(self, message: discord.Message) -> None:
        if not await self._see_to_message(message, self._taking.from_message):
            self._miss(message.guild.shard_id if message.guild is not None else 0)

    def _miss(self, shard: int) -> None:
        """Something that a session told is not taken: it is read again in a while, and until then nothing is marked."""
        self._missed.add(shard)
        if shard in self._read:  # else it is being read, or will be
            self._read.discard(shard)
            self._hears.clear()
            self._read_by(shard, self._catch_up(shard, AGAIN[0]))

    async def _see_to_message(self, message: discord.Message, take: Take) -> bool:
        """Take what it holds; again after a fault, since the same message is the same notes.

        Returns whether it was taken, or its author knows that it was not.
        """
        for pause in (*PAUSES, None):
            try:
                async with self._turns, asyncio.timeout(HANDLER_SECONDS):
                    await take(message)
            except Undelivered:  # there is nobody to tell
                log.info("message_without_answer", message=message.id)
            except Exception as error:  # noqa: BLE001  # whatever it is, the next message has its turn
                report("message_failed", error, message=message.id)
                if pause is not None:
                    await self._sleep(pause)
                    continue
                return await self._apologise(message)
            return True
        raise AssertionError("the last of the pauses is none")

    async def _apologise(self, message: discord.Message) -> bool:
        """Whether its author is told."""
        if not self._taking.is_awaited(message):
            return False
        place = self._taking.place_of(message)
        try:
            async with asyncio.timeout(HANDLER_SECONDS):
                await self._context.sender.tell(place, text(place.locale, "given-up"))
        except Exception as error:  # noqa: BLE001  # the log has it, and nothing more can be done
            report("message_given_up_silently", error, message=message.id)
            return False
        return True

    async def _see_to_interaction(self, interaction: discord.Interaction[Any]) -> None:
        try:
            async with asyncio.timeout(HANDLER_SECONDS):
                if interaction.type in _BY_PRESSES:
                    await on_press(self._context, self._taking, interaction)
                else:
                    await self._client.tree.answer(interaction)
        except EarmarkError as error:
            await self._tell(interaction, error_text(locale_of(interaction.locale.value), error))
        except Exception as error:  # noqa: BLE001  # whatever it is, whoever asked must know
            report("interaction_failed", error, interaction=interaction.id)
            await self._tell(interaction, text(locale_of(interaction.locale.value), "given-up"))

    async def _tell(self, interaction: discord.Interaction[Any], sentence: str) -> None:
        if interaction.type is discord.InteractionType.autocomplete:  # suggestions cannot tell anything
            return
        try:
            async with asyncio.timeout(HANDLER_SECONDS):
                await give(interaction, words(sentence))
        except Exception as error:  # noqa: BLE001  # the log has it, and nothing more can be done
            report("interaction_given_up_silently", error, interaction=interaction.id)

    async def _see_to_server(self, guild: discord.Guild) -> None:
        try:
            async with asyncio.timeout(HANDLER_SECONDS):
                await greet(self._context, guild)
        except Exception as error:  # noqa: BLE001  # a courtesy
            report("server_not_greeted", error, server=guild.id)

    async def _catch_up(self, shard: int, pause: float = 0.0) -> None:
        """Read what was missed; only from then on the ears count as open."""

        async def read() -> bool:
            self._missed.discard(shard)
            is_whole = await self._catching_up.read(shard)
            return is_whole and shard not in self._missed

        if pause:
            await self._sleep(pause)
        await self._read_until_whole(read, shard)
        self._missed.discard(shard)
        self._read.add(shard)
        self._look_whether_it_hears()

    async def _catch_up_server(self, guild: discord.Guild) -> None:
        """The same for a server that Discord told of late."""
        await self._read_until_whole(partial(self._catching_up.read_server, guild), guild.id)
        self._late.discard(guild.id)
        self._look_whether_it_hears()

    async def _read_until_whole(self, read: Callable[[], Awaitable[bool]], which: int) -> None:
        """Read again and again until nothing is left, but not for ever because of one channel, or one message."""
        pauses = [*reversed(AGAIN)]
        while True:
            try:
                if await read():
                    return
            except Exception as error:  # noqa: BLE001  # the database may be away
                report("not_caught_up", error, of=which)
                await self._sleep(PAUSES[-1])
                continue
            if not pauses:
                log.error("something_is_left_out", of=which)
                return
            await self._sleep(pauses.pop())

    async def _hear_late(self, message: discord.Message) -> bool:
        return not self._taking.concerns(message) or await self._see_to_message(message, self._taking.from_history)

    def _is_back(self, shard: int) -> None:
        self._connected.add(shard)
        if len(self._connected) == self._client.shard_count:
            self._broken.clear()
            self._whole.set()
        self._look_whether_it_hears()

    def _look_whether_it_hears(self) -> None:
        if len(self._connected & self._read) == self._client.shard_count and not self._late:
            self._hears.set()

    async def _stays_broken(self) -> None:
        while True:
            await self._broken.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await self._whole.wait()
                continue
            return

    async def _mark(self) -> None:
        """Write down now and then that nothing is missed.

        Where the clock went on for much longer than this task slept, the whole machine did, and the connection may be
        dead without looking so. Nothing is marked then: another client reads from the last mark.
        """
        looked, pause = self._context.clock(), 0.0
        while True:
            await asyncio.sleep(pause)
            with suppress(TimeoutError):
                async with asyncio.timeout(MARK_SECONDS):
                    await self._hears.wait()
            now = self._context.clock()
            if now - looked > timedelta(seconds=MARK_SECONDS) + OVERLAP:
                log.warning("discord_slept", seconds=round((now - looked).total_seconds()))
                self._slept.set()
                return
            looked, pause = now, MARK_SECONDS if self.hears else 0.0
            if self.hears:
                await self._write_mark(now)

    async def _write_mark(self, at: datetime) -> None:
        try:
            await self._context.heard.mark(at)
        except Exception as error:  # noqa: BLE001  # the next one may work
            report("hearing_not_marked", error)
