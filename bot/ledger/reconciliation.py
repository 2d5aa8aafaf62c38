"""Our book beside the provider's: does it charge what we wrote down?

A provider lists no single calls, only how many there were of each model on each day (in UTC), and what they cost. So
a call is named where only that one can be meant; the rest is told as how many, and how much. Comparing is pure.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, Select, select

from bot.domain.billing import DayUse, Listing
from bot.domain.money import Micros
from bot.storage.database import Database
from bot.storage.tables import hold as holds
from bot.storage.tables import submission, transfer

MOST_DAYS = 364
"""At once. A provider tells of a year, and a day more on both sides is asked for."""
_FRESH = timedelta(minutes=10)
"""What was handed over so lately, a provider may not have listed yet."""
_WAITS = timedelta(days=8)
"""A note may wait so long between its hold and its call."""
_DAY = timedelta(days=1)


class Sort(StrEnum):
    """What a difference is."""

    UNKNOWN = "unknown"
    """The provider charged calls that our book does not have."""
    OTHER_COST = "other cost"
    """It charged another price than we booked."""
    UNLISTED = "unlisted"
    """Our book has calls that it does not charge."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call as our book has it."""

    note_id: str
    model: str
    at: datetime
    """When it was about to be sent."""
    cost: Micros
    run: str = ""
    """The provider's id of it, where it gave one."""
    stray: bool = False
    """It was never answered, and booked as the house's loss: it may not have been charged."""
    is_sure: bool = True
    """False while it is on its way: it may be charged already, or not yet."""
    is_fresh: bool = False
    """Whether it was sent so lately that the provider may not have listed it yet."""

    @property
    def day(self) -> date:
        return self.at.astimezone(UTC).date()


@dataclass(frozen=True, slots=True)
class Difference:
    """What is not the same in both books."""

    sort: Sort
    day: date
    model: str
    amount: Micros
    """What the provider charged more than we booked; below 0 where it charged less."""
    calls: int = 0
    """How many calls it is about; 0 where that cannot be said."""
    named: tuple[Call, ...] = ()
    """Those calls, where they can be no others."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One model on one day, in both books."""

    day: date
    model: str
    ours: tuple[Call, ...] = ()
    theirs: DayUse | None = None

    @property
    def booked(self) -> Micros:
        return Micros(sum(call.cost for call in self.ours if call.is_sure))

    @property
    def unsure(self) -> Micros:
        """What may be charged already of calls on their way."""
        return Micros(sum(call.cost for call in self.ours if not call.is_sure))

    @property
    def charged(self) -> Micros:
        """By the provider, less what it gave back."""
        return Micros(0) if self.theirs is None else self.theirs.net

    @property
    def listed(self) -> int:
        return 0 if self.theirs is None else self.theirs.calls

    @property
    def slack(self) -> int:
        """Prices are fractions of a micro-dollar: we round each call up, they their sum."""
        return max(1, len(self.ours))

    @property
    def gap(self) -> Micros:
        """What the provider charged more than we booked; 0 where that is the same but for rounding."""
        most = self.booked + self.unsure
        least = self.booked - sum(call.cost for call in self.ours if call.is_sure and call.is_fresh)
        if self.charged > most + self.slack:
            return Micros(self.charged - most)
        return Micros(self.charged - least if self.charged < least - self.slack else 0)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both books from one day to another, both included."""

    first: date
    last: date
    cells: tuple[Cell, ...] = ()
    differences: tuple[Difference, ...] = ()
    not_compared: tuple[date, ...] = ()
    """Days that the provider has no figures of."""

    @property
    def booked(self) -> Micros:
        return Micros(sum(cell.booked for cell in self.cells))

    @property
    def charged(self) -> Micros:
        return Micros(sum(cell.charged for cell in self.cells))

    @property
    def difference(self) -> Micros:
        """All differences together."""
        return Micros(sum(one.amount for one in self.differences))


def compared(calls: Iterable[Call], listing: Listing, first: date, last: date, now: datetime) -> Comparison:
    """Lay both books beside each other. They should reach a day further on both sides, where there is one.

    What was called just before midnight may be charged just after it: that is no difference.
    """
    ours = [replace(call, is_fresh=call.at > now - _FRESH) for call in calls]
    cells = [cell for cell in _cells(ours, listing.lines) if cell.day not in listing.missing]
    gaps = _without_midnights(cells)
    asked = [cell for cell in cells if first <= cell.day <= last]
    return Comparison(
        first,
        last,
        cells=tuple(asked),
        differences=tuple(
            _difference(cell, gaps[cell.day, cell.model]) for cell in asked if gaps[cell.day, cell.model]
        ),
        not_compared=tuple(sorted(day for day in listing.missing if first <= day <= last)),
    )


def as_plain(found: Comparison) -> dict[str, Any]:
    """The same as plain JSON."""
    return {
        "from": found.first.isoformat(),
        "to": found.last.isoformat(),
        "booked_micros": found.booked,
        "charged_micros": found.charged,
        "difference_micros": found.difference,
        "not_compared": [day.isoformat() for day in found.not_compared],
        "days": [
            {
                "day": cell.day.isoformat(),
                "model": cell.model,
                "calls": len(cell.ours),
                "booked_micros": cell.booked,
                "on_their_way_micros": cell.unsure,
                "listed": cell.listed,
                "charged_micros": cell.charged,
            }
            for cell in found.cells
        ],
        "differences": [
            {
                "what": one.sort.value,
                "day": one.day.isoformat(),
                "model": one.model,
                "calls": one.calls,
                "difference_micros": one.amount,
                "notes": [{"id": call.note_id, "run": call.run, "booked_micros": call.cost} for call in one.named],
            }
            for one in found.differences
        ],
    }


def _cells(calls: Sequence[Call], lines: Sequence[DayUse]) -> list[Cell]:
    """In order of days; a model is called as we call it, where it is one of ours."""
    ours: defaultdict[tuple[date, str], list[Call]] = defaultdict(list)
    for call in calls:
        ours[call.day, call.model].append(call)
    called = {_folded(call.model): call.model for call in calls}
    theirs: dict[tuple[date, str], DayUse] = {}
    for line in lines:
        key = line.day, called.get(_folded(line.model), line.model)
        before = theirs.get(key)
        theirs[key] = line if before is None else _together(before, line)
    return [Cell(*key, tuple(ours.get(key, ())), theirs.get(key)) for key in sorted(ours.keys() | theirs.keys())]


def _folded(model: str) -> str:
    """The same for "Whisper-Large-V3" and "Whisper Large v3": a provider may list what it shows to people."""
    return re.sub(r"[\W_]", "", model.casefold())


def _together(one: DayUse, other: DayUse) -> DayUse:
    return replace(
        one,
        calls=one.calls + other.calls,
        cost=Micros(one.cost + other.cost),
        refunded=Micros(one.refunded + other.refunded),
    )


def _without_midnights(cells: Sequence[Cell]) -> dict[tuple[date, str], Micros]:
    """How far apart the books are, by day and model. What is missing on one day and too much on the next is neither."""
    by_key = {(cell.day, cell.model): cell for cell in cells}
    gaps = {key: cell.gap for key, cell in by_key.items()}
    for day, model in by_key:  # in order of days
        following = by_key.get((day + _DAY, model))
        gap, next_gap = gaps[day, model], gaps.get((day + _DAY, model), 0)
        if following is None or not gap or gap * next_gap >= 0:
            continue
        if abs(gap + next_gap) <= by_key[day, model].slack + following.slack:
            gaps[day, model] = gaps[day + _DAY, model] = Micros(0)
    return gaps


def _difference(cell: Cell, gap: Micros) -> Difference:
    more = cell.listed - len(cell.ours)
    if gap > 0 and more > 0:
        return Difference(Sort.UNKNOWN, cell.day, cell.model, gap, calls=more)
    if gap < 0:
        missing = _missing(cell, -gap)
        if missing or more < 0:
            return Difference(
                Sort.UNLISTED, cell.day, cell.model, gap, calls=len(missing) or -more, named=tuple(missing)
            )
    alone = cell.ours if len(cell.ours) == 1 and cell.listed == 1 else ()
    return Difference(Sort.OTHER_COST, cell.day, cell.model, gap, calls=len(alone), named=alone)


def _missing(cell: Cell, amount: int) -> Sequence[Call]:
    """The calls that the provider does not charge, where they can be no others; else none."""
    sure = [call for call in cell.ours if call.is_sure and not call.is_fresh]
    if cell.listed == 0 or cell.charged == 0:
        return sure
    strays = [call for call in sure if call.stray]
    if strays and abs(sum(call.cost for call in strays) - amount) <= cell.slack:
        return strays
    alike = [call for call in sure if abs(call.cost - amount) <= cell.slack]
    return alike if len(alike) == 1 and cell.listed == len(cell.ours) - 1 else []


async def booked(
    db: Database, provider: str, first: date, last: date, run_of: Callable[[Mapping[str, object]], str]
) -> list[Call]:
    """Every call to a provider from one day to another, as our book has it; `run_of` reads a stored ticket.

    What was said in a note that was forgotten is one call, at the moment of its hold.
    """
    since, until = _midnight(first), _midnight(last + _DAY)
    is_near = (holds.c.provider == provider) & (holds.c.created_at >= since - _WAITS) & (holds.c.created_at < until)
    async with db.reading() as connection:
        notes = (await connection.execute(_HOLDS.where(is_near))).all()
        attempts = (await connection.execute(_ATTEMPTS.where(is_near))).all()
        strays = (await connection.execute(_STRAYS.where(is_near))).all()
    lost = {row.ref: row for row in strays}
    by_note: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    calls: list[Call] = []
    for row in attempts:
        stray = lost.pop(f"stray_cost:{row.note_id}:{row.attempt}", None)
        if stray is None:
            by_note[row.note_id].append(row)
        else:
            calls.append(
                Call(row.note_id, row.model, row.intended_at, stray.amount, run_of(row.ticket or {}), stray=True)
            )
    calls += [Call(row.note_id, row.model, row.created_at, row.amount, stray=True) for row in lost.values()]
    for row in notes:
        calls += _calls_of(row, by_note[row.note_id], run_of)
    return [call for call in calls if since <= call.at < until]


def _calls_of(
    note: Row[Any], attempts: Sequence[Row[Any]], run_of: Callable[[Mapping[str, object]], str]
) -> Iterator[Call]:
    """The calls that a note's hold pays, or will."""
    is_settled = note.state == "settled"
    # What was refused cost nothing; what was given up is booked as a stray before long.
    paid = [one for one in attempts if one.cost and (one.state == "answered" or not is_settled)]
    if note.state == "released":
        return
    if is_settled and sum(one.cost for one in paid) != note.cost:
        at = paid[-1].intended_at if paid else note.created_at
        yield Call(note.note_id, note.model, at, note.cost)
        return
    for one in paid:
        yield Call(note.note_id, note.model, one.intended_at, one.cost, run_of(one.ticket or {}), is_sure=is_settled)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


_HOLDS: Select[Any] = select(*(holds.c[name] for name in ("note_id", "model", "created_at", "state", "cost")))
_ATTEMPTS: Select[Any] = (
    select(*(submission.c[name] for name in ("note_id", "attempt", "intended_at", "state", "cost", "ticket")))
    .add_columns(holds.c.model)
    .join(holds, holds.c.note_id == submission.c.note_id)
    .order_by(submission.c.intended_at)
)
_STRAYS: Select[Any] = (
    select(transfer.c.note_id, transfer.c.ref, transfer.c.amount, holds.c.model, holds.c.created_at)
    .join(holds, holds.c.note_id == transfer.c.note_id)
    .where(transfer.c.kind == "stray_cost")
)
