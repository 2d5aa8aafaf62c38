"""What a hold must respect beyond its account's balance: the day, the free minutes, and what the house can bear.

All of it is read from holds themselves, under the lock of their account: there is no counter that could drift.
"""

from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.billing import Plan
from bot.domain.errors import DayShort, TooDear
from bot.domain.money import Micros
from bot.domain.waiting import Wait, WaitReason
from bot.ledger.accounts import Account, Terms
from bot.ledger.identities import family
from bot.storage.database import one_at_a_time
from bot.storage.tables import hold as holds
from bot.storage.tables import transfer

_BUDGET_LOCK = 0x427564676574


async def free_seconds(
    connection: AsyncConnection, owner: Account, seconds: float, terms: Terms, now: datetime
) -> float:
    """How many of a recording's seconds its account has free; what it opened and another took over counts too.

    In the open plan nobody pays, so nobody needs any; a group has none.
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
    """Raises DayShort where a price is more than an account may spend today.

    What people paid in is theirs to spend when they like: only who lives on an allowance has days. What was spent by
    accounts that became one with this counts as its own.
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
    """What providers get for today: charged already, or quoted for what runs."""
    since = terms.day_began(now)
    quoted = func.coalesce(holds.c.quoted, holds.c.amount)
    of_holds = select(func.sum(case((holds.c.state == "settled", holds.c.cost), else_=quoted))).where(
        holds.c.state != "released", holds.c.created_at >= since
    )
    strays = select(func.sum(transfer.c.amount)).where(transfer.c.kind == "stray_cost", transfer.c.at >= since)
    return Micros(int(await connection.scalar(of_holds) or 0) + int(await connection.scalar(strays) or 0))


async def check_day_budget(connection: AsyncConnection, cost: Micros, terms: Terms, now: datetime) -> Wait | None:
    """Return a wait until tomorrow if less than the cost is left of the day's budget.

    Raises TooDear if even a whole day's budget is less.
    """
    if terms.day_budget is None or not cost:
        return None
    if cost > terms.day_budget:
        raise TooDear
    await one_at_a_time(connection, _BUDGET_LOCK)  # an account's own lock keeps no other account waiting
    if cost + await cost_today(connection, terms, now) > terms.day_budget:
        return Wait(WaitReason.DAY_BUDGET, terms.next_day(now))
    return None
