"""Notes of the same recording."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.domain.note import FINAL, Note, NoteState, Stage
from bot.notes.views import OpenNote, stage_of
from bot.storage.database import Database, is_set
from bot.storage.rows import note_of
from bot.storage.tables import hold, note, transcript

_IN_WORK = (Stage.FETCHING, Stage.PREPARING, Stage.TRANSCRIBING, Stage.DELIVERING)


@dataclass(frozen=True, slots=True)
class Twin:
    """Another note of the same recording."""

    note: Note
    state: NoteState
    stage: Stage | None
    held_at: datetime | None
    """The time of its hold, which stands right before its transcription; None: it has none yet."""
    is_posted: bool
    """If true, its placeholder or its answer was posted."""
    has_transcript: bool
    """If true, its text was paid."""

    @property
    def is_in_work(self) -> bool:
        """Return True if a worker has begun with it, and it waits for nothing."""
        return not self.has_transcript and self.stage in _IN_WORK


@dataclass(frozen=True, slots=True)
class Twins:
    """Queries for the notes of the same recording."""

    db: Database

    async def of(self, opened: OpenNote) -> list[Twin]:
        """Return the notes of the same recording, the oldest first: those with a paid text, and open ones.

        Of the open ones those that came earlier, or hold their price: two notes never wait for each other.
        """
        since, own = opened.taken_at, opened.note
        earlier = (note.c.created_at < since) | ((note.c.created_at == since) & (note.c.id < own.id))
        may_get_one = note.c.state.not_in(FINAL) & ~is_set(note.c.cancel_requested)
        has_transcript = transcript.c.note_id.is_not(None) & (hold.c.state == "settled")
        query = (
            sa.select(note, hold.c.created_at.label("held_at"), has_transcript.label("has_transcript"))
            .outerjoin(transcript, transcript.c.note_id == note.c.id)
            .outerjoin(hold, hold.c.note_id == note.c.id)
            .where(is_same_recording(own), note.c.id != own.id)
            .where(has_transcript | (may_get_one & (earlier | (hold.c.state == "open"))))
            .order_by(note.c.created_at, note.c.id)
        )
        async with self.db.reading() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [_twin(row) for row in rows]

    async def asking(self, own: Note) -> list[str]:
        """Return the ids of the other notes of a recording that ask for their price, the oldest first."""
        asks = (note.c.stage == Stage.ASKING.value) & note.c.state.not_in(FINAL)
        query = sa.select(note.c.id).where(is_same_recording(own), asks, note.c.id != own.id)
        async with self.db.reading() as connection:
            return list((await connection.scalars(query.order_by(note.c.created_at, note.c.id))).all())


def is_same_recording(own: Note) -> sa.ColumnElement[bool]:
    """Return the condition of notes of a note's recording: by its platform's id of the file, or by the sound's hash."""
    other = note.alias()
    own_hash = sa.select(other.c.sound_hash).where(other.c.id == own.id).scalar_subquery()
    return (note.c.identity == own.media.identity) | (note.c.sound_hash == own_hash)


def _twin(row: sa.RowMapping) -> Twin:
    return Twin(
        note_of(row),
        NoteState(row["state"]),
        stage_of(row),
        row["held_at"],
        is_posted=row["placeholder"] is not None,
        has_transcript=bool(row["has_transcript"]),
    )
