"""Levels, pauses and speech in PCM audio. Only this module uses pydub's AudioSegment.

Audio here is always 16 kHz, 16 bits, from the guarded decoder, and mono unless said otherwise: pydub never opens a
file.
"""

import asyncio
import warnings
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

with warnings.catch_warnings():
    # On import pydub warns that audioop is deprecated (audioop-lts replaces it), that its own source has odd escapes,
    # and that there is no ffmpeg on the path (it never runs one).
    warnings.simplefilter("ignore")
    from pydub import AudioSegment

RATE = 16_000
"""Samples per second."""
SAMPLE_BYTES = 2

_SILENT_BELOW = -60.0  # dBFS of the loudest sample: a room without a voice; above it, the detector decides
_PAUSE = RATE * 3 // 10
_STEP = RATE // 100
_LONGEST_SEARCH = 30 * RATE


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a recording."""

    start: float
    """Seconds from the start of the recording."""
    sound: AudioSegment
    """16 kHz, 16 bits."""

    @property
    def seconds(self) -> float:
        return float(self.sound.frame_count()) / RATE


def from_pcm(data: bytes, channels: int = 1) -> AudioSegment:
    """Return an AudioSegment of raw samples: 16 kHz, signed 16 bits, little-endian, the channels by turns."""
    return AudioSegment(data=data, sample_width=SAMPLE_BYTES, frame_rate=RATE, channels=channels)


def samples(sound: AudioSegment) -> NDArray[np.float32]:
    """Return the samples as numbers from -1 to 1, the input of speech models."""
    return np.frombuffer(sound.raw_data, "<i2").astype(np.float32) / np.float32(32768)


def channels_of(sound: AudioSegment) -> NDArray[np.float32]:
    """Return the samples of each channel, a row a channel, as numbers from -1 to 1."""
    return samples(sound).reshape(-1, sound.channels).T


async def has_speech(windows: AsyncIterable[Window]) -> bool:
    """Return True at the first speech. Silent windows cost almost nothing."""
    async for window in windows:
        if window.sound.max_dBFS > _SILENT_BELOW and await asyncio.to_thread(_speech_is_in, window.sound):
            return True
    return False


def _speech_is_in(sound: AudioSegment) -> bool:
    # Imported here: it takes a second and 100 MB, which a service that never needs it should not pay.
    try:
        from faster_whisper.vad import VadOptions, get_speech_timestamps
    except ModuleNotFoundError:
        return True  # installed without the embedded engine: every sound may be speech
    options = VadOptions(min_speech_duration_ms=100, min_silence_duration_ms=100, speech_pad_ms=0)
    return bool(get_speech_timestamps(samples(sound), options, sampling_rate=RATE))


async def chunks(windows: AsyncIterable[Window], longest: float) -> AsyncIterator[Window]:
    """Join windows, and cut them at pauses into chunks of at most `longest` seconds.

    No sample is lost or doubled; each chunk's start is counted in samples. At most one chunk and one window are in
    memory.
    """
    most = max(1, int(longest * RATE))
    held = bytearray()
    done = 0  # samples of finished chunks
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
    """Return the place of the cut in samples: the middle of the quietest 300 ms in the last quarter (at most 30 s)
    before `most`.
    """
    search = min(most // 4, _LONGEST_SEARCH)
    if search <= _PAUSE:
        return most
    first = most - search
    region = np.frombuffer(bytes(held[first * SAMPLE_BYTES : most * SAMPLE_BYTES]), "<i2").astype(np.int64)
    energy = np.concatenate(([0], np.cumsum(region * region)))
    pauses = energy[_PAUSE::_STEP] - energy[: len(energy) - _PAUSE : _STEP]
    latest = len(pauses) - 1 - int(np.argmin(pauses[::-1]))  # the last of equally quiet places: fewer chunks
    return first + latest * _STEP + _PAUSE // 2
