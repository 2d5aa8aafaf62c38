"""The sessions in which a platform tells its events: what was said outside them is read afterwards.

For platforms that keep no events for a bot that is away. A platform tells of its sessions by their numbers; the read
marker moves on only while all of them hear, and nothing is missing.
"""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.chat.read_marker import ReadMarker
from bot.domain.ports import Clock
from bot.support.cancellation import cancellations
from bot.support.retry import Sleep
from bot.support.tracebacks import report

log = structlog.get_logger()

AGAIN = (5.0, 30.0, 60.0, 300.0, 300.0)
"""Seconds before what was missed is read again, if something of it could not be taken."""
OVERLAP = timedelta(minutes=2)
"""A dead connection may look alive for so long. A recording that is read twice is the same note by its key."""
MARK_SECONDS = 30.0
PATIENCE_SECONDS = 120.0
"""Time in which a platform's library may get a connection back; some wait longer with every outage."""
_FAULT_SECONDS = 5.0
"""Pause after a fault of the program or the database."""


class Missed(Protocol):
    """Messages of a platform that no session heard."""

    @property
    def sessions(self) -> int:
        """Return the number of sessions that together hear everything."""

    @property
    def is_told_of_all(self) -> bool:
        """Return False while the platform itself has lost some of its chats."""

    async def read(self, session: int) -> bool:
        """Read what a session did not hear since the last mark; return True if nothing is left to be read again."""


class Hearing:
    """One for each client that listens. The task group given owns all tasks."""

    def __init__(
        self, missed: Missed, marker: ReadMarker, clock: Clock, tasks: asyncio.TaskGroup, sleep: Sleep
    ) -> None:
        self._missed = missed
        self._marker = marker
        self._clock = clock
        self._tasks = tasks
        self._sleep = sleep
        self._reading: dict[int, asyncio.Task[None]] = {}
        """Tasks that read what a session missed, or did so; none before its chats are known."""
        self._connected: set[int] = set()
        self._read: set[int] = set()
        """Sessions that miss nothing."""
        self._not_taken: set[int] = set()
        """Sessions that told of something that could not be taken."""
        self._hears = asyncio.Event()
        self._patience: asyncio.TimerHandle | None = None
        self._gave_up = asyncio.Event()
        self._ended = False
        self._marking = tasks.create_task(self._mark(), name="read marks")

    @property
    def hears(self) -> bool:
        """Return True if all is heard, and nothing is missing of what was said before."""
        return self._hears.is_set()

    @property
    def is_connected(self) -> bool:
        """Return True if every session has its connection."""
        return len(self._connected) == self._missed.sessions

    async def gave_up(self) -> None:
        """Return once another client should try: the connection was away for long, or is not to be trusted."""
        await self._gave_up.wait()

    def end(self) -> None:
        """Hear nothing any more."""
        self._ended = True
        self._be_patient(None)
        for task in (self._marking, *self._reading.values()):
            task.cancel()

    def begun(self, session: int) -> None:
        """Take note of a new session: what was said before it was not heard. Not all chats are known yet."""
        self._stop_reading(session)
        self.resumed(session)

    def ready(self, session: int) -> None:
        """Read what a new session missed, now that its chats are known."""
        self._begin_reading(session)

    def resumed(self, session: int) -> None:
        """Take note that a session is back, and missed nothing."""
        self._connected.add(session)
        if self.is_connected:
            self._be_patient(None)
        self._look_if_it_hears()

    def lost(self, session: int) -> None:
        """Take note that a session's connection is gone."""
        self._connected.discard(session)
        self._hears.clear()
        if self._patience is None:
            self._be_patient(PATIENCE_SECONDS)

    def read_again(self, session: int) -> None:
        """Read again: the platform had lost some of a session's chats, and nothing was marked meanwhile."""
        if session in self._reading:  # else `ready` will begin
            self._begin_reading(session, AGAIN[0])

    def not_taken(self, session: int) -> None:
        """Read again what a session told of, and what could not be taken."""
        self._not_taken.add(session)
        if session in self._read:  # else it is being read, or will be
            self._begin_reading(session, AGAIN[0])

    def _be_patient(self, seconds: float | None) -> None:
        """Give up after so many seconds; None: not any more."""
        if self._patience is not None:
            self._patience.cancel()
        loop = asyncio.get_running_loop()
        self._patience = None if seconds is None or self._ended else loop.call_later(seconds, self._gave_up.set)

    def _begin_reading(self, session: int, pause: float = 0.0) -> None:
        """Read what a session missed, in place of an earlier task that does; nothing is marked until that is done."""
        self._stop_reading(session)
        if not self._ended:
            self._reading[session] = self._tasks.create_task(self._catch_up(session, pause), name=f"backfill {session}")

    def _stop_reading(self, session: int) -> None:
        if session in self._reading:
            self._reading.pop(session).cancel()
        self._read.discard(session)
        self._hears.clear()

    async def _catch_up(self, session: int, first_pause: float) -> None:
        """Read what a session missed until nothing is left, but not for ever because of one chat or message."""
        for pause in (first_pause, *AGAIN):
            await self._sleep(pause)
            if await self._read_all(session):
                break
        else:
            log.error("something_is_left_out", of=session)
        self._not_taken.discard(session)
        self._read.add(session)
        self._look_if_it_hears()

    async def _read_all(self, session: int) -> bool:
        """Return True if nothing is left. The database may be away: that is waited out."""
        while True:
            self._not_taken.discard(session)
            try:
                return await self._missed.read(session) and session not in self._not_taken
            except Exception as error:  # any fault
                if cancellations():  # the error took the place of the CancelledError
                    raise asyncio.CancelledError from error
                report("not_caught_up", error, of=session)
                await self._sleep(_FAULT_SECONDS)

    def _look_if_it_hears(self) -> None:
        if len(self._connected & self._read) == self._missed.sessions:
            self._hears.set()

    async def _mark(self) -> None:
        """Write down now and then that nothing is missed.

        If the clock went on for much longer than this task slept, the whole machine slept, and the connection may be
        dead without looking so. Nothing is marked then: another client reads from the last mark.
        """
        looked, pause = self._clock(), 0.0
        while True:
            await asyncio.sleep(pause)
            with suppress(TimeoutError):
                async with asyncio.timeout(MARK_SECONDS):
                    await self._hears.wait()
            now = self._clock()
            if now - looked > timedelta(seconds=MARK_SECONDS) + OVERLAP:
                log.warning("machine_slept", seconds=round((now - looked).total_seconds()))
                return self._gave_up.set()
            looked, pause = now, MARK_SECONDS if self.hears else 0.0
            if self.hears and self._missed.is_told_of_all:
                await self._write_mark(now)

    async def _write_mark(self, at: datetime) -> None:
        try:
            async with asyncio.timeout(MARK_SECONDS):
                await self._marker.mark(at)
        except Exception as error:  # noqa: BLE001  # the database may be away: the next mark is tried all the same
            report("hearing_not_marked", error)
