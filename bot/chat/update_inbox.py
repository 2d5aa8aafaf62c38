"""Update inbox: a platform's events, stored before their receipt is confirmed, and handled once each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.ports import Clock
from bot.storage.database import Database, insert_new
from bot.storage.tables import arrival

ATTEMPTS = 5
"""Attempts at an event whose handler fails, restarts included."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One event as its platform sent it."""

    id: int
    """The platform's own number of it."""
    body: dict[str, Any]


class UpdateInbox:
    """One for each bot of a platform. An event's body is forgotten as soon as it is done."""

    def __init__(self, db: Database, clock: Clock, platform: str, bot: str) -> None:
        self._db = db
        self._clock = clock
        self._own = {"platform": platform, "bot": bot}

    async def keep(self, arrivals: Sequence[Arrival]) -> None:
        """Write events down; those that were written down before stay as they are."""
        now = self._clock()
        rows = [{**self._own, "id": one.id, "body": one.body, "attempts": 0, "received_at": now} for one in arrivals]
        if rows:
            async with self._db.writing() as connection:
                await insert_new(connection, arrival, *rows)

    async def waiting(self, after: int | None = None, limit: int = 100) -> list[Arrival]:
        """Return events that are neither done nor given up, in their order; `after` this number, if given.

        Among them are those that were tried too often: they are still to be given up.
        """
        query = (
            sa.select(arrival.c.id, arrival.c.body)
            .where(self._is_own(), arrival.c.done_at.is_(None))
            .order_by(arrival.c.id)
            .limit(limit)
        )
        if after is not None:
            query = query.where(arrival.c.id > after)
        async with self._db.reading() as connection:
            return [Arrival(row.id, row.body) for row in await connection.execute(query)]

    async def begin(self, number: int) -> bool:
        """Count an attempt; False if the event is done, or was tried too often.

        It is counted before it is made, so that an event that kills the process ends some time as well.
        """
        query = sa.update(arrival).where(self._waits(number), arrival.c.attempts < ATTEMPTS)
        async with self._db.writing() as connection:
            return (await connection.execute(query.values(attempts=arrival.c.attempts + 1))).rowcount == 1

    async def uncount(self, number: int) -> None:
        """Take an attempt back that ended through no fault of the event: by a stop, or by a wait."""
        query = sa.update(arrival).where(self._waits(number), arrival.c.attempts > 0)
        async with self._db.writing() as connection:
            await connection.execute(query.values(attempts=arrival.c.attempts - 1))

    async def give_up(self, number: int) -> bool:
        """Give an event up that was tried too often, and forget what was in it; False if it was not."""
        query = sa.update(arrival).where(self._waits(number), arrival.c.attempts >= ATTEMPTS)
        async with self._db.writing() as connection:
            return (await connection.execute(query.values(done_at=self._clock(), body=None))).rowcount == 1

    async def done(self, number: int) -> None:
        """Write down that an event was handled, and forget what was in it."""
        query = sa.update(arrival).where(self._is_own(), arrival.c.id == number)
        async with self._db.writing() as connection:
            await connection.execute(query.values(done_at=self._clock(), body=None))

    async def purge(self, before: datetime) -> int:
        """Delete events that came before that time and are done or given up, and return their number."""
        query = sa.delete(arrival).where(self._is_own(), arrival.c.done_at.is_not(None), arrival.c.received_at < before)
        async with self._db.writing() as connection:
            return (await connection.execute(query)).rowcount

    def _waits(self, number: int) -> sa.ColumnElement[bool]:
        return sa.and_(self._is_own(), arrival.c.id == number, arrival.c.done_at.is_(None))

    def _is_own(self) -> sa.ColumnElement[bool]:
        return sa.and_(*(arrival.c[name] == value for name, value in self._own.items()))
