"""Formats of a transcript: in a message, with or without times, or as a file. Pure; a long text takes a while."""

from bot import rendering
from bot.domain.note import FILE_FORMS, Answer
from bot.rendering import Length

_TIMES = "times"


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


def file_of(answer: Answer, form: str, title: str) -> bytes | None:
    """Return the text as txt, srt, vtt or docx; None for any other format."""
    said, names = answer.transcript, answer.names
    if form == "txt":
        return (rendering.text(said, names) + "\n").encode()
    if form == "srt":
        return rendering.srt(said, names=names).encode()
    if form == "vtt":
        return rendering.vtt(said, names=names).encode()
    return rendering.docx(said, title, names) if form == "docx" else None
