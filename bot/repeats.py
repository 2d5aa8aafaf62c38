"""The same recording again, asked for in the same way: its text is there already, or is just being made."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from bot.db import Database
from bot.errors import NotNow
from bot.model import Note, Options, Stage, Transcript
from bot.notes import FINAL, Task, transcript_of
from bot.ports import Clock
from bot.tables import note, transcript

LOOK_AGAIN = timedelta(minutes=1)
"""The end of the note that is waited for wakes the others; this is for what a crash leaves asleep."""
_WAITS = (Stage.ASKING.value, Stage.WAITING.value)


@dataclass(frozen=True, slots=True)
class Repeats:
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
        for body in (twin.body for twin in twins if twin.body is not None):
            said = await transcript_of(body)
            if said is not None and said.text.strip():
                return said
        if any(twin.body is None and twin.stage not in _WAITS for twin in twins):
            until = self.clock() + LOOK_AGAIN
            raise NotNow(reason="The same recording is being transcribed just now.", until=until.isoformat())
        return None

    async def wake(self, ended: Note) -> bool:
        """Have the notes that wait for this recording taken up again; False where there are none."""
        if not ended.media.identity:
            return False
        waits = (note.c.identity == ended.media.identity) & (note.c.stage == Stage.WAITING.value)
        query = sa.update(note).where(waits, note.c.id != ended.id, note.c.state.not_in(FINAL)).values(not_before=None)
        async with self.db.writing() as connection:
            return (await connection.execute(query)).rowcount > 0

    async def _twins(self, task: Task) -> Sequence[sa.Row[Any]]:
        """Notes that came before this one and have a text, or may still get one; the oldest first."""
        since, own = task.taken_at, task.note
        earlier = (note.c.created_at < since) | ((note.c.created_at == since) & (note.c.id < own.id))
        may_get_one = note.c.state.not_in(FINAL) & ~note.c.cancel_requested
        query = (
            sa.select(note.c.options, note.c.stage, transcript.c.body)
            .outerjoin(transcript, transcript.c.note_id == note.c.id)
            .where(note.c.identity == own.media.identity, note.c.id != own.id, earlier)
            .where(transcript.c.body.is_not(None) | may_get_one)
            .order_by(note.c.created_at, note.c.id)
        )
        async with self.db.reading() as connection:
            rows = (await connection.execute(query)).all()
        return [row for row in rows if Options(**row.options).result == own.options.result]
