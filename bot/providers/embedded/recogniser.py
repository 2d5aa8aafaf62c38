"""The port of speech recognition: a loaded model that turns sound into timed text."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.domain.transcript import Word
from bot.providers.embedded.hardware import Hardware
from bot.providers.embedded.speakers.windows import Samples


@dataclass(frozen=True, slots=True)
class RawSegment:
    """A recognised stretch. Times in seconds from the start of the chunk; text with the model's spacing."""

    text: str
    start: float
    end: float
    words: tuple[Word, ...]
    window: int = 0
    """The window of sound that was decoded for it; a later one has a larger number."""


class Recogniser(Protocol):
    """A loaded model. As many threads use it at once as the hardware it was loaded for has workers; it may block."""

    def recognise(self, sound: Samples, language: str) -> tuple[str, Iterator[RawSegment]]:
        """Return the language, detected for "auto", and the recognised pieces, lazily."""


Load = Callable[[Path, str, Hardware], Recogniser]
"""Loads a model: its folder, the operator's name for it, what computes it."""
