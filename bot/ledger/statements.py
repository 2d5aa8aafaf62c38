"""Read-only statements of the ledger: balances, spending, open holds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Label,
    Row,
    Select,
    Table,
    Text,
    case,
    func,
    literal,
    literal_column,
    select,
    type_coerce,
)

from bot.domain.billing import Balance, DayUse, Plan
from bot.domain.identity import platform_of
from bot.domain.money import Micros
from bot.domain.ports import Clock
from bot.ledger.accounts import CANCELLED, FUNDING, Account, Terms, account_of, held_of, new_account, price_of, turn
from bot.ledger.identities import Identities, family, names
from bot.ledger.limits import cost_today
from bot.storage.database import Database
from bot.storage.tables import account as accounts
from bot.storage.tables import hold as holds
from bot.storage.tables import note as notes
from bot.storage.tables import transfer


@dataclass(frozen=True, slots=True)
class OpenHold:
    """An open hold."""

    note_id: str
    account: str
    payer: str
    """user; OPERATOR in the open plan."""
    provider: str
    model: str
    seconds: float
    amount: Micros
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Spend:
    """Spending of one account with one model in one month."""

    account: str
    """"" for calls that belong to nobody."""
    provider: str
    model: str
    month: str
    notes: int = 0
    seconds: float = 0.0
    charged: Micros = Micros(0)
    cost: Micros = Micros(0)
    """The provider's charge, calls that it may have charged twice included."""
    lost: Micros = Micros(0)
    """The operator's loss, those calls included."""


@dataclass(frozen=True, slots=True)
class Statements:
    """Reads the ledger; moves nothing."""

    db: Database
    identities: Identities
    terms: Terms
    clock: Clock

    async def balance(self, who: str) -> Balance:
        """Return an account's balance for its owner; an account without use has the balance of its first use."""
        month = self.this_month()
        async with self.db.reading() as connection:
            name = await self.identities.account_of(connection, who)
            row = (await connection.execute(select(accounts).where(accounts.c.id == name))).one_or_none()
            of_it = holds.c.account.in_(await family(connection, name))
            spent = (await connection.execute(_spent(_OF_ALL, month).where(of_it))).one_or_none()
        owner = new_account(who, name, self.terms) if row is None else account_of(row, self.terms)
        return _balance(who, owner, month, spent)

    async def balances(self) -> list[Balance]:
        """Return every account that was ever used, in order of its name; a merged account counts for its target."""
        month = self.this_month()
        goes_by = func.coalesce(accounts.c.joined_to, accounts.c.id).label("account")
        async with self.db.reading() as connection:
            rows = (await connection.execute(select(accounts).where(accounts.c.joined_to.is_(None)))).all()
            spent = {row.account: row for row in await connection.execute(_spent(goes_by, month))}
            called = await names(connection)
        found = [
            _balance(called.get(row.id, row.id), account_of(row, self.terms), month, spent.get(row.id)) for row in rows
        ]
        return sorted(found, key=lambda one: one.user)

    async def spend(self, month: str | None = None, account: str | None = None) -> list[Spend]:
        """Return the spending by account (None: all), provider, model and month ("2026-11"; None: all)."""
        async with self.db.reading() as connection:
            of_it = None
            if account is not None:
                of_it = await family(connection, await self.identities.account_of(connection, account))
            settled = (await connection.execute(_only(_settled(), holds, month, of_it))).all()
            strays = (await connection.execute(_only(_strays(), transfer, month, of_it))).all()
            called = await names(connection)
        found: dict[tuple[str, str, str, str], Spend] = {}
        for row in settled:
            key = _key(row, called)
            found[key] = _sum(found.get(key, Spend(*key)), *_figures(row))
        for row in strays:
            key = _key(row, called)
            cost = Micros(int(row.cost))
            found[key] = _sum(found.get(key, Spend(*key)), 0, 0.0, Micros(0), cost, cost)
        return [found[key] for key in sorted(found)]

    def this_month(self) -> str:
        """Return the current month, "2026-11", in the operator's time zone."""
        return self.terms.month(self.clock())

    async def provider_of(self, note_id: str) -> str | None:
        """Return the name of the provider that is paid for a note; None if nothing was ever held for it."""
        async with self.db.reading() as connection:
            provider: str | None = await connection.scalar(select(holds.c.provider).where(holds.c.note_id == note_id))
        return provider

    async def due(self, note_id: str, cost: Micros, chunks: int = 1) -> Micros:
        """Return what a note's account pays if its provider charges so much; 0 if the account pays nothing.

        Of several `chunks` the cost may be that of a part: free minutes pay for as much of the time first.
        """
        async with self.db.reading() as connection:
            held = await held_of(connection, note_id)
        if held is None or held.payer != "user" or held.state == "released":
            return Micros(0)
        is_part = chunks > 1 and cost < (held.quoted or 0)
        seconds = held.seconds * cost / held.quoted if is_part else held.seconds
        return price_of(held, cost, self.terms, seconds)[0]

    async def use_by_day(self, who: str, first: date, last: date) -> list[DayUse]:
        """Return an identity's charges and refunds for the notes of its own platform, by day (UTC) and model.

        The day is that of the hold. Both days are included. A model has its requested name as long as its note exists.
        """
        since, until = (datetime.combine(day, time(), UTC) for day in (first, last + timedelta(days=1)))
        async with self.db.reading() as connection:
            accounts_of_it = await family(connection, await self.identities.account_of(connection, who))
            is_there = (holds.c.platform == platform_of(who)) & holds.c.account.in_(accounts_of_it)
            is_then = (holds.c.created_at >= since) & (holds.c.created_at < until)
            rows = (await connection.execute(_use_by_day(is_there & is_then))).all()
        found: dict[tuple[str, str], DayUse] = {}
        for row in rows:
            key = row.day, (row.details or {}).get("model", row.model)
            before = found.get(key, DayUse(date.fromisoformat(row.day), key[1], 0, Micros(0)))
            found[key] = replace(
                before,
                calls=before.calls + row.calls,
                cost=Micros(before.cost + int(row.cost)),
                refunded=Micros(before.refunded + int(row.refunded)),
            )
        return [found[key] for key in sorted(found)]

    async def lost_calls_today(self) -> Micros:
        """Return the cost of today's calls without an answer, or with a failed job, that no user had cancelled."""
        is_lost = (transfer.c.kind == "stray_loss") & (transfer.c.memo != CANCELLED)
        today = transfer.c.at >= self.terms.day_began(self.clock())
        async with self.db.reading() as connection:
            lost = await connection.scalar(select(func.sum(transfer.c.amount)).where(is_lost, today))
        return Micros(int(lost or 0))

    async def budget_today(self) -> tuple[Micros, Micros | None]:
        """Return today's cost at providers, notes in progress included, and the daily budget (None: no limit)."""
        async with self.db.reading() as connection:
            return await cost_today(connection, self.terms, self.clock()), self.terms.day_budget

    async def lost_to_refunds_today(self) -> Micros:
        """Return what users were paid back today by their platform after they had spent it."""
        now = self.clock()
        is_one = (transfer.c.kind == "loss") & (transfer.c.credit == FUNDING)
        query = select(func.sum(transfer.c.amount)).where(is_one, transfer.c.at >= self.terms.day_began(now))
        async with self.db.reading() as connection:
            return Micros(int(await connection.scalar(query) or 0))

    async def holds_open(self) -> list[OpenHold]:
        """Return every open hold, the oldest first."""
        columns = [holds.c[field] for field in OpenHold.__dataclass_fields__]
        query = select(*columns).where(holds.c.state == "open").order_by(holds.c.created_at, holds.c.note_id)
        async with self.db.reading() as connection:
            rows = (await connection.execute(query)).all()
            called = await names(connection)
        return [replace(one, account=called.get(one.account, one.account)) for one in (OpenHold(*row) for row in rows)]


def _sum(one: Spend, notes: int, seconds: float, charged: int, cost: int, lost: int) -> Spend:
    return replace(
        one,
        notes=one.notes + notes,
        seconds=one.seconds + seconds,
        charged=Micros(one.charged + charged),
        cost=Micros(one.cost + cost),
        lost=Micros(one.lost + lost),
    )


_OF_ALL = literal("").label("account")


def _spent(whose: Label[str], month: str) -> Select[Any]:
    """Select charges less refunds."""
    charged = holds.c.charged - func.coalesce(holds.c.returned, 0)
    this_month = case((holds.c.month == month, charged), else_=0)
    return (
        select(
            whose,
            func.sum(charged).label("ever"),
            func.sum(this_month).label("this_month"),
            func.count().label("notes"),
        )
        .join(accounts, accounts.c.id == holds.c.account)
        .where(holds.c.state == "settled")
        .group_by(whose)
    )


def _balance(who: str, owner: Account, month: str, spent: Row[Any] | None) -> Balance:
    now = turn(owner, month).account
    counts_only = now.plan is Plan.OPEN
    return Balance(
        user=who,
        plan=now.plan,
        balance=Micros(0 if counts_only else now.posted),
        held=Micros(0 if counts_only else now.held),
        spent=Micros(int(spent.ever) if spent else 0),
        spent_this_month=Micros(int(spent.this_month) if spent else 0),
        notes=spent.notes if spent else 0,
    )


def _use_by_day(which: ColumnElement[bool]) -> Select[Any]:
    day = func.substr(type_coerce(holds.c.created_at, Text), literal_column("1"), literal_column("10"))
    booked = (
        select(day.label("day"), holds.c.model, notes.c.details, holds.c.charged, holds.c.returned)
        .select_from(holds.outerjoin(notes, notes.c.id == holds.c.note_id))
        .where(holds.c.state == "settled", which)
        .subquery()
    )
    keys = (booked.c.day, booked.c.model, booked.c.details)
    returned = func.sum(func.coalesce(booked.c.returned, 0)).label("refunded")
    return select(*keys, func.count().label("calls"), func.sum(booked.c.charged).label("cost"), returned).group_by(
        *keys
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


def _only(query: Select[Any], table: Table, month: str | None, of_it: Sequence[str] | None) -> Select[Any]:
    if month is not None:
        query = query.where(table.c.month == month)
    return query if of_it is None else query.where(table.c.account.in_(of_it))


def _key(row: Row[Any], called: Mapping[str, str]) -> tuple[str, str, str, str]:
    return (
        called.get(row.account, row.account or ""),
        row.provider.removeprefix("provider:"),
        row.model or "",
        row.month,
    )


def _figures(row: Row[Any]) -> Iterable[Any]:
    # PostgreSQL sums whole numbers into a Decimal.
    return row.notes, float(row.seconds), Micros(int(row.charged)), Micros(int(row.cost)), Micros(int(row.lost))
