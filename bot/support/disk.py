"""Room on the disk that notes are written to."""

import asyncio
import shutil
from dataclasses import dataclass
from pathlib import Path

from bot.domain.errors import DiskFull


@dataclass(frozen=True, slots=True)
class Room:
    """The disk that notes are written to. It is checked before a note is accepted: a full one cannot even say so."""

    folder: Path
    spare: int
    """Bytes that stay free."""

    async def check(self) -> None:
        """Raise DiskFull if less than the spare room is free."""
        usage = await asyncio.to_thread(shutil.disk_usage, self.folder)
        if usage.free < self.spare:
            raise DiskFull
