"""The forms in which a text comes: in a message, there with times, or as a file. Pure; a long text takes a while."""

from bot import rendering
from bot.domain.note import FILE_FORMS, Answer
from bot.rendering import Length

_TIMES = "times"


def is_file(form: str) -> bool:
    """Whether it is a file rather than a message."""
    return form in FILE_FORMS


def has_times(form: str) -> bool:
    """Whether each line of a message begins with its time."""
    return form == _TIMES


def written(answer: Answer, form: str) -> str:
    """The text as it stands in a message."""
    return (rendering.timed if has_times(form) else rendering.text)(answer.transcript, answer.names)


def pieces(answer: Answer, form: str, limit: int, length: Length) -> list[str]:
    """The same, cut for messages of at most `limit`."""
    return (rendering.timed_chat if has_times(form) else rendering.chat)(answer.transcript, limit, length, answer.names)


def file_of(answer: Answer, form: str, title: str) -> bytes | None:
    """The text as txt, srt, vtt or docx; None for any other form."""
    said, names = answer.transcript, answer.names
    if form == "txt":
        return (rendering.text(said, names) + "\n").encode()
    if form == "srt":
        return rendering.srt(said, names=names).encode()
    if form == "vtt":
        return rendering.vtt(said, names=names).encode()
    return rendering.docx(said, title, names) if form == "docx" else None
