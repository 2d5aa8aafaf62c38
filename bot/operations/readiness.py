"""Readiness: one check for each part that accepts or processes notes, with a time limit each."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import sqlalchemy as sa
import structlog

from bot.domain.errors import DiskFull
from bot.storage.database import Database
from bot.storage.tables import alert, note
from bot.support.files import Room

log = structlog.get_logger()

OK = "ok"
LOOK_SECONDS = 2.0
"""Time limit of each check; all run at once."""
KEPT_SECONDS = 2.0
"""Cache time of the answer: clients may ask as often as they like, and a check costs a turn to write."""
WRITE_SECONDS = 10.0
"""Pause between two small writes to a database that takes them: each costs a disk's flush."""
PAUSED = "paused"

Check = Callable[[], Awaitable[str]]
"""Returns "ok", or a few words on what is wrong. Of an exception only the fact is shown, because it
may hold secrets.
"""


@dataclass
class Readiness:
    """The checks, by name."""

    checks: Mapping[str, Check] = field(default_factory=dict)
    seconds: float = LOOK_SECONDS
    monotonic: Callable[[], float] = time.monotonic
    is_stopping: bool = False
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)
    _seen: dict[str, str] = field(default_factory=dict, init=False)
    _seen_until: float = field(default=-math.inf, init=False)

    def stop(self) -> None:
        """Report "not ready" from now on."""
        self.is_stopping = True

    async def check(self) -> dict[str, str]:
        """Return the result of each check. The service is ready if every result is "paused" (by an operator) or "ok".

        A platform's result has details behind "ok" and a comma.

        Concurrent callers share one run, and its result is kept for two seconds.
        """
        if not self.is_stopping:
            async with self._turn:
                if self.monotonic() >= self._seen_until:
                    self._seen = await self._run()
                    self._seen_until = self.monotonic() + KEPT_SECONDS
        return {"service": "stopping"} if self.is_stopping else dict(self._seen)

    async def _run(self) -> dict[str, str]:
        said = await asyncio.gather(*(self._result_of(name, check) for name, check in self.checks.items()))
        return {"service": OK, **dict(zip(self.checks, said, strict=True))}

    async def _result_of(self, name: str, check: Check) -> str:
        try:
            async with asyncio.timeout(self.seconds):
                return await check()
        except TimeoutError:
            said = "too slow"
        except Exception as error:  # noqa: BLE001  # any failure means: not ready
            log.warning("not_ready", of=name, error=type(error).__name__)
            said = "failed"
        return said


class Pulse:
    """Time of the last run of a periodic duty."""

    def __init__(self, every: timedelta, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._longest = 3 * every.total_seconds() + 60
        self._monotonic = monotonic
        self._last = monotonic()

    def beat(self) -> None:
        """Record a run."""
        self._last = self._monotonic()

    async def check(self) -> str:
        return OK if self._monotonic() - self._last <= self._longest else "stands still"


def reads_and_writes(db: Database) -> Check:
    """Return a check of the database that leaves no trace in it."""

    async def run() -> str:
        async with db.reading() as connection:
            await connection.execute(sa.select(note.c.id).limit(1))
        async with db.writing() as connection:  # it must take the lock, and be let write; there is no such alert
            await connection.execute(sa.update(alert).where(alert.c.kind == "").values(told_at=None))
        return OK

    return run


def all_of(*checks: Check) -> Check:
    """Return a check with the result of the first of these that is not "ok"."""

    async def run() -> str:
        for check in checks:
            if (result := await check()) != OK:
                return result
        return OK

    return run


def seldom(check: Check, seconds: float = WRITE_SECONDS, monotonic: Callable[[], float] = time.monotonic) -> Check:
    """Return a check that is not repeated within so many seconds after it was "ok"; a fault is looked at each time."""
    ok_until = -math.inf

    async def run() -> str:
        nonlocal ok_until
        if monotonic() < ok_until:
            return OK
        if (result := await check()) == OK:
            ok_until = monotonic() + seconds
        return result

    return run


def has_room(room: Room) -> Check:
    """Return a check of the disk."""

    async def run() -> str:
        try:
            await room.check()
        except DiskFull:
            return "full"
        return OK

    return run


def does(check: Callable[[], Awaitable[None]]) -> Check:
    """Return a check that fails if `check` raises."""

    async def run() -> str:
        await check()
        return OK

    return run


def is_open(paused: Callable[[], Awaitable[str | None]]) -> Check:
    """Return a check if notes are accepted; `paused` returns the operator's words during a pause, or None."""

    async def run() -> str:
        return OK if await paused() is None else PAUSED

    return run
