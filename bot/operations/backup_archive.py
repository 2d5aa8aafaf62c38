"""The archive that `earmark backup` writes: its manifest, the names it may hold, and what writing and reading share."""

import asyncio
import os
import re
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO

from pydantic import TypeAdapter

from bot.domain.errors import DiskFull, OperatorError
from bot.media.ffmpeg import map_disk_full

BOOKS, ENGINE, UPLOADS = "earmark.db", "engine.db", "uploads"
MANIFEST = "manifest.json"
FORM = 1
"""Version of the archive's format. Raised when an older Earmark would misread it."""
_NOT_OURS = re.compile(r".*(\.db|-wal|-shm|-journal|\.lock|\.part)")
"""Files that must not be put beside a database as they were beside another, and unfinished files."""
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Packed:
    """One file of a backup."""

    name: str
    """Its path in the data folder, with "/"."""
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """Table of contents of a backup."""

    form: int
    version: str
    """Release of the Earmark that wrote it."""
    revision: str
    """Revision of its database schema."""
    made_at: datetime
    unfinished: int
    """Number of unfinished notes in it."""
    files: tuple[Packed, ...]

    @property
    def bytes(self) -> int:
        """All files together, unpacked."""
        return sum(one.bytes for one in self.files)


MANIFEST_FORM = TypeAdapter(Manifest)


class Stopped(Exception):
    """The caller was cancelled."""


async def in_thread(do: Callable[[threading.Event], Manifest]) -> Manifest:
    """Run it in a thread. A cancelled run ends soon, and has cleaned up by then."""
    stopped = threading.Event()
    task = asyncio.ensure_future(asyncio.to_thread(do, stopped))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        stopped.set()
        await asyncio.wait([task])
        task.exception()  # marks it as retrieved: nobody waits for it any more
        raise


def may_hold(name: str) -> bool:
    """Return True if a backup may hold a file of this name."""
    return name in (BOOKS, ENGINE) or is_small(name)


def is_small(name: str) -> bool:
    """Return True for a name of a small file: it stays in its folder, and is none of SQLite's side files."""
    path = PurePosixPath(name)
    is_inside = bool(path.parts) and not path.is_absolute() and ".." not in path.parts and str(path) == name
    is_plain = name.isprintable() and not set(name) & {"\\", ":"}
    return is_inside and is_plain and name != MANIFEST and not _NOT_OURS.fullmatch(name)


def blocks(source: IO[bytes], stopped: threading.Event) -> Iterator[bytes]:
    while block := source.read(_BLOCK):
        if stopped.is_set():
            raise Stopped
        yield block


def settle_on_disk(path: Path) -> None:
    """Wait until a file, or the names in a folder, would survive a power cut."""
    is_folder = path.is_dir()
    if is_folder and os.name != "posix":
        return
    handle = os.open(path, os.O_RDONLY if is_folder else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def map_disk_and_database_errors(kind: type[OperatorError]) -> Iterator[None]:
    """Turn errors of disks and databases into DiskFull, or one of the given kind."""
    try:
        with map_disk_full():
            yield
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            raise DiskFull from error
        raise kind(reason=f"the database cannot be read ({error})") from error
    except OSError as error:
        raise kind(reason=f"{error.filename or 'a file'}: {error.strerror or error}") from error
