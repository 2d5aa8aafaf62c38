"""MP4, M4A, 3GP and QuickTime: the index is read and checked against the file; samples are not read.

An own reader, because a demuxer trusts the index: one table entry can claim two billion samples, and libavformat would
list all of them in this process's memory.
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from bot.domain.errors import NoSound, Truncated, Unreadable, UnsafeMedia
from bot.media.formats import Measured
from bot.media.formats.boxes import Box, boxes, contents, find, number
from bot.media.formats.codecs import Described, describe
from bot.media.formats.source import Source

_MOST_TRACKS = 16
_PICTURES = (b"jpeg", b"png ", b"mjpa", b"mjpb")  # the chapter pictures of audiobooks, not video
_AAC_FRAME = 1024
_SAMPLES_PER_BYTE = 4  # IMA ADPCM has two samples per byte; no real codec has more


@dataclass(slots=True)
class _Track:
    kind: bytes
    """soun, vide, text, ..."""
    id: int
    timescale: int
    described: Described
    samples: int
    duration: int
    """Units of the timescale, by the index."""
    shown: float | None
    """Seconds that the edit list plays, if there is one."""

    @property
    def seconds(self) -> float:
        if self.described.codec == "aac" and self.described.core_rate:
            content = self.samples * _AAC_FRAME / self.described.core_rate  # the frames are authoritative
        else:
            content = self.duration / self.timescale
        return min(content, self.shown) if self.shown else content


def read_mp4(source: Source) -> Measured:
    """Measure an MP4 file. Raises Truncated, NoSound, UnsafeMedia (other files, absurd index), Unreadable."""
    with source.buffered() as file:
        top = list(_top_boxes(file, source))
        index = next((box for box in top if box.name == b"moov"), None)
        if index is None:
            raise Unreadable
        tracks = list(_tracks(file, index, source.size))
        sounds = [track for track in tracks if track.kind == b"soun"]
        if not sounds:
            raise NoSound
        sound = sounds[0]
        _add_fragments(file, index, (box for box in top if box.name == b"moof"), sound)
    if sound.samples > _SAMPLES_PER_BYTE * source.size:
        raise UnsafeMedia(reason="index-too-long")
    described = sound.described
    rate = described.rate or sound.timescale
    has_video = any(track.kind == b"vide" and track.described.fourcc not in _PICTURES for track in tracks)
    return Measured(described.codec, sound.seconds, rate, described.channels, has_video)


def _top_boxes(file: BinaryIO, source: Source) -> Iterator[Box]:
    for seen, box in enumerate(boxes(file, 0, source.size, top=True)):
        if seen % 1000 == 0:
            source.check_time()
        if box.name in (b"moov", b"moof"):
            yield box


def _tracks(file: BinaryIO, index: Box, file_size: int) -> Iterator[_Track]:
    header = find(file, index, b"mvhd")
    timescale = _timescale(contents(file, header, 32)) if header else 0
    found = 0
    for box in boxes(file, index.start, index.end):
        if box.name == b"trak":
            found += 1
            if found > _MOST_TRACKS:
                raise UnsafeMedia(reason="tracks")
            yield _read_track(file, box, timescale, file_size)


def _read_track(file: BinaryIO, track: Box, movie_timescale: int, file_size: int) -> _Track:
    def part(*path: bytes) -> bytes:
        box = find(file, track, *path)
        return contents(file, box) if box else b""

    kind = part(b"mdia", b"hdlr")[8:12]
    head = part(b"tkhd")
    media = part(b"mdia", b"mdhd")
    table = (b"mdia", b"minf", b"stbl")
    _refuse_other_files(part(b"mdia", b"minf", b"dinf", b"dref"))
    if kind == b"soun":
        _refuse_missing_end(part(*table, b"stco"), part(*table, b"co64"), file_size)
    samples, duration = _times(part(*table, b"stts"))
    return _Track(
        kind=kind,
        id=number(head, 20 if head[:1] == b"\x01" else 12),
        timescale=_timescale(media) or 1,
        described=describe(part(*table, b"stsd")),
        samples=samples,
        duration=duration,
        shown=_shown(part(b"edts", b"elst"), movie_timescale),
    )


def _timescale(header: bytes) -> int:
    """Return the units per second of an mvhd or mdhd box."""
    return number(header, 20 if header[:1] == b"\x01" else 12)


def _times(table: bytes) -> tuple[int, int]:
    """Return the number of samples of an stts box, and their length in units of the timescale."""
    if len(table) < 16:
        return 0, 0
    pairs = np.frombuffer(table[8 : len(table) // 8 * 8], ">u4").reshape(-1, 2)[: number(table, 4)]
    counts, steps = pairs[:, 0].astype(np.float64), pairs[:, 1].astype(np.float64)  # whole numbers would overflow
    return int(counts.sum()), int(counts @ steps)


def _shown(table: bytes, timescale: int) -> float | None:
    """Return the played seconds of an elst box; phones cut a recording by writing one."""
    if len(table) < 8 or not timescale:
        return None
    wide = table[0] == 1
    size = 20 if wide else 12
    total = 0
    for at in range(8, 8 + min(number(table, 4), 10_000) * size, size):
        length = number(table, at, 8 if wide else 4)
        start = number(table, at + (8 if wide else 4), 8 if wide else 4, signed=True)
        total += length if start >= 0 else 0
    return total / timescale or None


def _refuse_other_files(references: bytes) -> None:
    """Raise UnsafeMedia for an entry of a dref box that names another file."""
    at = 8
    while at + 12 <= len(references):
        size = number(references, at)
        if not references[at + 11] & 1:
            raise UnsafeMedia(reason="other-file")
        at += max(12, size)


def _refuse_missing_end(short: bytes, long: bytes, file_size: int) -> None:
    """Raise Truncated if chunk offsets lie beyond the end of the file."""
    for table, kind in ((short, ">u4"), (long, ">u8")):
        whole = (len(table) - 8) // np.dtype(kind).itemsize * np.dtype(kind).itemsize
        if len(table) > 8 and whole and int(np.frombuffer(table[8 : 8 + whole], kind).max()) >= file_size:
            raise Truncated


def _add_fragments(file: BinaryIO, index: Box, fragments: Iterable[Box], sound: _Track) -> None:
    """Add the small indexes (moof) that live recorders and browsers write behind an empty one."""
    standard = 0
    extends = find(file, index, b"mvex")
    for box in boxes(file, extends.start, extends.end) if extends else ():
        body = contents(file, box, 24) if box.name == b"trex" else b""
        if body and number(body, 4) == sound.id:
            standard = number(body, 12)
    for fragment in fragments:
        for run_of in boxes(file, fragment.start, fragment.end):
            if run_of.name == b"traf":
                _add_run(file, run_of, standard, sound)


def _add_run(file: BinaryIO, fragment: Box, standard: int, sound: _Track) -> None:
    for box in boxes(file, fragment.start, fragment.end):
        if box.name == b"tfhd":
            body = contents(file, box, 64)
            if number(body, 4) != sound.id:
                return
            flags = number(body, 1, 3)
            at = 8 + (8 if flags & 1 else 0) + (4 if flags & 2 else 0)
            standard = number(body, at) if flags & 8 else standard
        elif box.name == b"trun":
            count, duration = _run(contents(file, box), standard)
            sound.samples += count
            sound.duration += duration


def _run(body: bytes, standard: int) -> tuple[int, int]:
    """Return the number of samples of a trun box, and their length."""
    flags, count = number(body, 1, 3), number(body, 4)
    if not flags & 0x100:
        return count, count * standard
    at = 8 + (4 if flags & 1 else 0) + (4 if flags & 4 else 0)
    fields = (flags >> 8 & 15).bit_count()
    if at + count * fields * 4 > len(body):
        raise Unreadable
    return count, sum(entry[0] for entry in struct.iter_unpack(f">{fields}I", body[at : at + count * fields * 4]))
