"""The tables of notes, by their writer and their readers, with three notes in them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.domain.note import MediaRef, Note, NoteKey, Options
from bot.notes.repository import NoteRepository
from bot.notes.views import NoteViews
from bot.notes.waiting_notes import WaitingNotes
from bot.storage.database import Database
from tests.helpers.ledgers import Clock

ADA, BEA = "telegram:1", "telegram:2"


def note(message: str, user: str = ADA, identity: str = "", chat: str = "c") -> Note:
    return Note(NoteKey("telegram", "b", chat, message), user, MediaRef("file", identity=identity), Options("paid"))


ONE, OTHER, ENDED = note("1"), note("2", BEA), note("3")


@dataclass
class Books:
    """The tables of notes, by their writer and their readers."""

    database: Database
    clock: Clock

    @property
    def notes(self) -> NoteRepository:
        return NoteRepository(self.database, self.clock)

    @property
    def views(self) -> NoteViews:
        return NoteViews(self.database, self.clock)

    @property
    def waiting(self) -> WaitingNotes:
        return WaitingNotes(self.database, self.clock)

    async def told(self, about: Note) -> list[object]:
        """All that readers are told of a note."""
        readers: list[Callable[[str], Awaitable[object]]] = [
            self.views.standing,
            self.views.open_note,
            self.views.order,
            self.views.placeholder,
            self.views.cancel_requested,
            self.views.transcript,
            self.views.names,
            self.views.before_submit,
            self.views.chunk_transcripts,
        ]
        return [await read(about.id) for read in readers]

    async def states(self, about: Note) -> list[tuple[int, str, int]]:
        """Each submission's chunk, state and cost."""
        return [(one.chunk, one.state, one.cost) for one in (await self.views.before_submit(about.id)).submissions]
