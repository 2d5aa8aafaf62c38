"""The notes that wait, and their order: what housekeeping begins with, and what a new note waits behind."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.domain.note import FINAL, Note, Stage
from bot.domain.ports import Clock
from bot.domain.waiting import ALIKE, LONGEST_PAUSE, SHARED, Wait, WaitReason, wait_of
from bot.storage.database import Database, is_set
from bot.storage.tables import note


def waits_for(reasons: Iterable[WaitReason]) -> sa.ColumnElement[bool]:
    """Select the notes that wait for one of these reasons."""
    return (note.c.stage == Stage.WAITING.value) & note.c.waits_for.in_([reason.value for reason in reasons])


def is_due(now: datetime) -> sa.ColumnElement[bool]:
    """Select the notes that wait for no later time. A wait beyond LONGEST_PAUSE began while the clock was wrong."""
    until = note.c.not_before
    return until.is_(None) | (until <= now) | (until > now + LONGEST_PAUSE) | is_set(note.c.cancel_requested)


def wait_in(row: sa.RowMapping) -> Wait | None:
    """Return the wait of a row of `note`; None if it does not wait."""
    if row["stage"] != Stage.WAITING.value or row["not_before"] is None:
        return None
    return wait_of(row["waits_for"] or WaitReason.OTHER.value, row["not_before"])


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A note without an end, for the one that begins with it."""

    note_id: str
    share: tuple[str, str]
    """Its queue and its user."""
    waits: bool
    is_due: bool
    tries_for_others: bool
    """It waits for what passes for all notes at once."""


class WaitingNotes:
    """Queries for the notes that wait."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def unfinished(self) -> list[Unfinished]:
        """Return the notes without an end that are to be resumed, and those that wait for what passes for all at once;
        the oldest first.
        """
        due = is_due(self._clock())
        query = sa.select(note, due.label("is_due")).where(note.c.state.not_in(FINAL), due | waits_for(ALIKE))
        async with self._db.reading() as connection:
            rows = (await connection.execute(query.order_by(note.c.created_at, note.c.id))).mappings().all()
        return [_unfinished(row) for row in rows]

    async def before(self, own: Note, taken_at: datetime) -> Wait | None:
        """Return the wait of the user's first earlier note that waits for the provider; None without any."""
        earlier = (note.c.platform == own.key.platform) & (note.c.created_at < taken_at)
        query = (
            sa.select(note)
            .where(
                note.c.account == own.user,
                earlier,
                waits_for(SHARED),
                note.c.state.not_in(FINAL),
                ~is_set(note.c.cancel_requested),
            )
            .order_by(note.c.created_at, note.c.id)
            .limit(1)
        )
        async with self._db.reading() as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        return None if row is None else wait_in(row)

    async def next_due(self) -> datetime | None:
        """Return the time at which the next waiting note is to be resumed; None without any."""
        waits = note.c.state.not_in(FINAL) & (note.c.not_before > self._clock())
        async with self._db.reading() as connection:
            due: datetime | None = await connection.scalar(sa.select(sa.func.min(note.c.not_before)).where(waits))
        return due


def _unfinished(row: sa.RowMapping) -> Unfinished:
    wait = None if row["cancel_requested"] else wait_in(row)
    return Unfinished(
        note_id=row["id"],
        share=(row["platform"], row["account"]),
        waits=wait is not None,
        is_due=bool(row["is_due"]),
        tries_for_others=wait is not None and wait.reason in ALIKE,
    )
