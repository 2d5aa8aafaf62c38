"""Looking at sound itself: levels, pauses, speech. pydub's AudioSegment is the word for sound, here and nowhere else.

Sound is always 16 kHz, mono, 16 bits, and came out of the guarded decoder: pydub never opens a file.
"""

import asyncio
import warnings
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

with warnings.catch_warnings():
    # On import pydub warns that audioop goes (audioop-lts takes its place), that its own source has odd escapes, and
    # that there is no ffmpeg on the path (it is never asked to run one).
    warnings.simplefilter("ignore")
    from pydub import AudioSegment

RATE = 16_000
"""Samples a second."""
SAMPLE_BYTES = 2

_SILENT_BELOW = -60.0  # dBFS, of the loudest sample: a room without a voice; whatever is louder, the detector decides
_PAUSE = RATE * 3 // 10
_STEP = RATE // 100
_LONGEST_SEARCH = 30 * RATE


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a recording."""

    start: float
    """Seconds from the start of the recording."""
    sound: AudioSegment
    """16 kHz, mono, 16 bits."""

    @property
    def seconds(self) -> float:
        return float(self.sound.frame_count()) / RATE


def from_pcm(data: bytes) -> AudioSegment:
    """Sound of raw samples: 16 kHz, mono, signed 16 bits, little-endian."""
    return AudioSegment(data=data, sample_width=SAMPLE_BYTES, frame_rate=RATE, channels=1)


def samples(sound: AudioSegment) -> NDArray[np.float32]:
    """The samples as numbers from -1 to 1, as speech models want them."""
    return np.frombuffer(sound.raw_data, "<i2").astype(np.float32) / np.float32(32768)


async def has_speech(windows: AsyncIterable[Window]) -> bool:
    """Whether somebody speaks; stops looking at the first word. Silent windows cost next to nothing."""
    async for window in windows:
        if window.sound.max_dBFS > _SILENT_BELOW and await asyncio.to_thread(_speech_is_in, window.sound):
            return True
    return False


def _speech_is_in(sound: AudioSegment) -> bool:
    # Imported here: it takes a second and 100 MB, and a house that never asks need not pay it.
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    options = VadOptions(min_speech_duration_ms=100, min_silence_duration_ms=100, speech_pad_ms=0)
    return bool(get_speech_timestamps(samples(sound), options, sampling_rate=RATE))


async def chunks(windows: AsyncIterable[Window], longest: float) -> AsyncIterator[Window]:
    """Join windows, and cut them anew at pauses into chunks of at most `longest` seconds.

    No sample is lost or doubled; each chunk's start is counted in samples. At most one chunk and one window are in
    memory.
    """
    most = max(1, int(longest * RATE))
    held = bytearray()
    done = 0  # samples that were handed on
    async for window in windows:
        held += window.sound.raw_data
        while len(held) > most * SAMPLE_BYTES:
            cut = _quietest_place(held, most)
            yield Window(done / RATE, from_pcm(bytes(held[: cut * SAMPLE_BYTES])))
            del held[: cut * SAMPLE_BYTES]
            done += cut
    if held:
        yield Window(done / RATE, from_pcm(bytes(held)))


def _quietest_place(held: bytearray, most: int) -> int:
    """Where to cut, in samples: the middle of the quietest 300 ms in the last quarter (at most 30 s) before `most`."""
    search = min(most // 4, _LONGEST_SEARCH)
    if search <= _PAUSE:
        return most
    first = most - search
    region = np.frombuffer(bytes(held[first * SAMPLE_BYTES : most * SAMPLE_BYTES]), "<i2").astype(np.int64)
    energy = np.concatenate(([0], np.cumsum(region * region)))
    pauses = energy[_PAUSE::_STEP] - energy[: len(energy) - _PAUSE : _STEP]
    latest = len(pauses) - 1 - int(np.argmin(pauses[::-1]))  # of equally quiet places the last: fewer chunks
    return first + latest * _STEP + _PAUSE // 2
