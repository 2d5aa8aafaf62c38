"""Transcript of a note: its text by segments and words. Times are seconds from the start of the note."""

from dataclasses import dataclass

from bot.domain.money import Micros


@dataclass(frozen=True, slots=True)
class Word:
    """One spoken word; `text` without surrounding blanks, times in seconds from the start of the note."""

    text: str
    start: float
    end: float
    speaker: str | None = None
    kind: str = "word"
    """word, punctuation, spacing, audio_event, or what a provider may invent."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of speech by one speaker; `speaker` is None if speakers were not told apart."""

    text: str
    start: float
    end: float
    speaker: str | None = None


@dataclass(frozen=True, slots=True)
class Transcript:
    """A transcript. `segments` are in order of time and hold all the text."""

    text: str
    language: str
    """An ISO 639-1 code, or "" if it is unknown."""
    seconds: float
    model: str
    segments: tuple[Segment, ...]
    words: tuple[Word, ...] = ()
    cost: Micros = Micros(0)
    """The provider's charge, before any markup."""
