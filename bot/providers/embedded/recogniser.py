"""The port of speech recognition: a loaded model that turns sound into timed text."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.domain.languages import normalise_language
from bot.domain.note import AUTO, Options
from bot.domain.transcript import Word
from bot.providers.embedded.hardware import Hardware
from bot.providers.embedded.speakers.windows import Samples


@dataclass(frozen=True, slots=True)
class Wanted:
    """The text that is wanted of a sound."""

    language: str = AUTO
    """An ISO 639-1 code, or "auto"."""
    likely: str = ""
    """The language of what came before the sound, if it is "auto"; "": unknown."""
    translate: bool = False
    """True: the text is wanted in English."""
    vocabulary: tuple[str, ...] = ()
    """Names and terms that may be spoken, as they are to be written."""
    prompt: str = ""
    """Words that come before the sound."""


def wanted(options: Options) -> Wanted:
    """Return the part of a note's options that is the recogniser's."""
    return Wanted(
        normalise_language(options.language),
        translate=options.translate,
        vocabulary=options.vocabulary,
        prompt=options.prompt,
    )


@dataclass(frozen=True, slots=True)
class RawSegment:
    """A recognised stretch. Times in seconds from the start of the chunk; text with the model's spacing."""

    text: str
    start: float
    end: float
    words: tuple[Word, ...]
    window: int = 0
    """The window of sound that was decoded for it; a later one has a larger number."""
    language: str = ""
    """An ISO 639-1 code; "": that of the whole sound."""
    confidence: float | None = None
    """The mean probability of its tokens, 0 to 1; None if the model gives none."""


class Recogniser(Protocol):
    """A loaded model. As many threads use it at once as the hardware it was loaded for has workers; it may block."""

    def recognise(self, sound: Samples, wanted: Wanted) -> tuple[str, Iterator[RawSegment]]:
        """Return the language, detected for "auto", and the recognised pieces, lazily."""


Load = Callable[[Path, str, Hardware], Recogniser]
"""Loads a model: its folder, the operator's name for it, what computes it."""
