"""What comes in from Discord is seen to: each event in a task of its own, and what was not heard is read afterwards."""

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import discord
import structlog

from adapters.discord.buttons import on_press
from adapters.discord.catching_up import CatchingUp
from adapters.discord.client import EarmarkClient, Sleep
from adapters.discord.doors import Doors
from adapters.discord.joining import greet
from adapters.discord.locales import Catalogs
from adapters.discord.menus import add_menus
from adapters.discord.notes import Taking, tell_aside
from adapters.discord.slash import add_commands
from bot.errors import EarmarkError, Undelivered
from bot.texts import say, tongue_of

log = structlog.get_logger()

HANDLER_SECONDS = 60.0
MESSAGES_AT_ONCE = 64
PAUSES = (1.0, 5.0)
"""Seconds after each failure of one message."""
MARK_SECONDS = 30.0
PATIENCE_SECONDS = 120.0
"""For how long discord.py may try to get a connection back."""
_FRAMES = 6
_BY_PRESSES = frozenset({discord.InteractionType.component, discord.InteractionType.modal_submit})

Take = Callable[[discord.Message], Awaitable[None]]


class Hearing:
    """One for each listening client; implements its `Ears`. The task group given owns all tasks."""

    def __init__(
        self, doors: Doors, tasks: asyncio.TaskGroup, begun: Callable[[EarmarkClient], None], sleep: Sleep
    ) -> None:
        """`begun` is called whenever a session began."""
        self._doors = doors
        self._tasks = tasks
        self._begun = begun
        self._sleep = sleep
        self._turns = asyncio.Semaphore(MESSAGES_AT_ONCE)
        self._own: list[asyncio.Task[None]] = []
        """What ends with the client."""
        self._reading: dict[int, asyncio.Task[None]] = {}
        self._connected: set[int] = set()
        self._read: set[int] = set()
        """The sessions of which nothing is missing."""
        self._hears = asyncio.Event()
        self._broken, self._whole = asyncio.Event(), asyncio.Event()
        self._ended = False

    @property
    def hears(self) -> bool:
        """Whether all is heard, and nothing is missing of what was said before."""
        return self._hears.is_set()

    async def gave_up(self) -> None:
        """Returns once a connection stayed away for so long that another client should try.

        discord.py itself waits longer and longer, up to a quarter of an hour, and longer with every outage.
        """
        while True:
            await self._broken.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await self._whole.wait()
                continue
            return

    async def begin(self, client: EarmarkClient) -> None:
        """Give a client its commands, before it connects."""
        self._client = client
        self._taking = Taking(self._doors, client)
        self._catching_up = CatchingUp(self._doors, client, self._hear_late, self._sleep)
        await client.tree.set_translator(Catalogs())
        add_commands(client.tree, self._doors, self._taking)
        add_menus(client.tree, self._taking)
        self._own.append(self._tasks.create_task(self._mark(), name="discord marks"))

    def end(self) -> None:
        """Nothing is heard any more. What was heard is seen to all the same."""
        self._ended = True
        for task in (*self._own, *self._reading.values()):
            task.cancel()

    def heard_message(self, message: discord.Message) -> None:
        if self._taking.concerns(message):
            take = self._taking.from_message
            self._begin(partial(self._see_to_message, message, take), f"discord message {message.id}")

    def heard_interaction(self, interaction: discord.Interaction[Any]) -> None:
        self._begin(partial(self._see_to_interaction, interaction), f"discord interaction {interaction.id}")

    def joined(self, guild: discord.Guild) -> None:
        self._begin(partial(self._see_to_server, guild), f"discord server {guild.id}")

    def opened(self, shard: int) -> None:
        self._read.discard(shard)
        self._hears.clear()
        self._begun(self._client)
        self._is_back(shard)

    def settled(self, shard: int) -> None:
        earlier = self._reading.pop(shard, None)
        if earlier is not None:
            earlier.cancel()
        reading = self._begin(partial(self._catch_up, shard), f"discord catching up {shard}")
        if reading is not None:
            self._reading[shard] = reading

    def resumed(self, shard: int) -> None:
        self._is_back(shard)

    def lost(self, shard: int) -> None:
        log.info("discord_connection_lost", shard=shard)
        self._connected.discard(shard)
        self._hears.clear()
        self._whole.clear()
        self._broken.set()

    def _begin(self, do: Callable[[], Coroutine[Any, Any, None]], name: str) -> asyncio.Task[None] | None:
        """None where it is too late: a client that is closing may still tell of something."""
        return None if self._ended else self._tasks.create_task(do(), name=name)

    async def _see_to_message(self, message: discord.Message, take: Take) -> None:
        """Take what it holds; again after a fault, since the same message is the same notes."""
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
                await self._apologise(message)
            return

    async def _apologise(self, message: discord.Message) -> None:
        if not self._taking.is_awaited(message):
            return
        place = self._taking.place_of(message)
        try:
            async with asyncio.timeout(HANDLER_SECONDS):
                await self._doors.sender.tell(place, say(place.tongue, "given-up"))
        except Exception as error:  # noqa: BLE001  # the log has it, and nothing more can be done
            report("message_given_up_silently", error, message=message.id)

    async def _see_to_interaction(self, interaction: discord.Interaction[Any]) -> None:
        try:
            async with asyncio.timeout(HANDLER_SECONDS):
                if interaction.type in _BY_PRESSES:
                    await on_press(self._doors, self._taking, interaction)
                else:
                    await self._client.tree.answer(interaction)
        except EarmarkError as error:
            await self._tell(interaction, str(error))
        except Exception as error:  # noqa: BLE001  # whatever it is, whoever asked must know
            report("interaction_failed", error, interaction=interaction.id)
            await self._tell(interaction, say(tongue_of(interaction.locale.value), "given-up"))

    async def _tell(self, interaction: discord.Interaction[Any], words: str) -> None:
        if interaction.type is discord.InteractionType.autocomplete:  # suggestions cannot tell anything
            return
        try:
            async with asyncio.timeout(HANDLER_SECONDS):
                await tell_aside(interaction, words)
        except Exception as error:  # noqa: BLE001  # the log has it, and nothing more can be done
            report("interaction_given_up_silently", error, interaction=interaction.id)

    async def _see_to_server(self, guild: discord.Guild) -> None:
        try:
            async with asyncio.timeout(HANDLER_SECONDS):
                await greet(self._doors, guild)
        except Exception as error:  # noqa: BLE001  # a courtesy
            report("server_not_greeted", error, server=guild.id)

    async def _catch_up(self, shard: int) -> None:
        """Read what was missed, again and again until that worked; only from then on the ears count as open."""
        while True:
            try:
                await self._catching_up.read(shard)
            except Exception as error:  # noqa: BLE001  # the database may be away
                report("not_caught_up", error, shard=shard)
                await self._sleep(PAUSES[-1])
            else:
                self._read.add(shard)
                self._look_whether_it_hears()
                return

    async def _hear_late(self, message: discord.Message) -> None:
        if self._taking.concerns(message):
            await self._see_to_message(message, self._taking.from_history)

    def _is_back(self, shard: int) -> None:
        self._connected.add(shard)
        if len(self._connected) == self._client.shard_count:
            self._broken.clear()
            self._whole.set()
        self._look_whether_it_hears()

    def _look_whether_it_hears(self) -> None:
        if len(self._connected & self._read) == self._client.shard_count:
            self._hears.set()

    async def _mark(self) -> None:
        """Write down now and then that nothing is missed."""
        while True:
            await self._hears.wait()
            try:
                await self._doors.heard.mark()
            except Exception as error:  # noqa: BLE001  # the next one may work
                report("hearing_not_marked", error)
            await asyncio.sleep(MARK_SECONDS)


def report(event: str, error: BaseException, **about: float) -> None:
    """Log a fault with the lines of code that it came through, not its message: somebody's words may be in it."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    where = " > ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)
    log.error(event, error=type(error).__name__, where=where, **about)
