"""Windows of speech, short enough for one speaker and long enough to recognise the voice."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bot.media.pcm import RATE

Samples = NDArray[np.float32]
"""16,000 per second, one channel, -1 to 1."""

_LONG, _STEP = 3 * RATE // 2, 3 * RATE // 4
"""1.5 s every 0.75 s, in samples."""


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of speech in a chunk, in samples. Windows overlap, so each decides only about its middle."""

    start: int
    end: int
    decides_from: int
    decides_to: int


def windows(sound: Samples) -> list[Window]:
    """Return all windows of the speech in a chunk; none without speech."""
    return [window for start, end in _speech(sound) for window in _windows_of(start, end)]


def _speech(sound: Samples) -> list[tuple[int, int]]:
    """Return the spans of speech in samples: even a short silence may separate two speakers."""
    # Imported here: it takes a second, which only a transcription should wait.
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    options = VadOptions(min_speech_duration_ms=200, min_silence_duration_ms=150, speech_pad_ms=50)
    return [(span["start"], span["end"]) for span in get_speech_timestamps(sound, options, sampling_rate=RATE)]


def _windows_of(start: int, end: int) -> list[Window]:
    """Return windows spread evenly over a span, so that the last one ends with it. A short span is one window."""
    spare = end - start - _LONG
    if spare <= 0:
        return [Window(start, end, start, end)]
    steps = max(1, round(spare / _STEP))
    begins = [start + spare * step // steps for step in range(steps + 1)]
    borders = [start, *((one + other + _LONG) // 2 for one, other in pairwise(begins)), end]
    return [Window(begin, begin + _LONG, *decides) for begin, decides in zip(begins, pairwise(borders), strict=True)]
