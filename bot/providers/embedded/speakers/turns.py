"""Turns: the speaker at each time."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

_TRUSTED = 0.5
"""Seconds at a word's end: the recogniser stretches its start back over a pause, into another speaker's turn."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One voice, a number from 0. Times in seconds from the start of the recording."""

    start: float
    end: float
    voice: int


class Turns:
    """All turns of a recording, in order of time, without overlaps."""

    def __init__(self, decided: Iterable[Turn]) -> None:
        """Take stretches in order of time; adjacent ones of one voice become one turn."""
        turns: list[Turn] = []
        for turn in decided:
            if turns and turns[-1].voice == turn.voice and turns[-1].end >= turn.start:
                turns[-1] = Turn(turns[-1].start, turn.end, turn.voice)
            else:
                turns.append(turn)
        self._turns: Sequence[Turn] = turns
        self._ends = [turn.end for turn in turns]

    def __iter__(self) -> Iterator[Turn]:
        return iter(self._turns)

    def __bool__(self) -> bool:
        return bool(self._turns)

    def voice_of(self, start: float, end: float) -> int:
        """Return the voice of a word: of the turn that it overlaps most, or else of the nearest. There
        must be a turn.
        """
        start = max(start, end - _TRUSTED)
        after = bisect_right(self._ends, start)
        around = list(self._turns[max(0, after - 1) : after + 1])
        for turn in self._turns[after + 1 :]:
            if turn.start >= end:
                break
            around.append(turn)
        return max(around, key=lambda turn: min(turn.end, end) - max(turn.start, start)).voice
