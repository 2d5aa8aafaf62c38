"""Assignment of speakers to words and segments."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from operator import attrgetter

from bot.domain.transcript import Segment, Word
from bot.providers.embedded.speakers.turns import Turns


@dataclass(frozen=True, slots=True)
class Sentence:
    """About one recognised sentence. Times in seconds from the start of the recording."""

    text: str
    """Text with the recogniser's own spacing."""
    start: float
    end: float
    words: tuple[Word, ...]
    speaker: str | None = None
    language: str = ""
    confidence: float | None = None

    @property
    def segment(self) -> Segment:
        return Segment(self.text.strip(), self.start, self.end, self.speaker, self.language, self.confidence)


def by_speaker(sentences: Iterable[Sentence], turns: Turns) -> list[Sentence]:
    """Return the sentences with their speakers, cut at changes of speaker: "Speaker 1" is the first to speak.

    If there is only one voice, no speaker is named.
    """
    whole = list(sentences)
    if not turns:
        return whole
    names: dict[int, str] = {}
    parts = [part for one in whole for part in _parts(one, turns, names)]
    return parts if len(names) > 1 else whole


def _parts(sentence: Sentence, turns: Turns, names: dict[int, str]) -> Iterator[Sentence]:
    if not sentence.words:
        yield replace(sentence, speaker=_name(turns.voice_of(sentence.start, sentence.end), names))
        return
    words = [replace(word, speaker=_name(turns.voice_of(word.start, word.end), names)) for word in sentence.words]
    runs = [tuple(run) for _, run in groupby(words, attrgetter("speaker"))]
    for text, run in zip(_cut(sentence.text, runs), runs, strict=True):
        yield replace(sentence, text=text, start=run[0].start, end=run[-1].end, words=run, speaker=run[0].speaker)


def _name(voice: int, names: dict[int, str]) -> str:
    return names.setdefault(voice, f"Speaker {len(names) + 1}")


def _cut(text: str, runs: list[tuple[Word, ...]]) -> list[str]:
    """Cut the text at the start of each run, so that it keeps its spacing (Chinese has no blanks between words)."""
    begins = []
    at = 0
    for run in runs:
        begins.append(_find(text, run[0], at))
        for word in run:
            at = _find(text, word, at) + len(word.text)
    return [text[start:end] for start, end in pairwise([0, *begins[1:], len(text)])]


def _find(text: str, word: Word, at: int) -> int:
    """Return the position of a word, or the end of the last one if the text spells it differently."""
    found = text.find(word.text, at)
    return found if found >= 0 else min(at, len(text))
