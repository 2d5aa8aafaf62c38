"""Requests of strangers to be let in, until an operator decides about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.plain_text import one_line
from bot.domain.ports import Clock
from bot.ledger.identities import Identities, family, set_access
from bot.people.access import Access
from bot.storage.database import Database, insert_new
from bot.storage.tables import access_request
from bot.support.remembered import Bounded

MOST_OPEN = 20
"""Requests without a decision: a flood of strangers must not flood the owners."""
MOST_A_DAY = 100
KEPT_FOR = timedelta(days=30)
"""Time for which a decision is known, and for which a declined user cannot ask again."""
LONGEST_NAME = 60
_ONCE_IN = timedelta(days=1)
"""A user who has all that is stored about them deleted can ask again after a day."""
_MOST_REMEMBERED = 10_000


class Asked(StrEnum):
    """Outcome of a request."""

    NEW = "new"
    """The owners are to be told."""
    WAITING = "waiting"
    DECLINED = "declined"
    TOO_MANY = "too-many"


class Decision(StrEnum):
    """An operator's decision about a request."""

    APPROVED = "approved"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """A request, or what became of it."""

    identity: str
    name: str
    """As the platform shows it, in one line."""
    locale: str
    asked_at: datetime
    decision: Decision | None
    decided_by: str


@dataclass(frozen=True, slots=True)
class Decided:
    """A request with its decision."""

    request: AccessRequest
    is_new: bool
    """If false, it was decided before, perhaps otherwise."""


class AccessRequests:
    """Requests in the database."""

    def __init__(self, db: Database, clock: Clock, identities: Identities) -> None:
        self._db = db
        self._clock = clock
        self._identities = identities
        self._asked: Bounded[str, datetime] = Bounded(_MOST_REMEMBERED)

    async def ask(self, who: str, name: str, locale: str) -> Asked:
        """Record a request. The same user's next one is none, until this is decided or forgotten."""
        now = self._clock()
        async with self._db.writing() as connection:
            await self._purge(connection, now - KEPT_FOR)
            found = await self._row(connection, who)
            if found is not None and found.state == Decision.DECLINED:
                return Asked.DECLINED
            if found is not None and found.state is None:
                return Asked.WAITING if found.told_at is not None else Asked.NEW
            if who in self._asked and now - self._asked[who] < _ONCE_IN:
                return Asked.WAITING if found is None else Asked.DECLINED
            if await self._is_full(connection, now):
                return Asked.TOO_MANY
            await connection.execute(sa.delete(access_request).where(access_request.c.identity == who))
            row = {"identity": who, "name": one_line(name)[:LONGEST_NAME], "locale": locale, "asked_at": now}
            await insert_new(connection, access_request, row)
        self._asked[who] = now
        return Asked.NEW

    async def told(self, who: str) -> None:
        """Record that the owners were told of a request."""
        query = sa.update(access_request).where(access_request.c.identity == who)
        async with self._db.writing() as connection:
            await connection.execute(query.values(told_at=self._clock()))

    async def waiting(self) -> Sequence[AccessRequest]:
        """Return the requests without a decision, the oldest first."""
        query = sa.select(access_request).where(access_request.c.state.is_(None))
        async with self._db.reading() as connection:
            rows = await connection.execute(query.order_by(access_request.c.asked_at, access_request.c.identity))
            return [_request_of(row) for row in rows]

    async def decide(self, who: str, decision: Decision, by: str) -> Decided | None:
        """Record a decision, and admit the user if it is approved; None: there is no such request.

        The first decision holds, whatever an operator decides later about the same request.
        """
        now = self._clock()
        change = {"state": decision.value, "decided_by": by, "decided_at": now}
        is_open = (access_request.c.identity == who) & access_request.c.state.is_(None)
        async with self._db.writing() as connection:
            changed = await connection.execute(sa.update(access_request).where(is_open).values(**change))
            if changed.rowcount == 1 and decision is Decision.APPROVED:
                name = await self._identities.opened(connection, who, now)
                await set_access(connection, await family(connection, name), Access.ALLOWED.value)
            row = await self._row(connection, who)
        return None if row is None else Decided(_request_of(row), is_new=changed.rowcount == 1)

    async def _row(self, connection: AsyncConnection, who: str) -> Any:
        return (
            await connection.execute(sa.select(access_request).where(access_request.c.identity == who))
        ).one_or_none()

    async def _is_full(self, connection: AsyncConnection, now: datetime) -> bool:
        since = access_request.c.asked_at > now - timedelta(days=1)
        count = sa.select(sa.func.count()).select_from(access_request)
        waiting = await connection.scalar(count.where(access_request.c.state.is_(None)))
        return (waiting or 0) >= MOST_OPEN or (await connection.scalar(count.where(since)) or 0) >= MOST_A_DAY

    async def _purge(self, connection: AsyncConnection, before: datetime) -> None:
        last = sa.func.coalesce(access_request.c.decided_at, access_request.c.asked_at)
        await connection.execute(sa.delete(access_request).where(last < before))


def _request_of(row: Any) -> AccessRequest:
    decision = None if row.state is None else Decision(row.state)
    return AccessRequest(row.identity, row.name, row.locale, row.asked_at, decision, row.decided_by or "")
