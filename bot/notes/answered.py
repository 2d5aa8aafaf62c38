"""Queries for notes that have their text."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from bot.domain.note import NoteKey, NoteState
from bot.storage.database import Database
from bot.storage.rows import beginning_of
from bot.storage.tables import hold, note, transcript

_HEAD = 200
"""Characters of a stored transcript that hold its first words."""


@dataclass(frozen=True, slots=True)
class AnsweredNotes:
    """Notes that have their text, as chats look for them."""

    db: Database

    async def in_chat(self, key: NoteKey, identity: str) -> list[str]:
        """Return the ids of the notes of a recording that have their text in the chat of a key, the oldest first."""
        where = (note.c.platform == key.platform, note.c.bot == key.bot, note.c.chat == key.chat)
        done = (note.c.identity == identity, note.c.state == NoteState.DONE.value)
        query = sa.select(note.c.id).where(*where, *done).order_by(note.c.created_at, note.c.id)
        async with self.db.reading() as connection:
            return list((await connection.scalars(query)).all())

    async def beginnings(self, note_ids: Sequence[str]) -> dict[str, str]:
        """Return the first words of the texts of these notes, by id; without a paid text a note is left out."""
        head = sa.func.substr(sa.type_coerce(transcript.c.body, sa.Text), 1, _HEAD).label("head")
        paid = transcript.join(hold, (hold.c.note_id == transcript.c.note_id) & (hold.c.state == "settled"))
        query = sa.select(transcript.c.note_id, head).select_from(paid).where(transcript.c.note_id.in_(note_ids))
        async with self.db.reading() as connection:
            return {row.note_id: beginning_of(row.head) for row in await connection.execute(query)}
