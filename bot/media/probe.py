"""Facts about a file, found without decoding it and without trusting its claims."""

import asyncio
import math
import time
from pathlib import Path

from bot.domain.audio import Audio
from bot.domain.errors import TooLarge, Unreadable, UnsafeMedia
from bot.media.formats import Measured
from bot.media.formats.mp4 import read_mp4
from bot.media.formats.mpeg import frames_in
from bot.media.formats.ogg import read_ogg
from bot.media.formats.source import Source, open_plain
from bot.media.formats.walk import walk
from bot.media.formats.wav import read_wav

_HEAD = 64 * 1024
_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"OggS", "ogg"),
    (b"fLaC", "flac"),
    (b"\x1a\x45\xdf\xa3", "matroska"),
    (b"#!AMR", "amr"),
    (b"caff", "caf"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
    (b"FLV\x01", "flv"),
)
_RIFF = {b"WAVE": "wav", b"AVI ": "avi", b"AIFF": "aiff", b"AIFC": "aiff"}
_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
# Formats that refer to other files or servers, which ffmpeg would follow if it were allowed to.
_LISTS = (b"#EXTM3U", b"ffconcat", b"v=0", b"<?xml", b"<MPD", b"<smil", b"[playlist]", b"RTSPtext", b"#!")


def sniff(source: Source) -> tuple[str, int]:
    """Return the container of a file, and the offset at which it begins (behind an ID3 tag).

    Raises UnsafeMedia for a playlist or a script, Unreadable for anything that is not a known audio or video format.
    """
    offset = _behind_id3(source)
    head = source.peek(offset, _HEAD)
    container = _by_magic(head)
    if container:
        return container, offset
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(_LISTS):
        raise UnsafeMedia(reason="playlist")
    frames = frames_in(head)
    if frames is None:
        raise Unreadable
    return frames[0], offset + frames[1]


def _behind_id3(source: Source) -> int:
    """Return the offset of the audio. A tag may hold a picture of megabytes, so it is skipped without reading."""
    offset = 0
    for _ in range(4):  # some writers add a second tag behind the first; more are an attack
        head = source.peek(offset, 10)
        if len(head) < 10 or not head.startswith(b"ID3"):
            break
        footer = 10 if head[5] & 0x10 else 0
        offset += 10 + (head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]) + footer
    return offset


def _by_magic(head: bytes) -> str | None:
    for start, container in _STARTS:
        if head.startswith(start):
            return container
    if head[:4] in (b"RIFF", b"RF64", b"BW64", b"FORM"):
        return _RIFF.get(head[8:12])
    if head[4:8] in _BOXES:
        return "mp4"
    for packet, sync in ((188, 0), (192, 4)):
        if len(head) > 2 * packet + sync and all(head[sync + packet * turn] == 0x47 for turn in range(3)):
            return "mpegts"
    return None


_RATES = range(4_000, 768_001)
_CHANNELS = range(1, 33)


async def probe(path: Path, *, longest: float = math.inf, largest: float = math.inf, time_limit: float = 20.0) -> Audio:
    """Probe a file: container, codec, real length, rate, channels, size, and presence of pictures.

    The length is the decoded one (seconds), counted rather than trusted; a file longer than `longest` is only counted
    until that is certain, one over `largest` bytes not at all. Reading takes at most about `time_limit` seconds, in a
    thread.

    Raises NotFound, TooLarge, Unreadable, Truncated, NoSound, UnsafeMedia, TooSlow.
    """
    return await asyncio.to_thread(_probe, path, longest, largest, time.monotonic() + time_limit)


def _probe(path: Path, longest: float, largest: float, deadline: float) -> Audio:
    with open_plain(path) as file:
        whole = Source(file, deadline)
        if whole.size > largest:
            raise TooLarge(limit_mb=largest / 1_000_000)
        container, offset = sniff(whole)
        try:
            measured = _measure(whole.after(offset), container, longest)
        except (ArithmeticError, LookupError, ValueError) as error:
            raise Unreadable from error  # an impossible size, count or index
    if measured.rate not in _RATES:
        raise UnsafeMedia(reason="rate")
    if measured.channels not in _CHANNELS:
        raise UnsafeMedia(reason="channels")
    if not 0 < measured.seconds < math.inf:
        raise Unreadable
    return Audio(
        path,
        container,
        measured.codec,
        measured.seconds,
        measured.rate,
        measured.channels,
        whole.size,
        measured.has_video,
    )


def _measure(source: Source, container: str, longest: float) -> Measured:
    measured: Measured | None = None
    if container == "ogg":
        measured = read_ogg(source, longest)
    elif container == "wav":
        measured = read_wav(source)
    elif container == "mp4":
        measured = read_mp4(source)
    return measured or walk(source, container, longest)
