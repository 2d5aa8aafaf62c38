"""What the house earned, and what it cost: by person, chat, model, platform and month.

Every amount is a sum of transfers, so the sum over any grouping is the sum over every other, and what the house's own
accounts stand at. A month is the one in which something was booked: a charge that is given back in December lowers
December, not the month of its note.

In the open plan nobody pays. Its prices are in `charged` because they are counted, and in `counted` because they are
no income: the margin leaves them out, and still bears what the providers got for those notes.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, case, func, literal_column, select, union_all

from bot.domain.money import PER_DOLLAR, Micros
from bot.ledger.identities import names
from bot.storage.database import Database
from bot.storage.tables import account as accounts
from bot.storage.tables import hold as holds
from bot.storage.tables import transfer


class By(StrEnum):
    """What a report tells apart."""

    USER = "user"
    """A user with all linked identities: "api:ada + console:ada"; a pseudonym for an erased user."""
    CHAT = "chat"
    """The group in which a note was sent, as platform:id; "" for a chat of one user and the bot, or if erased."""
    MODEL = "model"
    """A model and the provider that has it: two columns."""
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
"""The transfers that make each amount. What else there is (grants, joined accounts) is nobody's gain or loss."""
_TOLD = [kind for kinds in _KINDS.values() for kind in kinds]
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a report. Amounts in micro-dollars."""

    where: Mapping[str, str] = field(default_factory=dict)
    """Values by column: {"user": "api:ada", "provider": "nanogpt", "model": "Wizper"}."""
    notes: int = 0
    """That were settled."""
    seconds: float = 0.0
    """Of sound in them."""
    charged: Micros = Micros(0)
    """What was charged, before returns; in the open plan what was counted."""
    counted: Micros = Micros(0)
    """What of `charged` nobody pays, because it is of the open plan."""
    returned: Micros = Micros(0)
    """Charges that an operator gave back."""
    given: Micros = Micros(0)
    """What the free minutes would have cost their users."""
    lost: Micros = Micros(0)
    """What the house bore of prices, and of calls that a provider may have charged twice."""
    cost: Micros = Micros(0)
    """What providers got, those calls included."""
    paid_in: Micros = Micros(0)
    """What users were credited."""
    paid_out: Micros = Micros(0)
    """What of it they got back."""

    @property
    def margin(self) -> Micros:
        """What the house keeps: what users paid for notes, less what they got back of it, less what providers got."""
        return Micros(self.charged - self.counted - self.returned - self.cost)


AMOUNTS = ("charged", "counted", "returned", "given", "lost", "cost", "margin", "paid_in", "paid_out")


async def report(db: Database, by: Sequence[By], month: str | None = None) -> list[Line]:
    """One line for each combination that was booked, in order of its columns; without any, one line of everything.

    `month` ("2026-11") leaves out every other.
    """
    columns = columns_of(by)
    async with db.reading() as connection:
        rows = (await connection.execute(_grouped(columns, month))).all()
        called = await names(connection) if "user" in columns else {}
    return sorted((_line(row, columns, called) for row in rows), key=lambda line: tuple(line.where.values()))


def columns_of(by: Sequence[By]) -> list[str]:
    """The columns by which such a report tells its lines apart; each once."""
    return list(dict.fromkeys(column for one in by for column in _COLUMNS[one]))


def total(lines: Sequence[Line]) -> Line:
    """All of them together."""
    return Line(**{name: sum(getattr(line, name) for line in lines) for name in _FIGURES})


def as_row(line: Line) -> dict[str, Any]:
    """A line as plain JSON."""
    amounts = {f"{name}_micros": getattr(line, name) for name in AMOUNTS}
    return {**line.where, "notes": line.notes, "seconds": round(line.seconds, 3), **amounts}


def as_csv(lines: Sequence[Line], by: Sequence[By]) -> bytes:
    """The lines as a table for spreadsheets, UTF-8: every amount in micro-dollars, and then in dollars.

    Names come from outside, so none can be a formula: one that begins like it has a ' before it.
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
    """Every amount of money, with what it is told apart by."""
    figures: dict[str, ColumnElement[Any]] = {
        name: case((transfer.c.kind.in_(kinds), transfer.c.amount), else_=_NOTHING) for name, kinds in _KINDS.items()
    }
    is_counted = (transfer.c.kind == "charge") & (transfer.c.debit == "house:open")
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
    """How many notes there were and how long they are: those that cost nothing have no transfers."""
    query = (
        select(*_keys(holds.c.month), *_in_order({"notes": literal_column("1"), "seconds": holds.c.seconds}))
        .select_from(holds.outerjoin(accounts, accounts.c.id == holds.c.account))
        .where(holds.c.state == "settled")
    )
    return query if month is None else query.where(holds.c.month == month)


_NOTHING: ColumnElement[int] = literal_column("0")


def _keys(month: ColumnElement[str]) -> list[ColumnElement[Any]]:
    """All that lines can be told apart by; what was joined to another account is that one's."""
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
    """ "-0.003500": a number in every language of spreadsheets that reads points."""
    sign, size = ("-" if amount < 0 else ""), abs(amount)
    return f"{sign}{size // PER_DOLLAR}.{size % PER_DOLLAR:06d}"


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
