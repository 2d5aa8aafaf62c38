"""Conversion of NanoGPT's answers to transcripts: text, segments, words. Pure functions over parsed answers."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from bot.domain.errors import UnknownLanguage
from bot.domain.languages import normalise_language
from bot.domain.money import Micros
from bot.domain.note import AUTO
from bot.domain.transcript import Segment, Transcript, Word
from bot.providers.nanogpt.json_values import as_dict, as_list, as_number, as_text

_PAUSE = 1.5
"""Seconds of silence after which a new segment begins."""
_LONGEST = 30.0
"""Seconds after which a new segment begins in any case."""
_HELD = 0.9
"""Segments with less than this share of the text's letters are incomplete."""
_REACH = 200
"""Characters of the text that may lie between two consecutive words."""
_MOST_SPEAKERS = 100
_ENDS_SENTENCE = re.compile(r"[.!?…。！？।؟][\"'»”’)\]]*$")  # noqa: RUF001  # other scripts' marks are meant
_ATTACHED = re.compile(r"^[,.;:!?…%)\]»”’、。，！？]")  # noqa: RUF001  # the same
_NUMBERED = re.compile(r"speaker_(\d{1,6})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RecordingFacts:
    """Facts about a recording, known before its transcript."""

    model: str
    seconds: float
    """Length; no time in the transcript is later."""
    cost: Micros
    """Cost, if the answer does not state it."""
    language: str = AUTO
    speakers: bool = False
    """True if diarization was requested: otherwise speakers are not named."""


def transcript(answer: Mapping[str, Any], asked: RecordingFacts, cost: Micros) -> Transcript:
    """Return the transcript of an answer: all its text, in segments. Raises ValueError if there is no text."""
    diarized = _diarized(as_dict(answer.get("diarization")).get("segments"), asked)
    words = _words(answer.get("words"), asked)
    label = _label([turn.speaker for turn in diarized] + [word.speaker for word in words])
    diarized = [replace(part, text=label.sub("", part.text)) for part in diarized] if label else diarized
    text = _text(answer)
    if text is None:
        if not diarized and not words:
            raise ValueError("there is no text in it")
        text = _joined(diarized) if diarized else _spelled(words)
    if label:
        text = label.sub("", text).strip()
    segments = _whole(diarized, text) or _whole(_sentences(words, text), text) or [_one(text, asked)]
    return Transcript(
        text=text,
        language=_language(answer, asked),
        seconds=asked.seconds,
        model=asked.model,
        segments=tuple(segments) if text else (),
        words=tuple(replace(word, text=word.text.strip()) for word in words),
        cost=cost,
    )


def speaker_name(said: object) -> str | None:
    """Return "Speaker 1" for "speaker_0" and 0, another name unchanged, and None for anything else."""
    if isinstance(said, int) and not isinstance(said, bool) and 0 <= said < _MOST_SPEAKERS:
        return f"Speaker {said + 1}"
    name = " ".join(as_text(said).split())[:40]
    numbered = _NUMBERED.fullmatch(name)
    return f"Speaker {int(numbered[1]) + 1}" if numbered else name or None


def _text(answer: Mapping[str, Any]) -> str | None:
    for name in ("transcription", "text"):
        if isinstance(answer.get(name), str):
            return as_text(answer[name]).strip()
    return None


def _diarized(found: object, asked: RecordingFacts) -> list[Segment]:
    """Return the diarized segments, in order of time."""
    turns: list[Segment] = []
    for entry in map(as_dict, as_list(found)):
        if text := as_text(entry.get("text")).strip():
            start = _moment(entry.get("start"), turns[-1].start if turns else 0.0, asked)
            end = max(start, _moment(entry.get("end"), start, asked))
            turns.append(Segment(text, start, end, speaker_name(entry.get("speaker")) if asked.speakers else None))
    return sorted(turns, key=lambda turn: turn.start)


def _words(found: object, asked: RecordingFacts) -> list[Word]:
    """Return the words, each with the blanks before it, so that they spell the text; times never go back."""
    words: list[Word] = []
    blanks, last = "", 0.0
    for entry in map(as_dict, as_list(found)):
        text = as_text(entry.get("text"))
        if not text.strip():
            blanks = " " if text else blanks
            continue
        start = max(last, _moment(entry.get("start"), last, asked))
        end = max(start, _moment(entry.get("end"), start, asked))
        speaker = speaker_name(entry.get("speaker_id")) if asked.speakers else None
        kind = as_text(entry.get("type"))[:40] or "word"
        words.append(Word(blanks + text, start, end, speaker, kind))
        blanks, last = "", start
    return words


def _moment(said: object, otherwise: float, asked: RecordingFacts) -> float:
    """Return a time in the recording; a time outside by more than rounding is ignored."""
    number = as_number(said)
    if number is None or not -1 <= number <= asked.seconds + 1:
        return otherwise
    return min(max(number, 0.0), asked.seconds)


def _label(speakers: Iterable[str | None]) -> re.Pattern[str] | None:
    """Return a pattern of the speakers' names as labels in the text, or None without speakers."""
    names = sorted({name for name in speakers if name})[:_MOST_SPEAKERS]
    if not names:
        return None
    raw = [f"speaker_{int(name.split()[1]) - 1}" for name in names if re.fullmatch(r"Speaker [1-9]\d{0,6}", name)]
    either = "|".join(re.escape(name) for name in (*names, *raw))
    return re.compile(rf"(?<!\S)\[?(?:{either})\]?[ ]?:\s*", re.IGNORECASE)


def _whole(segments: list[Segment], text: str) -> list[Segment] | None:
    """Return the segments if they hold the whole text, else None."""
    kept = [segment for segment in segments if segment.text]
    held = sum(_letters(segment.text) for segment in kept)
    return kept if kept and held >= _HELD * _letters(text) else None


def _letters(text: str) -> int:
    return sum(map(str.isalnum, text))


def _one(text: str, asked: RecordingFacts) -> Segment:
    return Segment(text, 0.0, asked.seconds)


def _sentences(words: list[Word], text: str) -> list[Segment]:
    """Return segments made of words: one for each sentence, and for each turn of a speaker."""
    runs: list[list[Word]] = []
    for word in words:
        if not runs or _begins_anew(runs[-1], word):
            runs.append([])
        runs[-1].append(word)
    texts = _cut(text, runs) or [_spelled(run) for run in runs]
    return [
        Segment(said, run[0].start, max(word.end for word in run), run[0].speaker)
        for said, run in zip(texts, runs, strict=True)
    ]


def _begins_anew(run: list[Word], word: Word) -> bool:
    last = run[-1]
    if word.kind == "punctuation" or _ATTACHED.match(word.text):
        return False
    if word.speaker != last.speaker:
        return True
    if word.start - last.end > _PAUSE or word.start - run[0].start > _LONGEST:
        return True
    return _ENDS_SENTENCE.search(last.text[-8:]) is not None


def _cut(text: str, runs: list[list[Word]]) -> list[str] | None:
    """Cut the text at the start of each run, so that it keeps its spacing. None if the words do not match it."""
    cuts: list[int] = []
    at = 0
    for run in runs:
        begins = None
        for word in run:
            bare = word.text.strip()
            found = text.find(bare, at, at + len(bare) + _REACH)
            if found >= 0:
                at = found + len(bare)
                begins = found if begins is None else begins
            elif word.kind == "word":
                return None
        cuts.append(at if begins is None else begins)
    return [text[start:end].strip() for start, end in pairwise([0, *cuts[1:], len(text)])] if cuts else None


def _spelled(words: list[Word]) -> str:
    """Return the text that words spell: with the blanks that came with them, or with one between each two."""
    if any(word.text[:1].isspace() or word.text[-1:].isspace() for word in words):
        return "".join(word.text for word in words).strip()
    return "".join(word.text if _ATTACHED.match(word.text) else f" {word.text}" for word in words).strip()


def _joined(segments: list[Segment]) -> str:
    return " ".join(segment.text for segment in segments)


def _language(answer: Mapping[str, Any], asked: RecordingFacts) -> str:
    for said in (as_dict(answer.get("metadata")).get("language"), answer.get("language"), asked.language):
        try:
            code = normalise_language(as_text(said))
        except UnknownLanguage:
            continue
        if code != AUTO:
            return code
    return ""


def seconds_of(answer: Mapping[str, Any]) -> float:
    """Return an answer's length in seconds (it states minutes); 0 if it states none."""
    minutes = as_number(as_dict(answer.get("metadata")).get("actualDuration"))
    return minutes * 60 if minutes is not None and 0 < minutes * 60 < math.inf else 0.0
