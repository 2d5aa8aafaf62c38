"""Limits of a hold beyond the balance: daily allowance, free minutes, daily budget and its shares, losses.

All are computed from holds and transfers, under the lock of the account: there are no counters that could drift.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, case, func, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.billing import Plan
from bot.domain.errors import DayShort, TooDear
from bot.domain.identity import platform_of
from bot.domain.money import Micros
from bot.domain.waiting import Wait, WaitReason
from bot.ledger.accounts import CANCELLED, REVENUE, Account, Terms
from bot.ledger.identities import Identities, family
from bot.storage.database import one_at_a_time
from bot.storage.tables import hold as holds
from bot.storage.tables import transfer

_BUDGET_LOCK = 0x427564676574
_CONSOLE = "console"
"""The platform of users at the terminal of the machine itself."""


async def free_seconds(
    connection: AsyncConnection, owner: Account, seconds: float, terms: Terms, now: datetime
) -> float:
    """Return the free seconds of a recording; use by merged accounts counts too.

    None are needed in the open plan; groups have none.
    """
    if owner.plan is Plan.OPEN or owner.of_group or not terms.free_seconds:
        return 0.0
    used = await connection.scalar(
        select(func.sum(holds.c.free_seconds)).where(
            (holds.c.account == owner.id) | (holds.c.opened_by == owner.id),
            holds.c.state != "released",
            holds.c.created_at >= terms.month_began(now),
        )
    )
    return min(seconds, max(0.0, terms.free_seconds - (used or 0.0)))


async def check_day(connection: AsyncConnection, owner: Account, price: Micros, terms: Terms, now: datetime) -> None:
    """Raise DayShort if a price is more than an account may spend today.

    Credit has no daily limit, only allowances have. Spending by accounts that were merged into this one counts.
    """
    most = owner.day_allowance
    own = owner.available - owner.granted
    if most is None or owner.plan is not Plan.ALLOWANCE or not price or price <= own:
        return
    accounts = await family(connection, owner.id)
    spent = await connection.scalar(
        select(func.sum(case((holds.c.state == "settled", holds.c.charged), else_=holds.c.amount))).where(
            holds.c.account.in_(accounts) | holds.c.opened_by.in_(accounts),
            holds.c.state != "released",
            holds.c.payer == "user",
            holds.c.created_at >= terms.day_began(now),
        )
    )
    left = max(0, most - int(spent or 0))
    if price > left:
        raise DayShort(price=price, left=Micros(left))


async def cost_today(connection: AsyncConnection, terms: Terms, now: datetime) -> Micros:
    """Return today's cost at providers: charged, or quoted for notes in progress."""
    return await _cost_since(connection, terms.day_began(now), true(), true())


async def _cost_since(
    connection: AsyncConnection, since: datetime, which: ColumnElement[bool], strays_of: ColumnElement[bool]
) -> Micros:
    quoted = func.coalesce(holds.c.quoted, holds.c.amount)
    of_holds = select(func.sum(case((holds.c.state == "settled", holds.c.cost), else_=quoted))).where(
        holds.c.state != "released", holds.c.created_at >= since, which
    )
    strays = select(func.sum(transfer.c.amount)).where(
        transfer.c.kind == "stray_cost", transfer.c.at >= since, strays_of
    )
    return Micros(int(await connection.scalar(of_holds) or 0) + int(await connection.scalar(strays) or 0))


async def losses_today(connection: AsyncConnection, owner: Account, terms: Terms, now: datetime) -> Micros:
    """Return today's losses that an account caused, those of merged accounts included.

    They are the parts of charges that it could not pay, and lost calls of notes that it had cancelled. A payment that
    was paid back after it was spent is none: the platform or the operator decides about that.
    """
    unpaid = (transfer.c.kind == "loss") & (transfer.c.credit == REVENUE)
    is_its = unpaid | ((transfer.c.kind == "stray_loss") & (transfer.c.memo == CANCELLED))
    lost = await connection.scalar(
        select(func.sum(transfer.c.amount)).where(
            is_its,
            transfer.c.account.in_(await family(connection, owner.id)),
            transfer.c.at >= terms.day_began(now),
        )
    )
    return Micros(int(lost or 0))


async def check_losses(
    connection: AsyncConnection, owner: Account, cost: Micros, terms: Terms, now: datetime
) -> Wait | None:
    """Return a wait until tomorrow if an account caused more losses today than it may; never for what is free."""
    if terms.loss_limit is None or not cost:
        return None
    if await losses_today(connection, owner, terms, now) > terms.loss_limit:
        return Wait(WaitReason.USER_LOSSES, terms.next_day(now))
    return None


async def _is_unshared(
    connection: AsyncConnection, identities: Identities, owner: Account, price: Micros, terms: Terms
) -> bool:
    """Return True if the whole daily budget is open: to owners, to the console, and to money that was paid in."""
    if owner.plan is not Plan.OPEN and 0 < price <= owner.available - owner.granted:
        return True
    people = await identities.sharing(connection, owner.id)
    return any(one in terms.unshared or platform_of(one) == _CONSOLE for one in people)


async def check_day_share(
    connection: AsyncConnection,
    identities: Identities,
    owner: Account,
    price: Micros,
    cost: Micros,
    terms: Terms,
    now: datetime,
) -> Wait | None:
    """Return a wait until tomorrow if less than the cost is left of an account's share of the day's budget.

    Raises TooDear if even the whole share is less.
    """
    if terms.day_budget is None or not cost or await _is_unshared(connection, identities, owner, price, terms):
        return None
    share = int(terms.day_budget * terms.day_share)
    if cost > share:
        raise TooDear
    accounts = await family(connection, owner.id)
    is_its = holds.c.account.in_(accounts) | holds.c.opened_by.in_(accounts)
    if cost + await _cost_since(connection, terms.day_began(now), is_its, transfer.c.account.in_(accounts)) > share:
        return Wait(WaitReason.DAY_SHARE, terms.next_day(now))
    return None


async def check_day_budget(connection: AsyncConnection, cost: Micros, terms: Terms, now: datetime) -> Wait | None:
    """Return a wait until tomorrow if less than the cost is left of the day's budget.

    Raises TooDear if even a whole day's budget is less.
    """
    if terms.day_budget is None or not cost:
        return None
    if cost > terms.day_budget:
        raise TooDear
    await one_at_a_time(connection, _BUDGET_LOCK)  # an account's own lock does not stop other accounts
    if cost + await cost_today(connection, terms, now) > terms.day_budget:
        return Wait(WaitReason.DAY_BUDGET, terms.next_day(now))
    return None
