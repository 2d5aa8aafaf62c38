"""The terminal as a platform: files of this machine come in, and the command line reads their answers from the book.

There is nobody to post to: the answer of a note from the terminal is its transcript in the database, which the command
that waits for it prints. So an answer is there once, however often delivery runs, and whichever process did the work.
"""

from collections.abc import Callable
from pathlib import Path

from bot.domain.note import MediaRef, Note, NoteKey, Options, Progress, Reply
from bot.support.files import found

PLATFORM = "console"


Hear = Callable[[Path, str], None]
"""Takes a file, and the end of its text so far."""


class ConsoleAdapter:
    """Reads files in place. `hear` is told the text of this process's own notes as it comes."""

    def __init__(self, hear: Hear | None = None) -> None:
        self._hear = hear

    @property
    def platform(self) -> str:
        return PLATFORM

    async def acknowledge(self, note: Note) -> str:
        return PLATFORM

    async def fetch(self, note: Note, folder: Path, limit: int) -> Path:
        return await found(Path(note.media.locator), note.media.name, limit)

    async def link(self, note: Note, seconds: float) -> str | None:
        """A file on this disk is nowhere else."""
        return None

    async def report(self, note: Note, placeholder: str | None, progress: Progress) -> None:
        if self._hear is not None and progress.heard:
            self._hear(Path(note.media.locator), progress.heard)

    async def deliver(self, note: Note, placeholder: str | None, reply: Reply) -> None:
        pass


def note_of(file: Path, user: str, request: str, options: Options) -> Note:
    """The note for a file that a person named on the command line; `request` makes it unique."""
    return Note(
        key=NoteKey(platform=PLATFORM, bot="terminal", chat=user, message=request),
        user=user,
        media=MediaRef(locator=str(file.absolute()), name=file.name),
        options=options,
    )
