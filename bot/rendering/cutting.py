"""Cutting of text at a platform's limit, at sentence and word borders."""

from bisect import bisect_right
from collections.abc import Callable
from itertools import accumulate
from typing import NamedTuple

import regex

Length = Callable[[str], int]
"""Length of text by a platform's count. The length of a whole must be the sum of its parts' lengths."""

_WORD, _SENTENCE, _PARAGRAPH = 1, 2, 3
_GRAPHEME = regex.compile(r"\X")
_ENDS_SENTENCE = regex.compile(r"""[\p{SB=STerm}\p{SB=ATerm}…][\p{Pe}\p{Pf}"']*\Z""")
_ENDS_WITHOUT_BLANK = regex.compile(r"(?V1)[\p{SB=STerm}&&[\p{EA=W}\p{EA=F}]]")
_NO_BLANKS = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]")
"""Scripts in which a line may break between any two characters."""


class _Border(NamedTuple):
    """A possible cut: the part before it ends before unit `end`, the part after it begins with unit `begin`."""

    end: int
    begin: int
    rank: int


def cut(text: str, limit: int, length: Length = len) -> list[str]:
    """Return parts of at most `limit`, cut at the end of a paragraph, else of a sentence, else of a word.

    Only a word longer than the limit is cut inside, between graphemes (an emoji family, a letter with its marks); only
    a grapheme longer than the limit is cut between code points. Blanks at the cuts are dropped, everything else keeps
    its order. Raises ValueError if the limit is less than a single code point.
    """
    units = _units(text, limit, length)
    ends = [0, *accumulate(length(unit) for unit in units)]
    borders = _last_borders(units)
    pieces = []
    begin = _skip_blanks(units, 0)
    while begin < len(units):
        most = bisect_right(ends, ends[begin] + limit) - 1
        if most >= len(units):
            pieces.append("".join(units[begin:]).rstrip())
            break
        border = _best(borders, begin, most, ends)
        pieces.append("".join(units[begin : border.end]).rstrip())
        begin = _skip_blanks(units, border.begin)
    return pieces


def ends_sentence(text: str) -> bool:
    """Return True if a sentence ends at the end of the text, quotes and brackets aside."""
    return _ENDS_SENTENCE.search(text[-4:]) is not None


def _units(text: str, limit: int, length: Length) -> list[str]:
    """Return the units that are never cut: graphemes, or the code points of those longer than the limit."""
    units: list[str] = []
    for grapheme in _GRAPHEME.findall(text):
        units.extend([grapheme] if length(grapheme) <= limit else grapheme)
    if any(length(unit) > limit for unit in set(units)):
        raise ValueError(f"a limit of {limit} is less than one character")
    return units


def _last_borders(units: list[str]) -> list[tuple[_Border | None, ...]]:
    """Return, for every possible end of a part, the last border of each rank (or higher) before it."""
    last: dict[int, _Border | None] = dict.fromkeys((_WORD, _SENTENCE, _PARAGRAPH))
    found = [tuple(last.values())]
    after = _after_blanks(units)
    for place in range(1, len(units) + 1):
        rank = _rank(units, place, after)
        if rank:
            border = _Border(place, after[place], rank)
            last.update((lower, border) for lower in range(_WORD, rank + 1))
        found.append(tuple(last.values()))
    return found


def _after_blanks(units: list[str]) -> list[int]:
    """Return, for every place, the end of the blanks that begin there."""
    after = list(range(len(units) + 1))
    for place in reversed(range(len(units))):
        if units[place].isspace():
            after[place] = after[place + 1]
    return after


def _rank(units: list[str], place: int, after: list[int]) -> int:
    """Return the quality of a cut before the unit at this place; 0: none."""
    previous = units[place - 1]
    if previous.isspace():
        return 0
    blanks = "".join(units[place : after[place]])
    if blanks.count("\n") + blanks.count("\u2029") > 1:
        return _PARAGRAPH
    if blanks:
        ending = "".join(units[max(0, place - 4) : place])
        return _SENTENCE if "\n" in blanks or ends_sentence(ending) else _WORD
    if place == len(units) or not _NO_BLANKS.match(units[place]):
        return 0
    if _ENDS_WITHOUT_BLANK.match(previous):
        return _SENTENCE
    return _WORD if _NO_BLANKS.match(previous) else 0


def _best(borders: list[tuple[_Border | None, ...]], begin: int, most: int, ends: list[int]) -> _Border:
    """Return the best border for a part from `begin` that may reach to `most`; a good one does not waste half of the
    part.
    """
    word, sentence, paragraph = borders[most]
    enough = ends[begin] + (ends[most] - ends[begin]) / 2
    for border in (paragraph, sentence):
        if border is not None and border.end > begin and ends[border.end] >= enough:
            return border
    if word is not None and word.end > begin:
        return word
    return _Border(most, most, 0)


def _skip_blanks(units: list[str], place: int) -> int:
    while place < len(units) and units[place].isspace():
        place += 1
    return place
