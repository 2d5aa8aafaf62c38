"""Formats of a transcript: in a message, with or without times, or as a file. Pure; a long text takes a while."""

from dataclasses import replace

from bot import rendering
from bot.domain.note import FILE_FORMS, Answer
from bot.domain.transcript import Segment, Transcript
from bot.rendering import Length

_TIMES = "times"
_LAST_SECONDS = 3.0
"""Seconds for which a subtitle tells that the rest is missing."""


def is_file(form: str) -> bool:
    """Return True if the format is a file rather than a message."""
    return form in FILE_FORMS


def has_times(form: str) -> bool:
    """Return True if each line of a message begins with its time."""
    return form == _TIMES


def written(answer: Answer, form: str) -> str:
    """Return the text of a message."""
    return (rendering.timed if has_times(form) else rendering.text)(answer.transcript, answer.names)


def pieces(answer: Answer, form: str, limit: int, length: Length) -> list[str]:
    """Return the text of messages of at most `limit`."""
    return (rendering.timed_chat if has_times(form) else rendering.chat)(answer.transcript, limit, length, answer.names)


def file_of(answer: Answer, form: str, title: str, ending: str = "") -> bytes | None:
    """Return the text as txt, srt, vtt or docx; None for any other format.

    `ending`: a sentence below the text, which says why the rest is missing; "": nothing is missing.
    """
    said, names = answer.transcript, answer.names
    if form == "txt":
        return as_txt(rendering.text(said, names), ending)
    if form == "srt":
        return rendering.srt(_with_last_cue(said, ending), names=names).encode()
    if form == "vtt":
        return rendering.vtt(_with_last_cue(said, ending), names=names).encode()
    return rendering.docx(said, title, names, ending) if form == "docx" else None


def as_txt(words: str, ending: str) -> bytes:
    """Return a text file of these words, and of a sentence below them if there is one."""
    return ("\n\n".join(filter(None, (words, ending))) + "\n").encode()


def _with_last_cue(said: Transcript, ending: str) -> Transcript:
    """Return the text with a sentence after all that was said."""
    if not ending:
        return said
    segments = said.segments or (Segment(said.text, 0.0, said.seconds),)
    end = max(segment.end for segment in segments)
    return replace(said, segments=(*segments, Segment(ending, end, end + _LAST_SECONDS)))
