"""Marks for words that the engine was unsure of."""

from collections import deque
from dataclasses import replace

from bot.domain.transcript import Segment, Transcript, Word
from bot.rendering.plain import joined

MARK = "[?]"
_UNSURE = 0.5
"""Probability of a word below which it is marked. Of 890 words in five languages 43 were, and 30 of them were wrong."""


def with_doubts(said: Transcript) -> Transcript:
    """Return a transcript whose unsure words are marked in its text and segments: "Dashwood[?]." """
    words = deque(said.words)
    segments = tuple(_marked(segment, words) for segment in said.segments)
    whole = joined((segment.text for segment in segments), said.language)
    return replace(said, segments=segments, text=whole or said.text)


def _marked(segment: Segment, words: deque[Word]) -> Segment:
    """Return a segment with its marks; take its words, which begin in it, from those that are left."""
    text, begin = "", 0
    while words and words[0].start < segment.end:
        word = words.popleft()
        found = segment.text.find(word.text, begin)
        if found < 0:
            continue
        end = found + len(word.text)
        text += segment.text[begin:end] if is_sure(word) else segment.text[begin:found] + _doubted(word.text)
        begin = end
    return replace(segment, text=text + segment.text[begin:])


def is_sure(word: Word) -> bool:
    """Return True unless the engine gave a word a low probability."""
    return word.confidence is None or word.confidence >= _UNSURE


def _doubted(word: str) -> str:
    """Return a word with the mark before the punctuation at its end."""
    end = len(word)
    while end > 1 and not word[end - 1].isalnum():
        end -= 1
    return f"{word[:end]}{MARK}{word[end:]}"
