"""The same recording again, asked for in the same way: its text is there already, or is just being made."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from bot.domain.errors import NotNow
from bot.domain.note import FINAL, Note, Options, Stage
from bot.domain.ports import Clock
from bot.domain.transcript import Transcript
from bot.notes.repository import Task, transcript_of
from bot.storage.database import Database
from bot.storage.tables import note, transcript

LOOK_AGAIN = timedelta(minutes=1)
"""The end of the note that is waited for wakes the others; this is for what a crash leaves asleep."""
_LOOKED_INTO = 3
"""Texts of a recording, at most: the first is as good as the others, if anything was said in it."""
_WAITS = (Stage.ASKING.value, Stage.WAITING.value)


@dataclass(frozen=True, slots=True)
class Deduplication:
    """Looks for what is known of a recording."""

    db: Database
    clock: Clock

    async def known(self, task: Task) -> Transcript | None:
        """What was said in the same recording, where an earlier note has it; None where nobody knows.

        Raises NotNow while an earlier note is worked on: everybody who waits for a recording gets its text, and it is
        paid once. Nobody waits for a note that itself waits for something.
        """
        if not task.note.media.identity:
            return None
        twins = await self._twins(task)
        for twin in [twin for twin in twins if twin.has_text][:_LOOKED_INTO]:
            said = await self._said(twin.id)
            if said is not None and said.text.strip():
                return said
        if any(not twin.has_text and self._is_at_work(twin) for twin in twins):
            until = self.clock() + LOOK_AGAIN
            raise NotNow(reason="duplicate", until=until.isoformat())
        return None

    async def wake(self, ended: Note) -> bool:
        """Have the notes that wait for this recording, or ask for its price, taken up again; False without any."""
        return await self._resume(ended, _WAITS)

    async def let_go(self, asking: Note) -> bool:
        """Have the notes that wait for one that itself waits for a person taken up again; False without any."""
        return await self._resume(asking, (Stage.WAITING.value,))

    async def _resume(self, other: Note, stages: tuple[str, ...]) -> bool:
        if not other.media.identity:
            return False
        waits = (note.c.identity == other.media.identity) & note.c.stage.in_(stages)
        query = sa.update(note).where(waits, note.c.id != other.id, note.c.state.not_in(FINAL)).values(not_before=None)
        async with self.db.writing() as connection:
            return (await connection.execute(query)).rowcount > 0

    async def _twins(self, task: Task) -> Sequence[sa.Row[Any]]:
        """Notes that have a text, and those that came before this one and may still get one; the oldest first."""
        since, own = task.taken_at, task.note
        earlier = (note.c.created_at < since) | ((note.c.created_at == since) & (note.c.id < own.id))
        may_get_one = note.c.state.not_in(FINAL) & ~note.c.cancel_requested
        has_text = transcript.c.note_id.is_not(None)
        query = (
            sa.select(note.c.id, note.c.options, note.c.stage, note.c.not_before, has_text.label("has_text"))
            .outerjoin(transcript, transcript.c.note_id == note.c.id)
            .where(note.c.identity == own.media.identity, note.c.id != own.id)
            .where(has_text | (earlier & may_get_one))
            .order_by(note.c.created_at, note.c.id)
        )
        async with self.db.reading() as connection:
            rows = (await connection.execute(query)).all()
        return [row for row in rows if Options(**row.options).result == own.options.result]

    def _is_at_work(self, twin: sa.Row[Any]) -> bool:
        """Whether a note without a text is about to get one: it waits neither for a person nor for a later time."""
        return twin.stage not in _WAITS or twin.not_before is None or twin.not_before <= self.clock()

    async def _said(self, note_id: str) -> Transcript | None:
        async with self.db.reading() as connection:
            body = await connection.scalar(sa.select(transcript.c.body).where(transcript.c.note_id == note_id))
        return await transcript_of(body)
