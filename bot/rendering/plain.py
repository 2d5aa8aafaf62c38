"""Plain text: turns of speech, paragraphs, labels."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from bot.domain.plain_text import one_line
from bot.domain.transcript import Segment, Transcript
from bot.rendering.cutting import Length, cut, ends_sentence

Names = Mapping[str, str]
"""Other names for speakers."""

NO_NAMES: Names = {}

_PAUSE = 2.0
_SHORT_PARAGRAPH, _LONG_PARAGRAPH = 300, 1200
_LONGEST_NAME = 40
_WITHOUT_BLANKS = frozenset({"zh", "ja", "yue", "th", "lo", "my", "km", "bo"})
"""Languages without blanks between sentences."""
_UNSEEN = frozenset("\u115f\u1160\u2800\u3164\uffa0\ufffc")
"""Letters and signs that are invisible."""
_GLUE = "\ufdd0"
"""Placeholder of a blank at which a text must not be cut: a code point that Unicode keeps out of texts."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A speaker's speech until another speaks: paragraphs of text. Times in seconds."""

    speaker: str | None
    start: float
    end: float
    paragraphs: tuple[str, ...]


def turns(transcript: Transcript, names: Names = NO_NAMES) -> list[Turn]:
    """Return the transcript speaker by speaker. With at most one voice there is one turn, without a speaker."""
    segments = spoken(transcript, names)
    return [
        _turn(list(said), speaker, transcript.language) for speaker, said in groupby(segments, attrgetter("speaker"))
    ]


def spoken(transcript: Transcript, names: Names = NO_NAMES) -> list[Segment]:
    """Return the segments, cleaned: one line each, never empty, speakers renamed, and none if there is only one."""
    segments = transcript.segments or (Segment(transcript.text, 0.0, transcript.seconds),)
    labelled = [_cleaned(segment, names) for segment in segments]
    kept = [segment for segment in labelled if segment.text]
    if len({segment.speaker for segment in kept if segment.speaker is not None}) > 1:
        return kept
    return [Segment(segment.text, segment.start, segment.end) for segment in kept]


def text(transcript: Transcript, names: Names = NO_NAMES) -> str:
    """Return paragraphs with an empty line between them, each turn begun with its speaker if there are several."""
    return "\n\n".join(_paragraphs(turns(transcript, names), blank=" "))


def chat(transcript: Transcript, limit: int, length: Length = len, names: Names = NO_NAMES) -> list[str]:
    """Return the plain text for messages of at most `limit`.

    A message that continues a turn has no label, because it stands right below the one that has it. No label stands at
    the end of a message without a word of its turn.
    """
    return _in_pieces("\n\n".join(_paragraphs(turns(transcript, names), blank=_GLUE)), limit, length)


def timed(transcript: Transcript, names: Names = NO_NAMES) -> str:
    """Return plain text with a line for each segment, begun with its time, and with its speaker at a change of
    speakers.
    """
    return "\n\n".join(_timed_turns(transcript, names, blank=" "))


def timed_chat(transcript: Transcript, limit: int, length: Length = len, names: Names = NO_NAMES) -> list[str]:
    """Return the text with times, cut as in `chat`. No time stands at the end of a message without a word."""
    return _in_pieces("\n\n".join(_timed_turns(transcript, names, blank=_GLUE)), limit, length)


def is_readable(text: str) -> bool:
    """Return True if a text has a visible character: chats refuse empty messages."""
    return any(unicodedata.category(mark)[0] not in "CZ" and mark not in _UNSEEN for mark in text)


def timestamp(seconds: float) -> str:
    """Return a moment for people: "0:05", "12:34", "1:02:03"."""
    minutes, second = divmod(int(max(seconds, 0.0)), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute}:{second:02d}"


def joined(parts: Iterable[str], language: str) -> str:
    """Join parts of one text, with blanks if the language has them."""
    whole = ""
    for part in parts:
        whole += _between(whole, part, language) + part
    return whole


def _between(before: str, after: str, language: str) -> str:
    if not before or (language in _WITHOUT_BLANKS and not (before[-1].isascii() and after[:1].isascii())):
        return ""
    return " "


def _paragraphs(said: list[Turn], blank: str) -> Iterator[str]:
    for turn in said:
        first, *others = turn.paragraphs
        label = f"{turn.speaker}: ".replace(" ", blank) if turn.speaker is not None else ""
        yield label + first
        yield from others


def _timed_turns(transcript: Transcript, names: Names, blank: str) -> Iterator[str]:
    for speaker, said in groupby(spoken(transcript, names), attrgetter("speaker")):
        label = f"{speaker}: ".replace(" ", blank) if speaker is not None else ""
        lines = [(f"[{timestamp(segment.start)}]{blank}", segment.text) for segment in said]
        first = f"{lines[0][0]}{label}{lines[0][1]}"
        yield "\n".join([first, *(time + words for time, words in lines[1:])])


def _in_pieces(glued: str, limit: int, length: Length) -> list[str]:
    return [piece.replace(_GLUE, " ") for piece in cut(glued, limit, length)]


def _turn(segments: list[Segment], speaker: str | None, language: str) -> Turn:
    paragraphs: list[list[str]] = [[]]
    before: Segment | None = None
    for segment in segments:
        if before is not None and _is_new_paragraph(paragraphs[-1], segment.start - before.end):
            paragraphs.append([])
        paragraphs[-1].append(segment.text)
        before = segment
    lines = tuple(joined(parts, language) for parts in paragraphs)
    return Turn(speaker, segments[0].start, segments[-1].end, lines)


def _is_new_paragraph(parts: list[str], pause: float) -> bool:
    """Return True after a pause or in a very long paragraph, but not after every thought of a slow speaker."""
    size = sum(map(len, parts))
    if pause >= _PAUSE:
        return size >= _SHORT_PARAGRAPH
    return size >= _LONG_PARAGRAPH and ends_sentence(parts[-1])


def _cleaned(segment: Segment, names: Names) -> Segment:
    """Return the text in one line and without a label of its own, which some providers write into it."""
    line = one_line(segment.text)
    if segment.speaker is None:
        return Segment(line, segment.start, segment.end)
    name = one_line(names.get(segment.speaker, segment.speaker))[:_LONGEST_NAME].strip() or None
    for label in {segment.speaker, name}:
        line = line.removeprefix(f"{label}:").lstrip()
    return Segment(line, segment.start, segment.end, name)
