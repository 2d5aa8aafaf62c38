"""Erasure of notes, with all that was made of them. Every method runs in the caller's transaction."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.note import FINAL
from bot.storage.tables import note


class NoteErasure:
    """Cancels and deletes notes for the package `people`, which decides on the user and the time."""

    async def cancel(self, connection: AsyncConnection, people: Sequence[str]) -> int:
        """Request the cancel of a person's notes; return how many have no end yet."""
        query = sa.update(note).where(note.c.account.in_(people), note.c.state.not_in(FINAL))
        return (await connection.execute(query.values(cancel_requested=True))).rowcount

    async def count_unfinished(self, connection: AsyncConnection, people: Sequence[str], until: datetime) -> int:
        """Return how many of the notes that a person sent until then have no end yet."""
        query = sa.select(sa.func.count()).where(_sent(people, until), note.c.state.not_in(FINAL))
        return await connection.scalar(query) or 0

    async def delete_sent(self, connection: AsyncConnection, people: Sequence[str], until: datetime, most: int) -> int:
        """Delete notes that a person sent until then and that have their end, but no more than `most` of them."""
        some = sa.select(note.c.id).where(_sent(people, until), note.c.state.in_(FINAL)).limit(most)
        return (await connection.execute(sa.delete(note).where(note.c.id.in_(some)))).rowcount

    async def delete_ended(self, connection: AsyncConnection, before: datetime, most: int) -> int:
        """Delete notes that had their end before that time, but no more than `most` of them."""
        some = sa.select(note.c.id).where(note.c.state.in_(FINAL), note.c.finished_at < before).limit(most)
        return (await connection.execute(sa.delete(note).where(note.c.id.in_(some)))).rowcount


def _sent(people: Sequence[str], until: datetime) -> sa.ColumnElement[bool]:
    return note.c.account.in_(people) & (note.c.created_at <= until)
