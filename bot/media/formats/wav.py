"""WAV (RIFF, RF64, BW64) with plain samples: the length is that of the samples that exist."""

from dataclasses import dataclass
from typing import BinaryIO

from bot.domain.errors import Truncated, Unreadable
from bot.media.formats import Measured, is_short_of
from bot.media.formats.source import Source

_EXTENSIBLE = 0xFFFE
_STREAMED = 0x7FFF_0000
"""Sizes from here on mean "unknown at the time of writing", as in streams written into a pipe."""
_CODECS = {
    (1, 8): "pcm_u8",
    (1, 16): "pcm_s16le",
    (1, 24): "pcm_s24le",
    (1, 32): "pcm_s32le",
    (3, 32): "pcm_f32le",
    (3, 64): "pcm_f64le",
    (6, 8): "pcm_alaw",
    (7, 8): "pcm_mulaw",
}


@dataclass(frozen=True, slots=True)
class _Format:
    tag: int
    channels: int
    rate: int
    bits: int

    @property
    def bytes_per_second(self) -> int:
        return self.channels * self.rate * self.bits // 8


def read_wav(source: Source) -> Measured | None:
    """Measure a WAV file, or return None if its samples are compressed. Raises Truncated, Unreadable."""
    shape: _Format | None = None
    long_size = None
    with source.buffered() as file:
        file.seek(12)
        while len(head := file.read(8)) == 8:
            name, size = head[:4], int.from_bytes(head[4:], "little")
            if name == b"data":
                return _measure(file, shape, _STREAMED if size == 0 else size, long_size, source.size)
            start = file.tell()
            if name == b"fmt ":
                shape = _read_format(file.read(min(size, 40)))
            elif name == b"ds64":
                long_size = int.from_bytes(file.read(16)[8:16], "little")
            file.seek(start + size + size % 2)
    raise Unreadable


def _read_format(body: bytes) -> _Format:
    if len(body) < 16:
        raise Unreadable
    tag, channels = int.from_bytes(body[0:2], "little"), int.from_bytes(body[2:4], "little")
    if tag == _EXTENSIBLE and len(body) >= 26:
        tag = int.from_bytes(body[24:26], "little")
    return _Format(tag, channels, int.from_bytes(body[4:8], "little"), int.from_bytes(body[14:16], "little"))


def _measure(
    file: BinaryIO, shape: _Format | None, size: int, long_size: int | None, file_size: int
) -> Measured | None:
    if shape is None:
        raise Unreadable
    codec = _CODECS.get((shape.tag, shape.bits))
    if codec is None:
        return None
    if not shape.bytes_per_second:
        raise Unreadable
    there = file_size - file.tell()
    if size >= _STREAMED:
        size = long_size or there
    found, promised = there / shape.bytes_per_second, size / shape.bytes_per_second
    if is_short_of(found, promised):
        raise Truncated
    if is_short_of(promised, found) and not _chunk_follows(file, size):
        raise Unreadable  # more samples than the header states: ffmpeg and providers would drop them silently
    return Measured(codec, min(found, promised), shape.rate, shape.channels)


def _chunk_follows(file: BinaryIO, size: int) -> bool:
    """Return True if the bytes behind the samples are another chunk, or only padding."""
    file.seek(size, 1)
    rest = file.read(16)
    aligned = rest[size % 2 :]
    name = aligned[:4]
    return not rest.strip(b"\0") or (len(name) == 4 and all(32 <= letter < 127 for letter in name))
