"""The messages that an adapter posted for its notes, so that each is posted once and found again after a restart."""

from dataclasses import dataclass

import sqlalchemy as sa

from bot.domain.ports import Clock
from bot.storage.database import Database, insert_new
from bot.storage.tables import posted


@dataclass(frozen=True, slots=True)
class Message:
    """One message: its part of the note, and its handle. Both are the adapter's own words."""

    note_id: str
    part: str
    handle: str


class PostedMessages:
    """Messages by note and part, and by handle."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def keep(self, note_id: str, part: str, handle: str) -> None:
        """Write a message down; it takes the place of an earlier one that was the same part."""
        row = {"note_id": note_id, "part": part, "handle": handle, "at": self._clock()}
        async with self._db.writing() as connection:
            if not await insert_new(connection, posted, row):
                which = (posted.c.note_id == note_id) & (posted.c.part == part)
                await connection.execute(sa.update(posted).where(which).values(handle=handle, at=row["at"]))

    async def parts(self, note_id: str) -> dict[str, str]:
        """Return the handles of a note's messages, by part."""
        query = sa.select(posted.c.part, posted.c.handle).where(posted.c.note_id == note_id)
        async with self._db.reading() as connection:
            return {row.part: row.handle for row in await connection.execute(query)}

    async def find(self, handle: str) -> Message | None:
        """Return the newest message of that handle; None if there is none."""
        query = sa.select(posted).where(posted.c.handle == handle).order_by(posted.c.at.desc()).limit(1)
        async with self._db.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else Message(row.note_id, row.part, row.handle)

    async def forget(self, note_id: str, part: str) -> None:
        """Forget a message, as one that was deleted."""
        async with self._db.writing() as connection:
            await connection.execute(sa.delete(posted).where(posted.c.note_id == note_id, posted.c.part == part))
