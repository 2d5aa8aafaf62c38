"""Tokens of a recognised text, with times, and the words and sentences that they make."""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from bot.domain.transcript import Word
from bot.providers.embedded.recogniser import RawSegment

_BYTE = re.compile(r"<0x([0-9A-F]{2})>")
_LONGEST_TOKEN = 0.6
"""Seconds that a token takes at most if the model gives no durations: what follows is a pause."""
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
"""A letter of a script that writes words without blanks, or of Korean, whose models write it letter by letter."""
_SENTENCE_ENDS = re.compile(r"[.?!\u3002\uff1f\uff01\u2026]$")


@dataclass(frozen=True, slots=True)
class Token:
    """A part of a word, in seconds from the start of its window; a leading blank begins a word."""

    text: str
    start: float
    end: float
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class Sentence:
    """Words up to the end of a sentence, in seconds from the start of their window."""

    text: str
    words: tuple[Word, ...]

    def moved(self, seconds: float, window: int, language: str) -> RawSegment:
        """Return it as a segment whose window begins at so many seconds."""
        sure = [one.confidence for one in self.words if one.confidence is not None]
        confidence = round(sum(sure) / len(sure), 3) if sure else None
        words = tuple(replace(one, start=one.start + seconds, end=one.end + seconds) for one in self.words)
        return RawSegment(self.text, words[0].start, words[-1].end, words, window, language, confidence)


def timed_tokens(
    texts: Sequence[str],
    starts: Sequence[float],
    durations: Sequence[float],
    log_probabilities: Sequence[float],
    seconds: float,
) -> list[Token]:
    """Return the tokens of a window; without `starts` they get their share of it by their letters."""
    if len(starts) != len(texts):
        starts, durations = _shared(texts, seconds), ()
    ends = _ends(starts, durations, seconds)
    known = len(log_probabilities) == len(texts)
    odds = [math.exp(min(one, 0.0)) for one in log_probabilities] if known else [None] * len(texts)
    tokens = [Token(*one) for one in zip(texts, starts, ends, odds, strict=True)]
    return list(_without_bytes(tokens))


def _shared(texts: Sequence[str], seconds: float) -> list[float]:
    """Return estimated starts: a token takes time by its letters."""
    total, starts, passed = sum(map(len, texts)) or 1, [], 0
    for text in texts:
        starts.append(seconds * passed / total)
        passed += len(text)
    return starts


def _ends(starts: Sequence[float], durations: Sequence[float], seconds: float) -> list[float]:
    """Return the end of each token, never after the beginning of the next."""
    following = [*starts, seconds][1:] if starts else []
    if len(durations) != len(starts):
        durations = [_LONGEST_TOKEN] * len(starts)
    return [
        max(start, min(start + duration, after, seconds))
        for start, duration, after in zip(starts, durations, following, strict=True)
    ]


def _without_bytes(tokens: Iterable[Token]) -> Iterator[Token]:
    """Yield the tokens; a row of single bytes, as a model writes a rare letter, becomes that letter."""
    row, letters = bytearray(), list[Token]()
    for token in tokens:
        if found := _BYTE.fullmatch(token.text):
            row.append(int(found[1], 16))
            letters.append(token)
            continue
        yield from _letter(row, letters)
        row, letters = bytearray(), []
        yield token
    yield from _letter(row, letters)


def _letter(row: bytearray, tokens: Sequence[Token]) -> Iterator[Token]:
    if tokens:
        yield replace(tokens[0], text=row.decode(errors="ignore"), end=tokens[-1].end)


def sentences(tokens: Iterable[Token]) -> Iterator[Sentence]:
    """Yield the sentences; each begins with a blank unless its script has none."""
    words: list[Word] = []
    text = ""
    for word, spaced in _words(tokens):
        blank = " " if spaced else ""
        words.append(word)
        text += blank + word.text
        if _SENTENCE_ENDS.search(word.text):
            yield Sentence(text, tuple(words))
            words, text = [], ""
    if words:
        yield Sentence(text, tuple(words))


def _words(tokens: Iterable[Token]) -> Iterator[tuple[Word, bool]]:
    """Yield words, with True for one that a blank precedes."""
    row: list[Token] = []
    for token in tokens:
        if row and _begins_word(row[-1], token):
            yield from _word(row)
            row = []
        row.append(token)
    yield from _word(row)


def _begins_word(before: Token, token: Token) -> bool:
    if token.text.startswith(" ") or _UNSPACED.match(token.text):
        return True
    return bool(_UNSPACED.match(before.text)) and token.text[:1].isalnum()


def _word(row: Sequence[Token]) -> Iterator[tuple[Word, bool]]:
    text = "".join(token.text for token in row)
    if not text.strip():
        return
    odds = [token.probability for token in row if token.probability is not None]
    sure = min(odds) if odds else None
    word = Word(text.strip(), row[0].start, row[-1].end, confidence=None if sure is None else round(sure, 3))
    yield word, not _UNSPACED.match(text)
