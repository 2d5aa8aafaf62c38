"""Ogg with one Opus stream, the form of voice notes on chat platforms.

The length comes from the packets (RFC 6716, 3.1), trimmed by the last granule (RFC 7845, 4) if that agrees: a granule
alone could claim anything.
"""

from typing import BinaryIO

from bot.domain.errors import Truncated
from bot.media.formats import Measured
from bot.media.formats.source import Source

_RATE = 48_000
_LONGEST_PAGE = 255 * 48 * 120  # samples: 255 packets of at most 120 ms
_HEADERS = 2  # OpusHead and OpusTags come before the audio
_BOS, _EOS = 2, 4


def _frame_samples() -> tuple[int, ...]:
    silk = (10, 20, 40, 60) * 3
    hybrid = (10, 20) * 2
    celt = (2.5, 5, 10, 20) * 4
    return tuple(int(milliseconds * 48) for milliseconds in silk + hybrid + celt)


_FRAME = _frame_samples()


class _Stream:
    """One logical stream and the length of its packets."""

    def __init__(self, head: bytes) -> None:
        self.channels = head[9]
        self._pre_skip = int.from_bytes(head[10:12], "little")
        self._headers_left = _HEADERS
        self._samples = 0
        self._granule = 0
        self._packet_is_open = False

    def add_page(self, granule: int, lacing: bytes, body: bytes) -> None:
        at = 0
        for size in lacing:
            if not self._packet_is_open and not self._headers_left and size:
                self._samples += _packet_samples(body, at)
            self._packet_is_open = size == 255
            if not self._packet_is_open and self._headers_left:
                self._headers_left -= 1
            at += size
        if 0 < granule < 1 << 63:  # "no packet ends here" is -1
            self._granule = granule

    @property
    def samples(self) -> int:
        """Return the samples at 48 kHz. The last page may end within a packet; a larger granule is false."""
        trimmed = 0 <= self._samples - self._granule < _LONGEST_PAGE
        return max(0, (self._granule if trimmed else self._samples) - self._pre_skip)


def _packet_samples(body: bytes, at: int) -> int:
    kind = body[at]
    code = kind & 3
    count = 1 if code == 0 else 2
    if code == 3:
        count = body[at + 1] & 63 if at + 1 < len(body) else 0
    return _FRAME[kind >> 3] * count


class _Unsupported(Exception):
    """A file that is not the plain sequence of Opus pages that this reader supports."""


def read_ogg(source: Source, longest: float) -> Measured | None:
    """Measure an Ogg/Opus file, or return None if it contains anything else. Stops after `longest` seconds.

    Raises Truncated if the file ends inside a page.
    """
    try:
        with source.buffered() as file:
            streams = _walk(file, longest)
    except _Unsupported:
        return None
    return Measured("opus", sum(stream.samples for stream in streams) / _RATE, _RATE, streams[0].channels)


def _walk(file: BinaryIO, longest: float) -> list[_Stream]:
    """Return the streams of a file: one, or several in sequence, as some recorders chain them."""
    streams: list[_Stream] = []
    serial, flags, done = b"", 0, 0
    while page := _next_page(file, ended=bool(flags & _EOS)):
        head, lacing, body = page
        flags = head[5]
        if flags & _BOS:
            if not body.startswith(b"OpusHead") or len(body) < 19:
                raise _Unsupported
            done += streams[-1].samples if streams else 0
            streams.append(_Stream(body))
            serial = head[14:18]
        if not streams or head[14:18] != serial:
            raise _Unsupported
        streams[-1].add_page(int.from_bytes(head[6:14], "little"), lacing, body)
        if done + streams[-1].samples > longest * _RATE:
            break
    return streams


def _next_page(file: BinaryIO, ended: bool) -> tuple[bytes, bytes, bytes] | None:
    """Return the next page as (header, lacing values, body), or None at the end of the stream or the file."""
    head = file.read(27)
    if not head or (ended and not head.startswith(b"OggS")):
        return None
    if not head.startswith(b"OggS"):
        raise _Unsupported
    lacing = file.read(head[26]) if len(head) == 27 else b""
    body = file.read(sum(lacing))
    if len(head) < 27 or len(lacing) < head[26] or len(body) < sum(lacing):
        raise Truncated
    return head, lacing, body
