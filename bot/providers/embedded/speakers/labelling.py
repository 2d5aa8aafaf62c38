"""Assignment of speakers to words and segments."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from operator import attrgetter

from bot.domain.transcript import Segment, Word
from bot.providers.embedded.speakers.turns import Turns

_PAUSE = 0.5
"""Seconds between two words of a sentence in which another may have spoken."""


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


def label_of(voice: int, sentences: Iterable[Sentence], turns: Turns) -> str | None:
    """Return the name of a voice among sentences that have their speakers; None if it has no words."""
    for sentence in sentences:
        first = sentence.words[0] if sentence.words else sentence
        if turns.voice_of(first.start, first.end) == voice:
            return sentence.speaker
    return None


def by_channel(tracks: Sequence[Sequence[Sentence]]) -> list[Sentence]:
    """Return the sentences of all tracks in order of time, a speaker a track: "Speaker 1" is the first to speak.

    A sentence is cut at a pause in which another track begins to speak. If only one track has words, no speaker is
    named.
    """
    spoken = sorted((list(track) for track in tracks if track), key=lambda track: track[0].start)
    if len(spoken) < 2:
        return [sentence for track in spoken for sentence in track]
    begins = [sorted(one.start for sentence in track for one in sentence.words or (sentence,)) for track in spoken]
    parts = [
        part
        for number, track in enumerate(spoken)
        for sentence in track
        for part in _cut_at_answers(
            _named(sentence, f"Speaker {number + 1}"), [*begins[:number], *begins[number + 1 :]]
        )
    ]
    return sorted(parts, key=lambda part: part.start)


def _named(sentence: Sentence, speaker: str) -> Sentence:
    return replace(sentence, speaker=speaker, words=tuple(replace(word, speaker=speaker) for word in sentence.words))


def _cut_at_answers(sentence: Sentence, others: Sequence[Sequence[float]]) -> Iterator[Sentence]:
    """Cut a sentence where another track has a word that begins in a pause of it."""
    runs: list[tuple[Word, ...]] = []
    for word in sentence.words:
        if runs and not _is_answered(runs[-1][-1].end, word.start, others):
            runs[-1] = (*runs[-1], word)
        else:
            runs.append((word,))
    if len(runs) < 2:
        yield sentence
        return
    for text, run in zip(_cut(sentence.text, runs), runs, strict=True):
        yield replace(sentence, text=text, start=run[0].start, end=run[-1].end, words=run)


def _is_answered(end: float, start: float, others: Sequence[Sequence[float]]) -> bool:
    """Return True if a word of another track begins in a pause."""
    return start - end >= _PAUSE and any(bisect_right(begins, start) > bisect_left(begins, end) for begins in others)


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
