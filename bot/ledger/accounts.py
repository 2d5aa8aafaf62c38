"""One account: its terms, and the turn of its month.

The arithmetic is pure. `lock_account` and `lock_payer` leave the row locked until the transaction ends. Everything that
moves a user's money locks it first, so there are no races and no deadlocks."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.billing import Plan, Settlement
from bot.domain.errors import BudgetShort, RefundShort
from bot.domain.identity import OPERATOR, AccountId, is_place
from bot.domain.money import MOST, Micros, part, with_markup
from bot.ledger.identities import Identities
from bot.storage.tables import account as accounts
from bot.storage.tables import hold as holds
from bot.storage.tables import transfer

FUNDING = f"{OPERATOR}:funding"
ALLOWANCE = f"{OPERATOR}:allowance"


@dataclass(frozen=True, slots=True)
class Terms:
    """The operator's terms for every account without terms of its own."""

    plan: Plan
    allowance: Micros = Micros(0)
    """Monthly grant of an account in the allowance plan."""
    markup: Decimal = Decimal(1)
    """The user's price for one dollar of the provider's."""
    month_zone: tzinfo = UTC
    """Time zone of days and months."""
    day_allowance: Micros | None = None
    """Daily limit of an account in the allowance plan; None: no limit."""
    free_seconds: float = 0
    """Free seconds of audio for each account and month; unused in the open plan."""
    day_budget: Micros | None = None
    """Limit of the cost of all accounts in a day; None: no limit."""
    day_share: Decimal = Decimal(1)
    """The part of the daily budget that one account may use."""
    unshared: frozenset[str] = frozenset()
    """Identities whose accounts may use all of it: the owners."""
    loss_limit: Micros | None = None
    """Limit of the losses that a user causes in a day; None: no limit."""

    def month(self, at: datetime) -> str:
        """Return the month of a moment, "2026-11"; later months sort later."""
        return at.astimezone(self.month_zone).strftime("%Y-%m")

    def day_began(self, at: datetime) -> datetime:
        """Return the midnight before a moment."""
        there = at.astimezone(self.month_zone)
        return there.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)

    def next_day(self, at: datetime) -> datetime:
        """Return the midnight after a moment. A day has 23 to 25 hours when clocks change."""
        there = at.astimezone(self.month_zone).replace(hour=12, minute=0, second=0, microsecond=0, fold=0)
        return self.day_began(there + timedelta(days=1))

    def month_began(self, at: datetime) -> datetime:
        """Return the first midnight of a moment's month."""
        return self.day_began(at.astimezone(self.month_zone).replace(day=1))


@dataclass(frozen=True, slots=True)
class Account:
    """The state of an account. Amounts in micro-dollars."""

    id: AccountId
    plan: Plan
    allowance: int
    day_allowance: int | None
    posted: int
    """Its balance, held money included."""
    held: int
    granted: int
    """Rest of monthly grants in `posted`; spent before credit."""
    month: str | None
    """The last month with a grant."""
    of_group: bool = False

    @property
    def available(self) -> Micros:
        return Micros(self.posted - self.held)


@dataclass(frozen=True, slots=True)
class Turn:
    """The effect of a new month on an account."""

    account: Account
    expired: int
    granted: int


def account_of(row: Row[Any], terms: Terms) -> Account:
    """Read a row of the account table, with the operator's terms as defaults.

    A group is prepaid: any user can create groups, so none gets a grant by itself.
    """
    return Account(
        id=row.id,
        plan=_usual_plan(terms, of_group=row.of_group) if row.plan is None else Plan(row.plan),
        allowance=terms.allowance if row.allowance is None else row.allowance,
        day_allowance=terms.day_allowance if row.day_allowance is None else row.day_allowance,
        posted=row.posted,
        held=row.held,
        granted=row.granted,
        month=row.month,
        of_group=bool(row.of_group),
    )


def new_account(identity: str, name: AccountId, terms: Terms) -> Account:
    """Return the account of an identity that has none yet, as its first use would open it."""
    of_group = is_place(identity)
    return Account(
        id=name,
        plan=_usual_plan(terms, of_group=of_group),
        allowance=terms.allowance,
        day_allowance=terms.day_allowance,
        posted=0,
        held=0,
        granted=0,
        month=None,
        of_group=of_group,
    )


def _usual_plan(terms: Terms, *, of_group: bool) -> Plan:
    return Plan.PREPAID if of_group and terms.plan is Plan.ALLOWANCE else terms.plan


def turn(account: Account, month: str) -> Turn:
    """Expire the rest of an older month's grant, never held money, and grant this month's allowance.

    A month has one grant. An account that left the allowance plan loses its old grant and gets no new one; in the open
    plan nothing moves. A clock that was set back changes nothing.
    """
    if account.plan is Plan.OPEN or (account.month is not None and account.month >= month):
        return Turn(account, 0, 0)
    expired = min(account.granted, account.available)
    if account.plan is Plan.PREPAID:
        granted, last = 0, account.month
    else:
        granted, last = account.allowance, month
    change = granted - expired
    after = replace(account, posted=account.posted + change, granted=account.granted + change, month=last)
    return Turn(after, expired, granted)


async def lock_account(
    connection: AsyncConnection, identities: Identities, who: str, terms: Terms, now: datetime
) -> Account:
    """Lock an identity's account until the transaction ends; open it if there is none."""
    while True:
        name = await identities.opened(connection, who, now)
        found = await lock_row(connection, name, terms)
        # On PostgreSQL it may have been merged into another during the wait.
        if await identities.account_of(connection, who) == name:
            return found


async def lock_group(
    connection: AsyncConnection, identities: Identities, who: str, terms: Terms, now: datetime
) -> Account:
    """Lock a group's account, and mark it as one."""
    found = await lock_account(connection, identities, who, terms, now)
    if found.of_group:
        return found
    await connection.execute(update(accounts).where(accounts.c.id == found.id).values(of_group=True))
    return await lock_row(connection, found.id, terms)


async def lock_row(connection: AsyncConnection, name: AccountId, terms: Terms) -> Account:
    """Lock an account that there is, by its own name."""
    query = select(accounts).where(accounts.c.id == name).with_for_update()
    return account_of((await connection.execute(query)).one(), terms)


async def lock_now(connection: AsyncConnection, account: AccountId, terms: Terms) -> Account:
    """Lock the account to which a charge of long ago belongs now: it may have been joined to another."""
    owner = await connection.scalar(select(accounts.c.joined_to).where(accounts.c.id == account)) or account
    return await lock_row(connection, owner, terms)


async def lock_payer(connection: AsyncConnection, note_id: str, terms: Terms) -> Account | None:
    """Lock the account of a note's hold; None if the note has no hold."""
    owner = select(holds.c.account).where(holds.c.note_id == note_id)
    name: AccountId | None = await connection.scalar(owner)
    while name is not None:
        found = await lock_row(connection, name, terms)
        name = await connection.scalar(owner)
        if name == found.id:
            return found
    return None


async def turn_month(connection: AsyncConnection, account: Account, terms: Terms, now: datetime) -> Account:
    """Bring a locked account up to this month, and record the transfers."""
    turned = turn(account, terms.month(now))
    if turned.account != account:
        await _write_turn(connection, account, turned, terms.month(now), now)
    return turned.account


async def _write_turn(connection: AsyncConnection, before: Account, turned: Turn, month: str, now: datetime) -> None:
    rows: list[dict[str, Any]] = []
    common = {"at": now, "month": month, "account": before.id}
    if turned.expired:
        # The old grant only shrinks, so its size makes the key unique if one month expires in two steps.
        ref = f"expire:{before.id}:{before.month}:{before.granted}"
        rows.append(
            {"kind": "expire", "debit": before.id, "credit": ALLOWANCE, "amount": turned.expired, "ref": ref} | common
        )
    if turned.granted:
        ref = f"grant:{before.id}:{month}"
        rows.append(
            {"kind": "grant", "debit": ALLOWANCE, "credit": before.id, "amount": turned.granted, "ref": ref} | common
        )
    change = turned.granted - turned.expired
    await connection.execute(
        update(accounts)
        .where(accounts.c.id == before.id)
        .values(posted=accounts.c.posted + change, granted=accounts.c.granted + change, month=turned.account.month)
    )
    if rows:
        await connection.execute(transfer.insert().values(rows))


REVENUE = f"{OPERATOR}:revenue"
LOSS = f"{OPERATOR}:loss"
COSTS = f"{OPERATOR}:costs"
OPEN = f"{OPERATOR}:open"
FREE = f"{OPERATOR}:free"
CANCELLED = "cancelled"
"""Memo of a lost call whose sender had cancelled it: the loss counts as one that the user caused."""


def sides(kind: str, debit: str, credit: str, ref: str) -> dict[str, Any]:
    return {"kind": kind, "debit": debit, "credit": credit, "ref": ref}


def details(terms: Terms, account: AccountId | None, note_id: str | None, now: datetime) -> dict[str, Any]:
    """Return the details that every transfer bears."""
    return {"at": now, "month": terms.month(now), "account": account, "note_id": note_id}


def check_amount(amount: Micros) -> None:
    if not 0 <= amount <= MOST:
        raise ValueError(f"{amount} is not an amount between 0 and {MOST} micro-dollars")


async def held_of(connection: AsyncConnection, note_id: str) -> Row[Any] | None:
    return (await connection.execute(select(holds).where(holds.c.note_id == note_id))).one_or_none()


def price_of(held: Row[Any], cost: Micros, terms: Terms, seconds: float) -> tuple[Micros, Micros]:
    """Return what a hold's account owes for a provider's charge, and the part of the price that its free time pays.

    `seconds` are charged for: all that the hold is for, or the part of them that was transcribed.
    """
    price = with_markup(cost, terms.markup)
    given = part(price, min(held.free_seconds, seconds), seconds) if held.free_seconds else Micros(0)
    return Micros(price - given), given


async def set_aside(connection: AsyncConnection, owner: Account, amount: Micros) -> None:
    """Hold an amount. The database alone decides if there is enough, in one statement."""
    is_enough = accounts.c.posted - accounts.c.held >= amount
    done = await connection.execute(
        update(accounts).where(accounts.c.id == owner.id, is_enough).values(held=accounts.c.held + amount)
    )
    if done.rowcount != 1:
        raise BudgetShort(price=amount, available=owner.available)


async def take_back(connection: AsyncConnection, owner: Account, amount: Micros) -> None:
    """Take back an amount in the same way, without touching holds and allowances."""
    is_left = (accounts.c.posted - accounts.c.granted >= amount) & (accounts.c.posted - accounts.c.held >= amount)
    done = await connection.execute(
        update(accounts).where(accounts.c.id == owner.id, is_left).values(posted=accounts.c.posted - amount)
    )
    if done.rowcount != 1:
        raise RefundShort(amount=amount, available=refundable(owner))


def refundable(owner: Account) -> Micros:
    """Return what can be paid back: no money that is held, and no allowance."""
    return Micros(owner.posted - max(owner.held, owner.granted))


async def is_refunded(connection: AsyncConnection, ref: str) -> bool:
    """Return True if a refund with this `ref` was booked, also if all of it was a loss."""
    booked = transfer.c.ref.in_((f"refund:{ref}", f"refund_loss:{ref}"))
    return await connection.scalar(select(transfer.c.id).where(booked).limit(1)) is not None


async def pay(connection: AsyncConnection, held: Row[Any], charged: Micros, granted: int) -> None:
    """Turn a hold into its charge; `granted` is the part that an allowance pays."""
    await change(
        connection,
        held.account,
        posted=accounts.c.posted - charged,
        held=accounts.c.held - held.amount,
        granted=accounts.c.granted - granted,
    )


async def change(connection: AsyncConnection, account: AccountId, **values: ColumnElement[int] | object) -> None:
    await connection.execute(update(accounts).where(accounts.c.id == account).values(**values))


def settlement_of(held: Row[Any], owner: Account, charged: int, lost: int, available: Micros) -> Settlement:
    plan = Plan.OPEN if held.payer == OPERATOR else owner.plan
    return Settlement(Micros(charged), Micros(lost), plan, Micros(0) if plan is Plan.OPEN else available)
