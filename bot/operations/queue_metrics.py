"""Metrics of queues and holds, read from the database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.domain.money import PER_DOLLAR, Micros
from bot.domain.note import NoteState, Stage
from bot.storage.database import Database
from bot.storage.tables import hold, note
from bot.support.metrics import HELD, HOLD_AGE, HOLDS, QUEUE_AGE, QUEUED

_NONE = timedelta(0)


@dataclass(frozen=True, slots=True)
class Line:
    """The queued notes of one platform."""

    notes: int = 0
    oldest: timedelta = _NONE
    """Waiting time of the first of them, for its turn alone."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one moment."""

    lines: Mapping[str, Line] = field(default_factory=dict)
    """By platform; platforms without queued notes are left out."""
    holds: int = 0
    """Open holds."""
    oldest_hold: timedelta = _NONE
    held: Micros = Micros(0)
    """Their sum."""

    def longest_wait(self, platforms: Iterable[str]) -> timedelta:
        """Return the longest waiting time on these platforms."""
        return max((self.lines[name].oldest for name in platforms if name in self.lines), default=_NONE)


async def figures_of(db: Database, now: datetime) -> Figures:
    """Read the figures."""
    async with db.reading() as connection:
        lines = (await connection.execute(_lines(now))).all()
        count, held, first = (await connection.execute(_HOLDS)).one()
    return Figures(
        lines={row.platform: Line(row.notes, _age(row.since, now)) for row in lines},
        holds=count,
        oldest_hold=_age(first, now),
        held=Micros(int(held)),
    )


def show(figures: Figures, platforms: Iterable[str]) -> None:
    """Set the metrics, also for platforms without queued notes."""
    for platform in {*platforms, *figures.lines}:
        line = figures.lines.get(platform, Line())
        QUEUED.labels(platform).set(line.notes)
        QUEUE_AGE.labels(platform).set(line.oldest.total_seconds())
    HOLDS.set(figures.holds)
    HOLD_AGE.set(figures.oldest_hold.total_seconds())
    HELD.set(figures.held / PER_DOLLAR)


_HOLDS = sa.select(
    sa.func.count(), sa.func.coalesce(sa.func.sum(hold.c.amount), 0), sa.func.min(hold.c.created_at)
).where(hold.c.state == "open")


def _lines(now: datetime) -> sa.Select[tuple[str, int, datetime]]:
    """Select notes that were not begun, and notes whose wait is over."""
    working = note.c.state == NoteState.WORKING.value
    its_time_came = working & note.c.stage.in_((Stage.WAITING.value, Stage.ASKING.value)) & (note.c.not_before <= now)
    agreed = working & (note.c.stage == Stage.QUEUED.value)
    # The time at which a price was confirmed is not stored; such notes rarely wait long.
    since = sa.case((its_time_came, note.c.not_before), (agreed, sa.null()), else_=note.c.created_at)
    return (
        sa.select(note.c.platform, sa.func.count().label("notes"), sa.func.min(since).label("since"))
        .where((note.c.state == NoteState.ACCEPTED.value) | its_time_came | agreed)
        .group_by(note.c.platform)
    )


def _age(since: datetime | None, now: datetime) -> timedelta:
    return max(_NONE, now - since) if since is not None else _NONE
