"""Subtitles: SRT and WebVTT, written by pysubs2; text that it or a player would take for markup stays plain text.

SRT has no escapes. So an invisible character that forbids a line break (U+2060) is inserted if text would turn into a
tag or an arrow. WebVTT has escapes, as HTML has.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from bot.domain.plain_text import one_line
from bot.domain.transcript import Segment, Transcript, Word
from bot.rendering.cutting import cut
from bot.rendering.plain import NO_NAMES, Names, joined, spoken

_LINE = 42
_LINES = 2
_LONGEST = 7_000
_SHORTEST = 700
_PAUSE = 1_500
_INVISIBLE = "\u2060"
_MARKUP = (
    re.compile(r"(?<=\{)"),  # a brace begins a style,
    re.compile(r"(?<=\\)"),  # a backslash a command: a line break, a drawing
    re.compile(r"(?<=:\d\d)(?=[.,]\d)"),  # a line with two times is no text
    re.compile(r"(?<=\n)(?=\d+$)"),  # a last line of digits alone is the number of the next cue
)
"""Places that a player would take for markup."""


@dataclass(frozen=True, slots=True)
class _Cue:
    """A text on the screen. Times in milliseconds."""

    start: int
    end: int
    lines: tuple[str, ...]
    speaker: str | None


@dataclass(frozen=True, slots=True)
class _Part:
    """A word, or as much of a longer one as fits in a line, with its time in milliseconds."""

    text: str
    start: int
    end: int
    glued: bool = False
    """True if it continues without a blank."""


def srt(transcript: Transcript, names: Names = NO_NAMES) -> str:
    """Return SubRip. Every cue begins with its speaker if there are two or more."""
    return _written(_cues(transcript, names, labelled=True), "srt", _srt_text)


def vtt(transcript: Transcript, names: Names = NO_NAMES) -> str:
    """Return WebVTT. Every cue is in a <v> tag with its speaker if there are two or more."""
    return _written(_cues(transcript, names, labelled=False), "vtt", _vtt_text)


def _written(cues: list[_Cue], form: str, as_text: Callable[[_Cue], str]) -> str:
    # Imported here: most commands of the command line write no subtitles.
    from pysubs2 import SSAEvent, SSAFile

    subtitles = SSAFile()
    subtitles.events = [SSAEvent(start=cue.start, end=cue.end, text=as_text(cue)) for cue in cues]
    # Kept tags: it would take braces for a style of its own, and leave them out.
    return subtitles.to_string(form, keep_ssa_tags=True)


def _srt_text(cue: _Cue) -> str:
    safe = "\n".join(cue.lines).replace("<", f"<{_INVISIBLE}").replace("-->", f"--{_INVISIBLE}>")
    return _without_markup(safe)


def _vtt_text(cue: _Cue) -> str:
    voice = f"<v {_escaped(cue.speaker)}>" if cue.speaker else ""
    return voice + _without_markup("\n".join(map(_escaped, cue.lines)))


def _escaped(line: str) -> str:
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _without_markup(text: str) -> str:
    """Escape text that pysubs2 and other readers would take for markup."""
    for markup in _MARKUP:
        text = markup.sub(_INVISIBLE, text)
    return text


def _cues(transcript: Transcript, names: Names, labelled: bool) -> list[_Cue]:
    segments = sorted(spoken(transcript, names), key=lambda segment: segment.start)
    words = _Words(transcript)
    cues: list[_Cue] = []
    for segment in segments:
        label = f"{segment.speaker}: " if labelled and segment.speaker else ""
        for parts in _grouped(_parts(segment, words), label, transcript.language):
            lines = _wrapped(parts, label, transcript.language)
            cues.append(_Cue(parts[0].start, parts[-1].end, tuple(lines), segment.speaker))
    return _one_after_another(cues)


class _Words:
    """The timed words of a transcript, found by time."""

    def __init__(self, transcript: Transcript) -> None:
        self._words = sorted((word for word in transcript.words if word.text.strip()), key=lambda word: word.start)
        self._starts = [word.start for word in self._words]

    def within(self, segment: Segment) -> list[Word]:
        """Return the words that begin in the segment's time."""
        first = bisect_right(self._starts, segment.start - 0.001)
        return self._words[first : bisect_right(self._starts, segment.end)]


def _parts(segment: Segment, words: _Words) -> list[_Part]:
    """Return the segment's text in parts that fit in a line, each with its time."""
    when = _timing(segment, words.within(segment))
    parts = []
    done = 0
    for word in segment.text.split():
        for index, piece in enumerate(cut(word, _LINE // 2, _width) if _width(word) > _LINE else [word]):
            start, end = when(done, done + len(piece))
            parts.append(_Part(piece, start, end, glued=index > 0))
            done += len(piece)
    return parts


def _timing(segment: Segment, words: list[Word]) -> Callable[[int, int], tuple[int, int]]:
    """Return a function from places in the text (without blanks) to times: by the words if they match, else evenly."""
    letters = len("".join(segment.text.split()))
    texts = ["".join(one_line(word.text).split()) for word in words]
    begin, length = segment.start * 1000, max(segment.end - segment.start, 0.0) * 1000
    if "".join(texts) != "".join(segment.text.split()):
        return lambda first, last: (round(begin + length * first / letters), round(begin + length * last / letters))
    at: list[Word] = [word for word, text in zip(words, texts, strict=True) for _ in text]
    return lambda first, last: (round(at[first].start * 1000), round(at[last - 1].end * 1000))


def _grouped(parts: list[_Part], label: str, language: str) -> Iterator[list[_Part]]:
    """Yield parts that share the screen: two lines at most, seven seconds at most, no pause inside."""
    group: list[_Part] = []
    for part in parts:
        if group and (
            part.end - group[0].start > _LONGEST
            or part.start - group[-1].end > _PAUSE
            or len(_wrapped([*group, part], label, language)) > _LINES
        ):
            yield group
            group = []
        group.append(part)
    if group:
        yield group


def _wrapped(parts: list[_Part], label: str, language: str) -> list[str]:
    """Return the parts in lines as full as possible; the label stands before the first."""
    lines: list[str] = [label.rstrip()] if label else []
    for part in parts:
        longer = _longer(lines[-1], part, language, is_label=lines == [label.rstrip()]) if lines else part.text
        if lines and _width(longer) <= _LINE:
            lines[-1] = longer
        else:
            lines.append(part.text)
    return lines


def _longer(line: str, part: _Part, language: str, is_label: bool) -> str:
    if is_label:
        return f"{line} {part.text}"
    return line + part.text if part.glued else joined((line, part.text), language)


def _width(text: str) -> int:
    """Return the columns on the screen: characters of East Asian width take two, marks and joiners none."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(mark: str) -> int:
    if unicodedata.category(mark) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(mark) in ("W", "F") else 1


def _one_after_another(cues: list[_Cue]) -> list[_Cue]:
    """Return cues that never overlap and never vanish: short ones stay longer if there is room."""
    if not cues:
        return []
    cues = sorted(cues, key=lambda cue: cue.start)
    placed: list[_Cue] = []
    clear = 0
    for cue, after in pairwise([*cues, replace(cues[-1], start=cues[-1].end + _SHORTEST)]):
        start = max(cue.start, clear)
        end = min(max(cue.end, start + _SHORTEST), start + _LONGEST)
        # If two speak at the same time, the first text is still visible for a moment.
        end = max(min(end, after.start), min(cue.end, start + _SHORTEST), start + 1)
        placed.append(replace(cue, start=start, end=end))
        clear = end
    return placed
