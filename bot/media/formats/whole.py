"""Completeness of a file, if its container states its size.

Only for containers that PyAV reads: the other readers check by themselves. MP3, AAC, AMR and MPEG-TS state no size, and
each of their frames stands alone.
"""

import os
from collections.abc import Callable
from typing import BinaryIO

from bot.domain.errors import Truncated
from bot.media.formats.source import Source

_STREAMED = 0x7FFF_0000  # sizes from here on mean "unknown at the time of writing"
_LARGEST_PAGE = 27 + 255 + 255 * 255
_SEGMENT = 0x18538067


def refuse_cut(source: Source, container: str) -> None:
    """Raise Truncated if the file ends well before its stated end."""
    measure = _MEASURES.get(container)
    if measure is None:
        return
    with source.buffered() as file:
        meant = measure(file) or 0
    # Writers are careless with a byte of padding; a kilobyte is not padding. Pages of Ogg are exact.
    slack = 0 if container == "ogg" else max(1024, meant // 50)
    if meant - source.size > slack:
        raise Truncated


def _ogg(file: BinaryIO) -> int | None:
    """Return the end of the last page: a header of 27 bytes, the lengths, and as many bytes as they state."""
    start = max(0, file.seek(0, os.SEEK_END) - _LARGEST_PAGE)
    file.seek(start)
    rest = file.read(_LARGEST_PAGE)
    at = rest.rfind(b"OggS")
    if at < 0:
        return None
    count = rest[at + 26] if at + 26 < len(rest) else 255
    lengths = rest[at + 27 : at + 27 + count]
    return start + at + 27 + count + sum(lengths)


def _riff(file: BinaryIO) -> int | None:
    size = int.from_bytes(file.read(8)[4:], "little")
    return 8 + size if 0 < size < _STREAMED else None


def _form(file: BinaryIO) -> int | None:
    size = int.from_bytes(file.read(8)[4:], "big")
    return 8 + size if 0 < size < _STREAMED else None


def _caf(file: BinaryIO) -> int | None:
    file.seek(8)
    for _ in range(1000):
        head = file.read(12)
        size = int.from_bytes(head[4:], "big", signed=True)
        if len(head) < 12 or size < 0:  # -1: written until the end, wherever that is
            return None
        end = file.tell() + size
        if head.startswith(b"data"):
            return end
        file.seek(end)
    return None


def _asf(file: BinaryIO) -> int | None:
    header = int.from_bytes(file.read(24)[16:], "little")
    file.seek(min(header, 1 << 40))
    data = int.from_bytes(file.read(24)[16:], "little")
    return header + data if data else None


def _matroska(file: BinaryIO) -> int | None:
    """Return the end of the Segment, which live recorders leave open."""
    for _ in range(2):
        name, size = _vint(file, marked=True), _vint(file)
        if name is None or size is None:
            return None
        if name == _SEGMENT:
            return file.tell() + size
        file.seek(file.tell() + size)
    return None


def _vint(file: BinaryIO, *, marked: bool = False) -> int | None:
    """Read an EBML number, whose first bits state its length in bytes; all ones mean "unknown"."""
    first = file.read(1)
    if not first or not first[0]:
        return None
    more = 8 - first[0].bit_length()
    value = int.from_bytes(first + file.read(more), "big")
    if marked:
        return value
    value &= (1 << 7 * (more + 1)) - 1
    return None if value == (1 << 7 * (more + 1)) - 1 else value


_MEASURES: dict[str, Callable[[BinaryIO], int | None]] = {
    "ogg": _ogg,
    "avi": _riff,
    "wav": _riff,
    "aiff": _form,
    "caf": _caf,
    "asf": _asf,
    "matroska": _matroska,
}


def flac_promise(head: bytes) -> float | None:
    """Return the length of a FLAC file by its STREAMINFO (seconds), or None if unknown, as after a live recording."""
    if len(head) < 26 or head[4] & 127:
        return None
    packed = int.from_bytes(head[18:26], "big")
    rate, total = packed >> 44, packed & (1 << 36) - 1
    return total / rate if rate and total else None
