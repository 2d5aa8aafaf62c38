"""What the ledger tells people: balances, spending, open holds. Nothing here moves money."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, Table, case, func, select

from bot.accounts import Account, Terms, account_of, new_account, turn
from bot.db import Database
from bot.model import Balance, Plan
from bot.money import Micros
from bot.tables import account as accounts
from bot.tables import hold as holds
from bot.tables import transfer


@dataclass(frozen=True, slots=True)
class OpenHold:
    """Money that is set aside for a note on its way."""

    note_id: str
    account: str
    payer: str
    """user, or house in the open plan."""
    provider: str
    model: str
    seconds: float
    amount: Micros
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Spend:
    """What one account spent with one model in one month."""

    account: str
    """"" for calls that belong to nobody."""
    provider: str
    model: str
    month: str
    notes: int = 0
    seconds: float = 0.0
    charged: Micros = Micros(0)
    cost: Micros = Micros(0)
    """What the provider charged, calls that it may have charged twice included."""
    lost: Micros = Micros(0)
    """What the house bore, those calls included."""


async def balance(db: Database, name: str, terms: Terms, now: datetime) -> Balance:
    month = terms.month(now)
    async with db.reading() as connection:
        row = (await connection.execute(select(accounts).where(accounts.c.id == name))).one_or_none()
        spent = (await connection.execute(_spent(month).where(holds.c.account == name))).one_or_none()
    owner = new_account(name, terms) if row is None else account_of(row, terms)
    return _balance(owner, month, spent)


async def balances(db: Database, terms: Terms, now: datetime) -> list[Balance]:
    month = terms.month(now)
    async with db.reading() as connection:
        rows = (await connection.execute(select(accounts).order_by(accounts.c.id))).all()
        spent = {row.account: row for row in await connection.execute(_spent(month))}
    return [_balance(account_of(row, terms), month, spent.get(row.id)) for row in rows]


async def spend(db: Database, month: str | None, account: str | None = None) -> list[Spend]:
    async with db.reading() as connection:
        settled = (await connection.execute(_only(_settled(), holds, month, account))).all()
        strays = (await connection.execute(_only(_strays(), transfer, month, account))).all()
    found = {_key(row): Spend(*_key(row), *_figures(row)) for row in settled}
    for row in strays:
        before = found.get(_key(row), Spend(*_key(row)))
        more = int(row.cost)
        found[_key(row)] = replace(before, cost=Micros(before.cost + more), lost=Micros(before.lost + more))
    return [found[key] for key in sorted(found)]


async def holds_open(db: Database) -> list[OpenHold]:
    columns = [holds.c[field] for field in OpenHold.__dataclass_fields__]
    query = select(*columns).where(holds.c.state == "open").order_by(holds.c.created_at, holds.c.note_id)
    async with db.reading() as connection:
        return [OpenHold(*row) for row in await connection.execute(query)]


def _spent(month: str) -> Select[Any]:
    this_month = case((holds.c.month == month, holds.c.charged), else_=0)
    return (
        select(
            holds.c.account,
            func.sum(holds.c.charged).label("ever"),
            func.sum(this_month).label("this_month"),
            func.count().label("notes"),
        )
        .where(holds.c.state == "settled")
        .group_by(holds.c.account)
    )


def _balance(owner: Account, month: str, spent: Row[Any] | None) -> Balance:
    now = turn(owner, month).account
    counts_only = now.plan is Plan.OPEN
    return Balance(
        user=now.id,
        plan=now.plan,
        balance=Micros(0 if counts_only else now.posted),
        held=Micros(0 if counts_only else now.held),
        spent=Micros(int(spent.ever) if spent else 0),
        spent_this_month=Micros(int(spent.this_month) if spent else 0),
        notes=spent.notes if spent else 0,
    )


def _settled() -> Select[Any]:
    keys = (holds.c.account, holds.c.provider, holds.c.model, holds.c.month)
    sums = [func.sum(holds.c[name]).label(name) for name in ("seconds", "charged", "cost", "lost")]
    return select(*keys, func.count().label("notes"), *sums).where(holds.c.state == "settled").group_by(*keys)


def _strays() -> Select[Any]:
    keys = (transfer.c.account, transfer.c.credit.label("provider"), holds.c.model, transfer.c.month)
    return (
        select(*keys, func.sum(transfer.c.amount).label("cost"))
        .select_from(transfer.outerjoin(holds, holds.c.note_id == transfer.c.note_id))
        .where(transfer.c.kind == "stray_cost")
        .group_by(*keys)
    )


def _only(query: Select[Any], table: Table, month: str | None, account: str | None) -> Select[Any]:
    if month is not None:
        query = query.where(table.c.month == month)
    return query if account is None else query.where(table.c.account == account)


def _key(row: Row[Any]) -> tuple[str, str, str, str]:
    return row.account or "", row.provider.removeprefix("provider:"), row.model or "", row.month


def _figures(row: Row[Any]) -> Iterable[Any]:
    # PostgreSQL sums whole numbers into a Decimal.
    return row.notes, float(row.seconds), Micros(int(row.charged)), Micros(int(row.cost)), Micros(int(row.lost))
