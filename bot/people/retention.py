"""Retention: completion of requests for erasure, and deletion of old data."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog

from bot.domain.identity import AccountId
from bot.domain.ports import Clock
from bot.ledger.erasure import blank_places_of
from bot.people import erasure
from bot.people.privacy import Privacy, WorkflowErasure
from bot.storage.database import Database
from bot.storage.tables import account, hold, identity, note, transfer

log = structlog.get_logger()

EVERY = timedelta(days=1)
_BATCH = 100
"""Rows of one batch, so that others can write in between."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Retention periods; None: for ever."""

    transcripts: timedelta | None = None
    """Notes with all their data, from their end on."""
    names: timedelta | None = None
    """Identities and places, from the person's last note or payment on."""


@dataclass(frozen=True, slots=True)
class Retention:
    """Deletion of old data. Every method can be interrupted and repeated."""

    privacy: Privacy
    kept: Kept

    @property
    def db(self) -> Database:
        return self.privacy.db

    @property
    def clock(self) -> Clock:
        return self.privacy.clock

    async def tidy(self, engine: WorkflowErasure) -> bool:
        """Delete old data; False if some of it may remain in a file until the next call."""
        notes = await self._transcripts()
        people = await self._names()
        if notes or people:
            log.info("old_things_forgotten", notes=notes, people=people)
        return await self.privacy.clear(engine) if self.kept != Kept() else True

    async def _transcripts(self) -> int:
        """Delete notes that ended too long ago; their prices stay in the books."""
        if self.kept.transcripts is None:
            return 0
        before, gone = self.clock() - self.kept.transcripts, 0
        while True:
            async with self.db.writing() as connection:
                some = await self.privacy.notes.delete_ended(connection, before, _BATCH)
            gone += some
            if some < _BATCH:
                return gone

    async def _names(self) -> int:
        """Erase places, and inactive persons; return the number of persons."""
        if self.kept.names is None:
            return 0
        before = self.clock() - self.kept.names
        old_places = hold.c.chat.is_not(None) & (hold.c.created_at < before)
        for some in _batches(await self._found(sa.select(hold.c.note_id).where(old_places))):
            async with self.db.writing() as connection:
                await blank_places_of(connection, some)
        is_gone = _is_left_alone(before)
        found = await self._found(sa.select(account.c.id).where(is_gone))
        return sum([await self._forget_people(AccountId(name), is_gone) for name in found])

    async def _forget_people(self, name: AccountId, is_gone: sa.ColumnElement[bool]) -> int:
        """Erase an account after a second look: its user may just have come back."""
        async with self.db.writing() as connection:
            if await connection.scalar(sa.select(account.c.id).where(account.c.id == name, is_gone)) is None:
                return 0
            people = await self.privacy.identities.sharing(connection, name)
            await erasure.delete_people(connection, self.privacy.identities, people)
        return len(people)

    async def _found(self, query: sa.Select[tuple[str]]) -> Sequence[str]:
        async with self.db.reading() as connection:
            return (await connection.scalars(query)).all()


def _is_left_alone(before: datetime) -> sa.ColumnElement[bool]:
    """Return the condition under which an account's identities are not needed any more.

    Persons with paid-in money stay known, so that they can be reached; so do owners, operators, and persons with stored
    notes.
    """
    joined = account.alias()
    its = sa.select(joined.c.id).where((joined.c.joined_to == account.c.id) | (joined.c.id == account.c.id))
    people = sa.select(identity.c.id).where(identity.c.account == account.c.id).correlate(account)
    came = people.where(identity.c.created_at >= before)
    is_operator = people.where(identity.c.role.is_not(None))
    has_notes = people.where(
        sa.exists().where(note.c.account == identity.c.id)
        | identity.c.id.in_(sa.select(note.c.payer).where(note.c.payer.is_not(None)))
    )
    of_late = sa.exists().where(hold.c.account.in_(its.correlate(account)), hold.c.created_at >= before)
    paid = sa.exists().where(transfer.c.account.in_(its.correlate(account)), transfer.c.at >= before)
    nothing_left = (account.c.posted <= account.c.granted) & (account.c.held == 0)
    return sa.and_(
        nothing_left,
        people.exists(),
        ~came.exists(),
        ~is_operator.exists(),
        ~has_notes.exists(),
        ~of_late,
        ~paid,
    )


def _batches(ids: Sequence[str]) -> list[Sequence[str]]:
    return [ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH)]


async def keep(retention: Retention, engine: WorkflowErasure, every: timedelta) -> None:
    """Complete requests soon, and delete old data once a day, until cancelled."""
    tidied: datetime | None = None
    while True:
        try:
            await retention.privacy.finish(engine)
            if tidied is None or retention.clock() - tidied >= EVERY:
                began = retention.clock()
                if await retention.tidy(engine):
                    tidied = began
        except Exception as error:  # noqa: BLE001  # a minute later the database may be available; nothing else depends on this
            log.warning("not_forgotten_yet", error=type(error).__name__)
        await asyncio.sleep(every.total_seconds())
