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
from bot.support.disk import Room

log = structlog.get_logger()

OK = "ok"
LOOK_SECONDS = 2.0
"""Time limit of each check; all run at once."""
KEPT_SECONDS = 2.0
"""Cache time of the answer: anybody may ask as often as they like, and a check costs a turn to write."""
PAUSED = "paused"

Look = Callable[[], Awaitable[str]]
"""Returns "ok", or a few words on what is wrong. Of an exception only the fact is shown, because it
may hold secrets.
"""


@dataclass
class Readiness:
    """The checks, by name."""

    looks: Mapping[str, Look] = field(default_factory=dict)
    seconds: float = LOOK_SECONDS
    monotonic: Callable[[], float] = time.monotonic
    is_stopping: bool = False
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)
    _seen: dict[str, str] = field(default_factory=dict, init=False)
    _seen_until: float = field(default=-math.inf, init=False)

    def stop(self) -> None:
        """Report "not ready" from now on."""
        self.is_stopping = True

    async def look(self) -> dict[str, str]:
        """Return the result of each check. The service is ready if every result is "ok" or "paused" (by an operator).

        Concurrent callers share one run, and its result is kept for two seconds.
        """
        if not self.is_stopping:
            async with self._turn:
                if self.monotonic() >= self._seen_until:
                    self._seen = await self._look()
                    self._seen_until = self.monotonic() + KEPT_SECONDS
        return {"service": "stopping"} if self.is_stopping else dict(self._seen)

    async def _look(self) -> dict[str, str]:
        said = await asyncio.gather(*(self._said(name, look) for name, look in self.looks.items()))
        return {"service": OK, **dict(zip(self.looks, said, strict=True))}

    async def _said(self, name: str, look: Look) -> str:
        try:
            async with asyncio.timeout(self.seconds):
                return await look()
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

    async def look(self) -> str:
        return OK if self._monotonic() - self._last <= self._longest else "stands still"


def reads_and_writes(db: Database) -> Look:
    """Return a check of the database that leaves no trace in it."""

    async def look() -> str:
        async with db.reading() as connection:
            await connection.execute(sa.select(note.c.id).limit(1))
        async with db.writing() as connection:  # it must take the lock, and be let write; there is no such alert
            await connection.execute(sa.update(alert).where(alert.c.kind == "").values(told_at=None))
        return OK

    return look


def has_room(room: Room) -> Look:
    """Return a check of the disk."""

    async def look() -> str:
        try:
            await room.check()
        except DiskFull:
            return "full"
        return OK

    return look


def does(check: Callable[[], Awaitable[None]]) -> Look:
    """Return a check that fails if `check` raises."""

    async def look() -> str:
        await check()
        return OK

    return look


def is_open(paused: Callable[[], Awaitable[str | None]]) -> Look:
    """Return a check if notes are accepted; `paused` returns the operator's words during a pause, or None."""

    async def look() -> str:
        return OK if await paused() is None else PAUSED

    return look
