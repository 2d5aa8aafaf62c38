"""The operator's daily budget, and the share of it that one account may use."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from bot.domain.billing import Held, Plan, Quote
from bot.domain.errors import TooDear
from bot.domain.money import Micros
from bot.domain.waiting import Wait, WaitReason
from bot.ledger.ledger import Ledger
from bot.storage.database import Database
from tests.helpers.ledgers import ANN, BOB, IDENTITIES, OPEN, Clock, Opened, hold, quote

OPERATOR = replace(OPEN, day_budget=Micros(500))
UNTIL_TOMORROW = datetime(2026, 11, 16, tzinfo=UTC)


def tomorrow(clock: Clock) -> None:
    clock.now += timedelta(days=1)


# The operator's own day.


async def test_the_breaker_stops_for_the_day_whoever_spends(opened: Opened, clock: Clock) -> None:
    ledger = opened(OPERATOR)
    await hold(ledger, "n1", 200, account=ANN)
    await ledger.settle("n1", Micros(250))
    await hold(ledger, "n2", 200, account=BOB)
    until_tomorrow = Wait(WaitReason.DAY_BUDGET, datetime(2026, 11, 16, tzinfo=UTC))
    assert await ledger.hold("n3", ANN, "nanogpt", quote(51)) == until_tomorrow
    assert await ledger.statements.budget_today() == (450, 500)
    await hold(ledger, "n4", 0, account=ANN)
    await ledger.release("n2")
    await hold(ledger, "n5", 250, account=BOB)
    tomorrow(clock)
    await hold(ledger, "n6", 500, account=ANN)


async def test_of_many_accounts_racing_for_the_operators_day_as_many_win_as_it_has(opened: Opened) -> None:
    ledger = opened(OPERATOR)

    async def try_one(number: int) -> bool:
        return isinstance(await ledger.hold(f"n{number}", f"telegram:{number}", "nanogpt", quote(100)), Held)

    assert sum(await asyncio.gather(*map(try_one, range(12)))) == 5


async def test_what_costs_more_than_a_whole_day_has_need_not_wait_for_tomorrow(opened: Opened) -> None:
    with pytest.raises(TooDear):
        await hold(opened(OPERATOR), "n1", 501)


async def test_calls_whose_answer_never_came_count_for_the_breaker(opened: Opened) -> None:
    ledger = opened(OPERATOR)
    await hold(ledger, "n1", 200)
    await ledger.book_loss("n1", 1, Micros(200), "nanogpt")
    assert isinstance(await ledger.hold("n2", ANN, "nanogpt", quote(101)), Wait)


async def test_the_breaker_counts_what_the_operator_pays_not_what_users_do(database: Database, clock: Clock) -> None:
    ledger = Ledger(database, clock, OPERATOR, IDENTITIES)
    await ledger.hold("n1", ANN, "nanogpt", Quote("m", 60, cost=Micros(400), price=Micros(4000)))
    other = Quote("m", 60, cost=Micros(100), price=Micros(1000))
    assert await ledger.hold("n2", ANN, "nanogpt", other) == Held(Micros(1000))
    dearer = Quote("m", 60, cost=Micros(1), price=Micros(10))
    assert isinstance(await ledger.hold("n3", ANN, "nanogpt", dearer), Wait)


async def test_a_day_counts_the_calls_from_its_first_moment_on_and_none_of_the_day_before(
    opened: Opened, clock: Clock
) -> None:
    ledger = opened(OPERATOR)
    await hold(ledger, "n1", 200)
    await ledger.book_loss("n1", 1, Micros(150), "nanogpt")
    clock.now = UNTIL_TOMORROW
    assert await ledger.statements.budget_today() == (0, 500)
    await hold(ledger, "n2", 30)
    await ledger.book_loss("n2", 1, Micros(20), "nanogpt")
    assert await ledger.statements.budget_today() == (50, 500)


# An account's share of the operator's day.

SHARED = replace(OPERATOR, day_share=Decimal("0.5"), unshared=frozenset({"telegram:owner"}))
"""Half of the day's 500 for one account."""


async def test_one_account_uses_no_more_than_its_share_of_the_day(opened: Opened, clock: Clock) -> None:
    ledger = opened(SHARED)
    await hold(ledger, "n1", 200)
    await ledger.settle("n1", Micros(200))
    assert await ledger.hold("n2", ANN, "nanogpt", quote(51)) == Wait(WaitReason.DAY_SHARE, UNTIL_TOMORROW)
    await hold(ledger, "n3", 50)
    await hold(ledger, "n4", 200, account=BOB)
    await hold(ledger, "n5", 0)
    tomorrow(clock)
    await hold(ledger, "n6", 250)


async def test_lost_calls_count_for_the_share_of_their_account_alone(opened: Opened) -> None:
    ledger = opened(SHARED)
    await hold(ledger, "n1", 100)
    await ledger.release("n1")
    await ledger.book_loss("n1", 1, Micros(100), "nanogpt")
    assert isinstance(await ledger.hold("n2", ANN, "nanogpt", quote(151)), Wait)
    await hold(ledger, "n3", 151, account=BOB)


async def test_what_costs_more_than_a_whole_share_need_not_wait_for_tomorrow(opened: Opened) -> None:
    with pytest.raises(TooDear):
        await hold(opened(SHARED), "n1", 251)


@pytest.mark.parametrize("account", ["telegram:owner", "console:ada"])
async def test_owners_and_the_console_may_use_the_whole_day(opened: Opened, account: str) -> None:
    await hold(opened(SHARED), "n1", 500, account=account)


async def test_money_that_was_paid_in_may_use_the_whole_day(opened: Opened) -> None:
    ledger = opened(replace(SHARED, plan=Plan.PREPAID))
    await ledger.credit(ANN, Micros(1000), "a")
    await hold(ledger, "n1", 500)


@pytest.mark.parametrize("price", [1, 300])
async def test_the_last_of_the_money_that_was_paid_in_may_use_the_whole_day_too(opened: Opened, price: int) -> None:
    ledger = opened(replace(SHARED, plan=Plan.PREPAID))
    await ledger.credit(ANN, Micros(price), "a")
    dear = Quote("m", 60, cost=Micros(300), price=Micros(price))
    assert await ledger.hold("n1", ANN, "nanogpt", dear) == Held(Micros(price))


async def test_neither_an_allowance_nor_free_minutes_may_use_more_than_the_share(opened: Opened) -> None:
    granted = opened(replace(SHARED, plan=Plan.ALLOWANCE, allowance=Micros(1000)))
    free = opened(replace(SHARED, plan=Plan.PREPAID, free_seconds=60))
    for ledger, account in ((granted, ANN), (free, BOB)):
        with pytest.raises(TooDear):
            await hold(ledger, "n1", 300, account=account)
