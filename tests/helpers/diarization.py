"""Accuracy of diarization."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from bot.domain.transcript import Transcript, Word

COLLAR = 0.25
"""Seconds around each border of the reference that are not judged: nobody knows where exactly a word begins."""
_FRAME = 0.01


@dataclass(frozen=True, slots=True)
class Spoken:
    """A speaker's turn, with its start and end in seconds."""

    start: float
    end: float
    speaker: str


def spoken(segments: Sequence[dict[str, object]]) -> list[Spoken]:
    """Segments of samples.json."""
    return [Spoken(float(str(one["start"])), float(str(one["end"])), str(one["speaker"])) for one in segments]


def turns_of(transcript: Transcript) -> list[Spoken]:
    """Return the turns of a transcript; all is one speaker if none is named."""
    return [Spoken(one.start, one.end, one.speaker or "") for one in transcript.segments]


def diarization_error_rate(said: Sequence[Spoken], turns_of: Sequence[Spoken], collar: float = COLLAR) -> float:
    """Missed, invented and confused speech by the seconds of speech that are judged; speakers matched as fits best.

    Nobody speaks at the same time as another, in either.
    """
    frames = round(max(one.end for one in (*said, *turns_of)) / _FRAME) + 1
    true, names = _frames(said, frames)
    found, labels = _frames(turns_of, frames)
    judged = np.ones(frames, bool)
    for border in (moment for one in said for moment in (one.start, one.end)):
        judged[max(0, round((border - collar) / _FRAME)) : round((border + collar) / _FRAME)] = False
    true, found = true[judged], found[judged]
    both = np.array([[np.sum((true == one) & (found == other)) for other in range(labels)] for one in range(names)])
    right = _best_match(both.reshape(names, labels))
    missed, invented = np.sum((true >= 0) & (found < 0)), np.sum((true < 0) & (found >= 0))
    confused = np.sum((true >= 0) & (found >= 0)) - right
    return float((missed + invented + confused) / np.sum(true >= 0))


def word_speaker_errors(said: Sequence[Spoken], words: Sequence[Word]) -> float:
    """The share of words with another speaker than the one who speaks in their middle, or nearest to it."""
    true = [
        min(said, key=lambda one: max(one.start - _middle(word), _middle(word) - one.end)).speaker for word in words
    ]
    names, labels = sorted(set(true)), sorted({word.speaker or "" for word in words})
    both = np.zeros((len(names), len(labels)), int)
    for name, word in zip(true, words, strict=True):
        both[names.index(name), labels.index(word.speaker or "")] += 1
    return 1 - _best_match(both) / len(words)


def words_of_wrong_speaker(said: Sequence[Spoken], words: Sequence[Word]) -> int:
    """Return how many words are given to a speaker who has no turn in their middle, nor the nearest turn.

    The labels are matched with the speakers as fits best.
    """
    names, labels = sorted({one.speaker for one in said}), sorted({word.speaker or "" for word in words})
    labels += [f"none {number}" for number in range(len(names) - len(labels))]
    speaking = [_speaking(said, word) for word in words]
    right = 0
    for chosen in permutations(labels, len(names)):
        name_of = dict(zip(chosen, names, strict=True))
        right = max(
            right, sum(name_of.get(word.speaker or "") in them for word, them in zip(words, speaking, strict=True))
        )
    return len(words) - right


def _speaking(said: Sequence[Spoken], word: Word) -> set[str]:
    """Return the speakers in the middle of a word, or the one nearest to it."""
    middle = _middle(word)
    inside = {one.speaker for one in said if one.start <= middle <= one.end}
    return inside or {min(said, key=lambda one: max(one.start - middle, middle - one.end)).speaker}


def _middle(word: Word) -> float:
    return (word.start + word.end) / 2


def _frames(all_spoken: Sequence[Spoken], frames: int) -> tuple[NDArray[np.intp], int]:
    """The speaker of each frame, -1 where nobody speaks, and how many there are."""
    names = sorted({one.speaker for one in all_spoken})
    found = np.full(frames, -1, np.intp)
    for one in all_spoken:
        found[round(one.start / _FRAME) : round(one.end / _FRAME)] = names.index(one.speaker)
    return found, len(names)


def _best_match(both: NDArray[np.intp]) -> int:
    """The most that can agree when each of one side is matched with one of the other, or with nobody."""
    one_side, other_side = both.shape

    @cache
    def best(row: int, taken: int) -> int:
        if row == one_side:
            return 0
        left = (other for other in range(other_side) if not taken >> other & 1)
        return max([best(row + 1, taken), *(int(both[row, one]) + best(row + 1, taken | 1 << one) for one in left)])

    return best(0, 0)
