"""Boxes of MP4, M4A and QuickTime files (ISO 14496-12), found by seeking."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from bot.domain.errors import Truncated, Unreadable, UnsafeMedia

_LARGEST_TABLE = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Box:
    """One box: its four-letter name, and the start and end of its contents in the file."""

    name: bytes
    start: int
    end: int


def boxes(file: BinaryIO, start: int, end: int, *, top: bool = False) -> Iterator[Box]:
    """Yield the boxes between two offsets. A box beyond `end` raises Truncated at the top level, else Unreadable."""
    while start + 8 <= end:
        file.seek(start)
        head = file.read(16)
        size, name, body = int.from_bytes(head[:4], "big"), head[4:8], start + 8
        if size == 1:
            size, body = int.from_bytes(head[8:16], "big"), start + 16
        elif size == 0:
            if not top:
                return  # QuickTime ends some lists with a zero
            size = end - start
        if start + size < body:
            raise Unreadable
        if start + size > end:
            raise Truncated if top else Unreadable
        yield Box(name, body, start + size)
        start += size


def find(file: BinaryIO, inside: Box, *path: bytes) -> Box | None:
    """Return the first box at a path of names."""
    found: Box | None = inside
    for name in path:
        if found is None:
            return None
        found = next((box for box in boxes(file, found.start, found.end) if box.name == name), None)
    return found


def contents(file: BinaryIO, box: Box, most: int = _LARGEST_TABLE) -> bytes:
    """Return the contents of a box, at most `most` bytes. A table of over 16 MB raises UnsafeMedia."""
    if box.end - box.start > _LARGEST_TABLE:
        raise UnsafeMedia(reason="index-too-large")
    file.seek(box.start)
    return file.read(min(most, box.end - box.start))


def number(body: bytes, at: int, size: int = 4, *, signed: bool = False) -> int:
    """Return a big-endian number. Raises Unreadable if the box is too short for it."""
    if at + size > len(body):
        raise Unreadable
    return int.from_bytes(body[at : at + size], "big", signed=signed)
