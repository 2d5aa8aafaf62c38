"""Real speech for tests: the samples, their sound, and how far a text is from what was said."""

import json
import re
import subprocess
import unicodedata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import jiwer
import numpy as np
from imageio_ffmpeg import get_ffmpeg_exe
from numpy.typing import NDArray

from bot.domain.audio import EVEN, Audio, Mix
from bot.media.pcm import RATE, SAMPLE_BYTES, Window, from_pcm
from tests.helpers.paths import SAMPLES


@cache
def reference(name: str) -> dict[str, Any]:
    """A sample's entry in samples.json: language, seconds, text, segments."""
    known: dict[str, dict[str, Any]] = json.loads((SAMPLES / "samples.json").read_text(encoding="utf-8"))
    return known[name]


@cache
def pcm(name: str) -> bytes:
    """The sound of a sample: 16 kHz, mono, 16 bits."""
    command = [get_ffmpeg_exe(), "-v", "error", "-i", str(SAMPLES / name), "-ac", "1", "-ar", str(RATE)]
    return subprocess.run([*command, "-f", "s16le", "-"], check=True, capture_output=True).stdout


def from_floats(sound: NDArray[np.float64]) -> bytes:
    """Sound from numbers between -1 and 1."""
    return (np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes()


def to_floats(sound: bytes) -> NDArray[np.float64]:
    return np.frombuffer(sound, "<i2").astype(np.float64) / 32768


def word_error_rate(said: str, written: str) -> float:
    """The share of words that are wrong, too many or missing; case, punctuation, hyphens and marks do not count."""
    return float(jiwer.wer(plain(said), plain(written)))


def plain(text: str) -> str:
    """Lower case, letters and digits only, without accents or dots above, words apart by one blank."""
    bare = "".join(mark for mark in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(mark))
    return " ".join(re.sub(r"[^\w']", " ", bare).split())


class Player:
    """Stands for Media: plays sound that it was given, in windows, by the name of the file."""

    def __init__(self) -> None:
        self._sounds: dict[str, bytes] = {}
        self.open = 0
        """Recordings that are being transcribed right now."""

    def add(self, name: str, sound: bytes) -> Audio:
        """An Audio that plays this sound."""
        self._sounds[name] = sound
        seconds = len(sound) / SAMPLE_BYTES / RATE
        return Audio(Path(name), "wav", "pcm_s16le", seconds, RATE, 1, len(sound))

    def sample(self, name: str) -> Audio:
        return self.add(name, pcm(name))

    @asynccontextmanager
    async def windows(self, audio: Audio, *, mix: Mix = EVEN) -> AsyncIterator[AsyncIterator[Window]]:
        self.open += 1
        try:
            yield self._windows(self._sounds[str(audio.path)])
        finally:
            self.open -= 1

    async def _windows(self, sound: bytes) -> AsyncIterator[Window]:
        size = 30 * RATE * SAMPLE_BYTES
        for at in range(0, len(sound), size):
            yield Window(at / SAMPLE_BYTES / RATE, from_pcm(sound[at : at + size]))
