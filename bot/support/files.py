"""Files: private ones, media on this machine or arriving in parts, and the room on the disk."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from bot.domain.errors import DiskFull, NotFound, TooLarge
from bot.support.cancellation import to_the_end

_MEGABYTE = 1_000_000


def private_folder(path: Path) -> Path:
    """Return the folder; make it if it is missing, readable by its owner alone. Blocks."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def new_private_file(path: Path) -> BinaryIO:
    """Create a file that only its owner can read, and open it. Raises FileExistsError. Blocks."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b")


def private_file(path: Path) -> Path:
    """Return the file; make it if it is missing. From now on only its owner can read it. Blocks."""
    path.touch(mode=0o600)
    path.chmod(0o600)
    return path


async def found(path: Path, name: str, limit: int) -> Path:
    """Return the resolved path of a file, so that no link can take its place afterwards.

    `name` is the sender's name for it. Raises NotFound, and TooLarge for more than `limit` bytes.
    """
    try:
        path = await asyncio.to_thread(path.resolve, strict=True)
        size = (await asyncio.to_thread(path.stat)).st_size
    except OSError as error:
        raise NotFound(name=name) from error
    if size > limit:
        raise TooLarge(limit_mb=limit / _MEGABYTE)
    return path


class Arriving:
    """A file whose parts are still arriving."""

    def __init__(self, path: Path, limit: int) -> None:
        self._path = path
        self._limit = limit
        self._bytes = 0

    async def add(self, part: bytes) -> None:
        """Append a part. Raises TooLarge before more than the limit is on the disk."""
        self._bytes += len(part)
        if self._bytes > self._limit:
            raise TooLarge(limit_mb=self._limit / _MEGABYTE)
        await _in_thread(_append, self._path, part)


@asynccontextmanager
async def arriving(target: Path, limit: int) -> AsyncIterator[Arriving]:
    """Open a file that is at its place, whole, if the block ends well, and not at all if it does not."""
    # Its own name each time: an earlier try that goes on unseen may still write to the last one.
    unfinished = target.with_name(f"{target.name}.{uuid4().hex}.part")
    try:
        await _in_thread(_begin, unfinished, target.name)
        yield Arriving(unfinished, limit)
        await _in_thread(unfinished.replace, target)
    finally:
        await _in_thread(partial(unfinished.unlink, missing_ok=True))


def _begin(unfinished: Path, name: str) -> None:
    private_folder(unfinished.parent)
    for left in unfinished.parent.glob(f"{name}.*.part"):
        left.unlink(missing_ok=True)
    new_private_file(unfinished).close()


def _append(path: Path, part: bytes) -> None:
    with path.open("ab") as file:
        file.write(part)


async def _in_thread(do: Callable[..., object], *arguments: object) -> None:
    """Run it in a thread; a cancel waits for its end, so that no file is still written afterwards."""
    await to_the_end(asyncio.to_thread(do, *arguments))


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
