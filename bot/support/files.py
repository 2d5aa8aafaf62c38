"""Files: private ones, media on this machine or arriving in parts, and the room on the disk."""

import asyncio
import hashlib
import os
import shutil
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from bot.domain.errors import DiskFull, DiskShareFull, NotFound, TooLarge
from bot.support.cancellation import to_the_end

_MEGABYTE = 1_000_000
_SHARE = 0.5
"""Part of the room for recordings that one owner may take."""


def private_folder(path: Path) -> Path:
    """Return the folder; make it if it is missing, readable by its owner alone. Blocks."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes. Blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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


def free_bytes(folder: Path) -> int:
    """Return the free bytes of the disk that a folder is on. Blocks."""
    return shutil.disk_usage(folder).free


class Room:
    """The disk that recordings are written to, and the account of all bytes that arrive on it.

    What must stay free is checked before a recording is accepted, and again before each part of one is written: of all
    that arrives together, as each part reserves its room first. One owner may take half of what there is for
    recordings, so that an owner who fills the disk is refused, and not everybody else.
    """

    def __init__(self, folder: Path, spare: int, free: Callable[[Path], int] = free_bytes) -> None:
        """`spare`: bytes that stay free."""
        self.folder = folder
        self.spare = spare
        self._free = free
        self._lock = threading.Lock()
        self._reserved = 0
        self._owners: dict[Path, str] = {}

    async def check(self) -> None:
        """Raise DiskFull if less than the spare room is free."""
        if await asyncio.to_thread(self._free, self.folder) < self.spare:
            raise DiskFull

    def assign(self, place: Path, owner: str) -> None:
        """Count what lies at a place for an owner until it is gone: a file, or a folder with its files. Blocks."""
        with self._lock:
            self._owners = {path: of for path, of in self._owners.items() if path.exists()} | {place: owner}

    @contextmanager
    def reserved(self, path: Path, size: int) -> Iterator[None]:
        """Reserve room for bytes that the block writes to a file. Blocks. Raises DiskFull, DiskShareFull."""
        with self._lock:
            self._check_part(path, size)
            self._reserved += size
        try:
            yield
        finally:
            with self._lock:
                self._reserved -= size

    def _check_part(self, path: Path, size: int) -> None:
        left = self._free(self.folder) - self._reserved - self.spare
        if left < size:
            raise DiskFull
        owner = next((self._owners[place] for place in (path, *path.parents) if place in self._owners), None)
        if owner is None:
            return
        held = sum(_bytes_at(place) for place, of in self._owners.items() if of == owner)
        if held + size > (left + held) * _SHARE:
            raise DiskShareFull


def _bytes_at(place: Path) -> int:
    """Return the bytes of a file, or of the files in a folder; those that are gone have none."""
    try:
        with os.scandir(place) as inside:
            return sum(_size(one) for one in inside)
    except OSError:
        return _size(place)


def _size(one: Path | os.DirEntry[str]) -> int:
    try:
        return one.stat().st_size
    except OSError:
        return 0


class Arriving:
    """A file whose parts are still arriving."""

    def __init__(self, path: Path, limit: int, room: Room) -> None:
        self._path = path
        self._limit = limit
        self._room = room
        self._bytes = 0

    async def add(self, part: bytes) -> None:
        """Append a part. Raises TooLarge before more than the limit is on the disk; DiskFull, DiskShareFull."""
        self._bytes += len(part)
        if self._bytes > self._limit:
            raise TooLarge(limit_mb=self._limit / _MEGABYTE)
        await _in_thread(self._append, part)

    def _append(self, part: bytes) -> None:
        with self._room.reserved(self._path, len(part)), self._path.open("ab") as file:
            file.write(part)


@asynccontextmanager
async def arriving(target: Path, limit: int, room: Room) -> AsyncIterator[Arriving]:
    """Open a file that is at its place, whole, if the block ends well, and not at all if it does not."""
    # Its own name each time: an earlier try that goes on unseen may still write to the last one.
    unfinished = target.with_name(f"{target.name}.{uuid4().hex}.part")
    try:
        await _in_thread(_begin, unfinished, target.name)
        yield Arriving(unfinished, limit, room)
        await _in_thread(unfinished.replace, target)
    finally:
        await _in_thread(partial(unfinished.unlink, missing_ok=True))


def _begin(unfinished: Path, name: str) -> None:
    private_folder(unfinished.parent)
    for left in unfinished.parent.glob(f"{name}.*.part"):
        left.unlink(missing_ok=True)
    new_private_file(unfinished).close()


async def _in_thread(do: Callable[..., object], *arguments: object) -> None:
    """Run it in a thread; a cancel waits for its end, so that no file is still written afterwards."""
    await to_the_end(asyncio.to_thread(do, *arguments))
