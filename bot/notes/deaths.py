"""Recordings that end the process: each is tried again a few times, and not for ever.

A run is written down in the recording's folder before it begins, and crossed out however it ends. What is left after a
start are runs that ended with the process.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from bot.domain.errors import EngineDied

log = structlog.get_logger()

MOST_DEATHS = 3
"""Runs of a recording that ended with the process, after which there is no other."""
_ALONE_AFTER = 2
"""Such runs after which a recording runs beside no other of that kind: one of them ends the process, not each."""
_NAME = "deaths"


@dataclass(frozen=True, slots=True)
class Deaths:
    """Counts the runs that end the process."""

    spool: Path
    given_up: Callable[[str], Awaitable[None]]
    """Called with the id of a note that is given up; it raises nothing."""
    _alone: asyncio.Lock = field(default_factory=asyncio.Lock)

    @asynccontextmanager
    async def counted(self, note_id: str) -> AsyncIterator[None]:
        """Count the process's death, should it come within the block. Raises EngineDied instead of a fourth run."""
        file = self.spool / note_id / _NAME
        deaths = await asyncio.to_thread(_read, file)
        if deaths >= MOST_DEATHS:
            log.error("recording_given_up", deaths=deaths)
            await self.given_up(note_id)
            raise EngineDied
        async with self._alone if deaths >= _ALONE_AFTER else nullcontext():
            await asyncio.to_thread(_write, file, deaths + 1)
            try:
                yield
            finally:
                await asyncio.to_thread(file.unlink, missing_ok=True)


def _read(file: Path) -> int:
    try:
        return int(file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0


def _write(file: Path, deaths: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(str(deaths), encoding="ascii")
