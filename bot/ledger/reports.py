"""Income and cost by user, chat, model, platform and month.

Every amount is a sum of transfers, so all groupings have the same sum, which is the balance of the operator's own
accounts. The month is that of the booking: a charge that is refunded in December lowers December, not the month of its
note.

In the open plan nobody pays. Its prices are in `charged` because they are counted, and in `counted` because they are no
income: the margin leaves them out, and still includes the cost of those notes.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, case, func, literal_column, select, union_all

from bot.domain.money import PER_DOLLAR, Micros
from bot.domain.plain_text import escaped
from bot.ledger.accounts import OPEN
from bot.ledger.identities import names
from bot.storage.database import Database
from bot.storage.tables import account as accounts
from bot.storage.tables import hold as holds
from bot.storage.tables import transfer


class By(StrEnum):
    """Column of a report."""

    USER = "user"
    """A user with all linked identities: "api:ada + console:ada"; a pseudonym for an erased user."""
    CHAT = "chat"
    """The group in which a note was sent, as platform:id; "" for a chat of one user and the bot, or if erased."""
    MODEL = "model"
    """A model and its provider: two columns."""
    PLATFORM = "platform"
    MONTH = "month"
    """ "2026-11", in the operator's time zone."""


USUAL = (By.USER, By.MODEL, By.MONTH)

_COLUMNS = {by: (by.value,) for by in By} | {By.MODEL: ("provider", "model")}
_KINDS = {
    "charged": ("charge",),
    "returned": ("return",),
    "given": ("free",),
    "lost": ("loss", "stray_loss"),
    "cost": ("cost", "stray_cost"),
    "paid_in": ("credit",),
    "paid_out": ("refund",),
}
"""Kinds of transfers of each amount. Other kinds (grants, merged accounts) are no gain or loss."""
_TOLD = [kind for kinds in _KINDS.values() for kind in kinds]
_FORMULA = ("=", "+", "-", "@")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a report. Amounts in micro-dollars."""

    where: Mapping[str, str] = field(default_factory=dict)
    """Values by column: {"user": "api:ada", "provider": "nanogpt", "model": "Wizper"}."""
    notes: int = 0
    """Settled notes."""
    seconds: float = 0.0
    """Seconds of their audio."""
    charged: Micros = Micros(0)
    """Charges, before refunds; in the open plan counted prices."""
    counted: Micros = Micros(0)
    """The part of `charged` that nobody pays, in the open plan."""
    returned: Micros = Micros(0)
    """Charges that an operator refunded."""
    given: Micros = Micros(0)
    """Price of the free minutes."""
    lost: Micros = Micros(0)
    """Losses of the operator, calls that a provider may have charged twice included."""
    cost: Micros = Micros(0)
    """Cost at providers, those calls included."""
    paid_in: Micros = Micros(0)
    """Credit of users."""
    paid_out: Micros = Micros(0)
    """Credit that was paid back."""

    @property
    def margin(self) -> Micros:
        """Return what users paid for notes, less refunds and provider cost."""
        return Micros(self.charged - self.counted - self.returned - self.cost)


AMOUNTS = ("charged", "counted", "returned", "given", "lost", "cost", "margin", "paid_in", "paid_out")


async def report(db: Database, by: Sequence[By], month: str | None = None) -> list[Line]:
    """Return one line for each booked combination, in order of its columns; without columns, one line in all.

    `month` ("2026-11") restricts the report.
    """
    columns = columns_of(by)
    async with db.reading() as connection:
        rows = (await connection.execute(_grouped(columns, month))).all()
        called = await names(connection) if "user" in columns else {}
    return sorted((_line(row, columns, called) for row in rows), key=lambda line: tuple(line.where.values()))


def columns_of(by: Sequence[By]) -> list[str]:
    """Return the columns of a report, each once."""
    return list(dict.fromkeys(column for one in by for column in _COLUMNS[one]))


def total(lines: Sequence[Line]) -> Line:
    """Return the sum of lines."""
    return Line(**{name: sum(getattr(line, name) for line in lines) for name in _FIGURES})


def as_row(line: Line) -> dict[str, Any]:
    """Return a line as plain JSON."""
    amounts = {f"{name}_micros": getattr(line, name) for name in AMOUNTS}
    return {**line.where, "notes": line.notes, "seconds": round(line.seconds, 3), **amounts}


def as_csv(lines: Sequence[Line], by: Sequence[By]) -> bytes:
    """Return the lines as CSV in UTF-8: every amount in micro-dollars, and then in dollars.

    Names come from outside, so none has a control character, and none can be a formula: one that begins like a formula
    gets a ' before it.
    """
    columns = columns_of(by)
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    units = [*(f"{name}_micros" for name in AMOUNTS), *(f"{name}_dollars" for name in AMOUNTS)]
    writer.writerow([*columns, "notes", "seconds", *units])
    for line in lines:
        amounts = [getattr(line, name) for name in AMOUNTS]
        told = [*amounts, *map(_decimal, amounts)]
        writer.writerow([*(_harmless(line.where[name]) for name in columns), line.notes, f"{line.seconds:.3f}", *told])
    return table.getvalue().encode("utf-8", "backslashreplace")


_FIGURES = [one.name for one in fields(Line) if one.name != "where"]


def _line(row: Row[Any], columns: Sequence[str], called: Mapping[str, str]) -> Line:
    where = {name: getattr(row, name) for name in columns}
    if "user" in where:
        where["user"] = called.get(where["user"], where["user"])
    # PostgreSQL sums whole numbers into a Decimal.
    amounts = {name: Micros(int(getattr(row, name))) for name in _FIGURES if name not in ("notes", "seconds")}
    return Line(where, notes=int(row.notes), seconds=float(row.seconds), **amounts)


def _grouped(columns: Sequence[str], month: str | None) -> Select[Any]:
    booked = union_all(_of_transfers(month), _of_notes(month)).subquery("booked")
    keys = [booked.c[name] for name in columns]
    return select(*keys, *(_sum(booked.c[name]).label(name) for name in _FIGURES)).group_by(*keys)


def _of_transfers(month: str | None) -> Select[Any]:
    """Select every amount of money with its columns."""
    figures: dict[str, ColumnElement[Any]] = {
        name: case((transfer.c.kind.in_(kinds), transfer.c.amount), else_=_NOTHING) for name, kinds in _KINDS.items()
    }
    is_counted = (transfer.c.kind == "charge") & (transfer.c.debit == OPEN)
    figures["counted"] = case((is_counted, transfer.c.amount), else_=_NOTHING)
    query = (
        select(*_keys(transfer.c.month), *_in_order(figures))
        .select_from(
            transfer.outerjoin(holds, holds.c.note_id == transfer.c.note_id).outerjoin(
                accounts, accounts.c.id == transfer.c.account
            )
        )
        .where(transfer.c.kind.in_(_TOLD))
    )
    return query if month is None else query.where(transfer.c.month == month)


def _of_notes(month: str | None) -> Select[Any]:
    """Select the number and length of notes: those without cost have no transfers."""
    query = (
        select(*_keys(holds.c.month), *_in_order({"notes": literal_column("1"), "seconds": holds.c.seconds}))
        .select_from(holds.outerjoin(accounts, accounts.c.id == holds.c.account))
        .where(holds.c.state == "settled")
    )
    return query if month is None else query.where(holds.c.month == month)


_NOTHING: ColumnElement[int] = literal_column("0")


def _keys(month: ColumnElement[str]) -> list[ColumnElement[Any]]:
    """Return all columns; merged accounts count for their target."""
    nowhere: ColumnElement[str] = literal_column("''")
    return [
        func.coalesce(accounts.c.joined_to, accounts.c.id, nowhere).label("user"),
        *(func.coalesce(holds.c[name], nowhere).label(name) for name in ("chat", "provider", "model", "platform")),
        month.label("month"),
    ]


def _in_order(figures: Mapping[str, ColumnElement[Any]]) -> list[ColumnElement[Any]]:
    return [figures.get(name, _NOTHING).label(name) for name in _FIGURES]


def _sum(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.coalesce(func.sum(column), _NOTHING)


def _decimal(amount: int) -> str:
    """Return "-0.003500": a number for every spreadsheet that reads decimal points."""
    sign, size = ("-" if amount < 0 else ""), abs(amount)
    return f"{sign}{size // PER_DOLLAR}.{size % PER_DOLLAR:06d}"


def _harmless(text: str) -> str:
    line = escaped(text)
    return f"'{line}" if line.startswith(_FORMULA) else line
