"""The forms in which a text comes: in a message, there with times, or as a file. Pure; a long text takes a while."""

from bot import render
from bot.model import FILE_FORMS, Answer
from bot.render import Length

_TIMES = "times"


def is_file(form: str) -> bool:
    """Whether it is a file rather than a message."""
    return form in FILE_FORMS


def has_times(form: str) -> bool:
    """Whether each line of a message begins with its time."""
    return form == _TIMES


def written(answer: Answer, form: str) -> str:
    """The text as it stands in a message."""
    return (render.timed if has_times(form) else render.text)(answer.transcript, answer.names)


def pieces(answer: Answer, form: str, limit: int, length: Length) -> list[str]:
    """The same, cut for messages of at most `limit`."""
    return (render.timed_chat if has_times(form) else render.chat)(answer.transcript, limit, length, answer.names)


def file_of(answer: Answer, form: str, title: str) -> bytes | None:
    """The text as txt, srt, vtt or docx; None for any other form."""
    said, names = answer.transcript, answer.names
    if form == "txt":
        return (render.text(said, names) + "\n").encode()
    if form == "srt":
        return render.srt(said, names=names).encode()
    if form == "vtt":
        return render.vtt(said, names=names).encode()
    return render.docx(said, title, names) if form == "docx" else None
