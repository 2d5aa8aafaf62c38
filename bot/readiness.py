"""Whether notes would be taken here and worked on: a look at each thing that this takes, with a limit of its own."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import sqlalchemy as sa
import structlog

from bot.db import Database
from bot.errors import DiskFull
from bot.intake import Room
from bot.tables import note

log = structlog.get_logger()

OK = "ok"
LOOK_SECONDS = 2.0
"""For each look; whoever asks waits no longer, for they are all done at once."""

Look = Callable[[], Awaitable[str]]
"""Says "ok", or in a word or two what is wrong. What it raises is no secret's way out: only that it failed is told."""


@dataclass
class Readiness:
    """What is looked at, by name."""

    looks: Mapping[str, Look] = field(default_factory=dict)
    seconds: float = LOOK_SECONDS
    is_stopping: bool = False

    def stop(self) -> None:
        """From now on it is not ready."""
        self.is_stopping = True

    async def look(self) -> dict[str, str]:
        """Each thing, and how it is. Ready is who has nothing but "ok"."""
        if self.is_stopping:
            return {"service": "stopping"}
        said = await asyncio.gather(*(self._said(name, look) for name, look in self.looks.items()))
        return {"service": OK, **dict(zip(self.looks, said, strict=True))}

    async def _said(self, name: str, look: Look) -> str:
        try:
            async with asyncio.timeout(self.seconds):
                return await look()
        except TimeoutError:
            said = "too slow"
        except Exception as error:  # noqa: BLE001  # whatever it is: it is not ready
            log.warning("not_ready", of=name, error=type(error).__name__)
            said = "failed"
        return said


class Pulse:
    """When something was done last that has to be done again and again."""

    def __init__(self, every: timedelta, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._longest = 3 * every.total_seconds() + 60
        self._monotonic = monotonic
        self._last = monotonic()

    def beat(self) -> None:
        """It was done."""
        self._last = self._monotonic()

    async def look(self) -> str:
        return OK if self._monotonic() - self._last <= self._longest else "stands still"


def reads_and_writes(db: Database) -> Look:
    """A look at the database that leaves nothing in it."""

    async def look() -> str:
        async with db.reading() as connection:
            await connection.execute(sa.select(note.c.id).limit(1))
        async with db.writing() as connection:  # it must take the lock, and be let write; there is no such note
            await connection.execute(sa.update(note).where(note.c.id == "").values(stage=None))
        return OK

    return look


def has_room(room: Room) -> Look:
    """A look at the disk."""

    async def look() -> str:
        try:
            await room.check()
        except DiskFull:
            return "full"
        return OK

    return look


def does(check: Callable[[], Awaitable[None]]) -> Look:
    """A look that is fine unless it raises."""

    async def look() -> str:
        await check()
        return OK

    return look


def is_open(paused: Callable[[], Awaitable[str | None]]) -> Look:
    """A look at whether the operator lets notes in; `paused` gives the words for those who send one, or None."""

    async def look() -> str:
        return OK if await paused() is None else "paused"

    return look
