"""Comparison of our ledger with the provider's usage report.

A provider lists no single calls, only their number and cost for each model and day (in UTC). So a call is named only if
no other can be meant; otherwise the number and the amount are reported. Comparing is pure.
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
"""Days of one comparison. A provider reports a year, and one more day on both sides is requested."""
_FRESH = timedelta(minutes=10)
"""Age of calls that a provider may not have listed yet."""
_WAITS = timedelta(days=8)
"""Longest time between a note's hold and its call."""
_DAY = timedelta(days=1)


class Sort(StrEnum):
    """Kind of a difference."""

    UNKNOWN = "unknown"
    """The provider charged calls that our ledger does not have."""
    OTHER_COST = "other cost"
    """The provider charged another price than we booked."""
    UNLISTED = "unlisted"
    """Our ledger has calls that the provider did not charge."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call in our ledger."""

    note_id: str
    model: str
    at: datetime
    """The time just before its submission."""
    cost: Micros
    run: str = ""
    """The provider's id of the call, if it gave one."""
    stray: bool = False
    """True for a call without an answer, booked as the operator's loss: it may not have been charged."""
    is_sure: bool = True
    """False for a call in progress: it may be charged already, or not yet."""
    is_fresh: bool = False
    """True for a call so recent that the provider may not have listed it yet."""

    @property
    def day(self) -> date:
        return self.at.astimezone(UTC).date()


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference between both sides."""

    sort: Sort
    day: date
    model: str
    amount: Micros
    """The provider's charge minus ours."""
    calls: int = 0
    """Number of calls concerned; 0 if unknown."""
    named: tuple[Call, ...] = ()
    """The calls concerned, if they can be identified."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One model on one day, on both sides."""

    day: date
    model: str
    ours: tuple[Call, ...] = ()
    theirs: DayUse | None = None

    @property
    def booked(self) -> Micros:
        return Micros(sum(call.cost for call in self.ours if call.is_sure))

    @property
    def unsure(self) -> Micros:
        """Return the amount of calls in progress, which may be charged already."""
        return Micros(sum(call.cost for call in self.ours if not call.is_sure))

    @property
    def charged(self) -> Micros:
        """Return the provider's charge less its refunds."""
        return Micros(0) if self.theirs is None else self.theirs.net

    @property
    def listed(self) -> int:
        return 0 if self.theirs is None else self.theirs.calls

    @property
    def slack(self) -> int:
        """Return the tolerance: prices are fractions of a micro-dollar, and we round each call up, they the sum."""
        return max(1, len(self.ours))

    @property
    def gap(self) -> Micros:
        """Return the provider's charge minus ours; 0 within rounding."""
        most = self.booked + self.unsure
        least = self.booked - sum(call.cost for call in self.ours if call.is_sure and call.is_fresh)
        if self.charged > most + self.slack:
            return Micros(self.charged - most)
        return Micros(self.charged - least if self.charged < least - self.slack else 0)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both sides over a range of days, both included."""

    first: date
    last: date
    cells: tuple[Cell, ...] = ()
    differences: tuple[Difference, ...] = ()
    not_compared: tuple[date, ...] = ()
    """Days without figures of the provider."""

    @property
    def booked(self) -> Micros:
        return Micros(sum(cell.booked for cell in self.cells))

    @property
    def charged(self) -> Micros:
        return Micros(sum(cell.charged for cell in self.cells))

    @property
    def difference(self) -> Micros:
        """Return the sum of all differences."""
        return Micros(sum(one.amount for one in self.differences))


def compared(calls: Iterable[Call], listing: Listing, first: date, last: date, now: datetime) -> Comparison:
    """Compare both sides. They should include one more day at both ends, if there is one.

    A call just before midnight may be charged just after it: that is no difference.
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
    """Return the comparison as plain JSON."""
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
    """Return the cells in order of days, with our names of the models if known."""
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
    """Return a normalised name: the same for "Whisper-Large-V3" and "Whisper Large v3", as a provider may list display
    names.
    """
    return re.sub(r"[\W_]", "", model.casefold())


def _together(one: DayUse, other: DayUse) -> DayUse:
    return replace(
        one,
        calls=one.calls + other.calls,
        cost=Micros(one.cost + other.cost),
        refunded=Micros(one.refunded + other.refunded),
    )


def _without_midnights(cells: Sequence[Cell]) -> dict[tuple[date, str], Micros]:
    """Return the gaps by day and model, without those that cancel out between consecutive days."""
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
    """Return the calls that the provider did not charge, if they can be identified; else none."""
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
    """Return every call to a provider in a range of days, by our ledger; `run_of` reads a stored ticket.

    An erased note is one call, at the time of its hold.
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
    """Yield the calls that a note's hold pays, or will pay."""
    is_settled = note.state == "settled"
    # Refused calls cost nothing; abandoned ones are booked as losses before long.
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
