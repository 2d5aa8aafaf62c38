"""Transcript of a note: its text by segments and words. Times are seconds from the start of the note."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.domain.money import Micros
from bot.domain.plain_text import plain_lines


@dataclass(frozen=True, slots=True)
class Word:
    """One spoken word; `text` without surrounding blanks, times in seconds from the start of the note."""

    text: str
    start: float
    end: float
    speaker: str | None = None
    kind: str = "word"
    """word, punctuation, spacing, audio_event, or what a provider may invent."""
    confidence: float | None = None
    """The engine's probability of the word, 0 to 1; None if it gives none."""

    def __post_init__(self) -> None:
        _clean(self)


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of speech by one speaker; `speaker` is None if speakers were not told apart."""

    text: str
    start: float
    end: float
    speaker: str | None = None
    language: str = ""
    """The language that was spoken, an ISO 639-1 code; "": that of the transcript. A translation has another."""
    confidence: float | None = None
    """The mean probability of its tokens, 0 to 1; None if the engine gives none."""

    def __post_init__(self) -> None:
        _clean(self)


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
    partial: bool = False
    """If true, the rest of the recording was not transcribed."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Names of known speakers, by label. They belong to one note, so they are stored beside its transcript."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", plain_lines(self.text))


def _clean(part: Word | Segment) -> None:
    """Drop control characters, whichever provider or release wrote them."""
    object.__setattr__(part, "text", plain_lines(part.text))
    if part.speaker is not None:
        object.__setattr__(part, "speaker", plain_lines(part.speaker))
