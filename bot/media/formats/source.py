"""A file that is opened once and read against a deadline."""

import io
import os
import stat
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bot.domain.errors import NotFound, TooSlow, Unreadable, UnsafeMedia

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

# Windows knows neither flag, and needs O_BINARY. Without O_NONBLOCK, opening a FIFO would wait for its writer.
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class Source(io.RawIOBase):
    """The bytes of a regular file from `base` on. A read after `deadline` (time.monotonic) raises TooSlow."""

    def __init__(self, file: io.FileIO, deadline: float, base: int = 0) -> None:
        self._file = file
        self._deadline = deadline
        self._base = base
        self._at = 0  # a position of its own, since several readers share one file, and closing a buffer moves its own
        self.size = max(0, os.fstat(file.fileno()).st_size - base)
        """In bytes."""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        self.check_time()
        if self._at >= self.size:  # an offset in a damaged file may exceed the file system's range
            return 0
        self._file.seek(self._base + self._at)
        count = self._file.readinto(buffer) or 0
        self._at += count
        return count

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence]
        self._at = min(max(0, start + offset), 1 << 62)  # no file system reaches further
        return self._at

    def tell(self) -> int:
        return self._at

    def after(self, offset: int) -> "Source":
        """Return the same file, as if it began `offset` bytes later."""
        return Source(self._file, self._deadline, self._base + offset)

    def buffered(self) -> io.BufferedReader:
        """Return a buffered reader from the start; closing it closes nothing else."""
        return io.BufferedReader(self.after(0), 1 << 16)

    def peek(self, offset: int, size: int) -> bytes:
        """Return up to `size` bytes from `offset` on."""
        self.check_time()
        self._file.seek(self._base + offset)
        return self._file.read(size)

    def check_time(self) -> None:
        """Raise TooSlow after the deadline, for work that is long between two reads."""
        if time.monotonic() > self._deadline:
            raise TooSlow


def open_plain(path: Path) -> io.FileIO:
    """Open a regular, non-empty file for reading.

    Raises NotFound, Unreadable (empty, a folder, no permission), UnsafeMedia (a link, a pipe, a device).
    """
    try:
        _refuse_special(path.lstat().st_mode)
        file = io.FileIO(os.open(path, _FLAGS), "rb")
    except FileNotFoundError as error:
        raise NotFound(name=path.name) from error
    except OSError as error:
        raise Unreadable from error
    found = os.fstat(file.fileno())
    if not stat.S_ISREG(found.st_mode) or found.st_size == 0:
        file.close()  # the file was replaced between the two checks, or is empty
        raise Unreadable
    return file


def _refuse_special(mode: int) -> None:
    if stat.S_ISLNK(mode):
        raise UnsafeMedia(reason="link")
    if stat.S_ISDIR(mode):
        raise Unreadable
    if not stat.S_ISREG(mode):
        raise UnsafeMedia(reason="device")
