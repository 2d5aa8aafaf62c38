"""Facts about a file, found without decoding it and without trusting its claims."""

import asyncio
import math
import time
from pathlib import Path

from bot.domain.audio import Audio
from bot.domain.errors import TooLarge, Unreadable, UnsafeMedia
from bot.media.formats import Measured
from bot.media.formats.mp4 import read_mp4
from bot.media.formats.ogg import read_ogg
from bot.media.formats.sniff import sniff
from bot.media.formats.source import Source, open_plain
from bot.media.formats.walk import walk
from bot.media.formats.wav import read_wav

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
