"""Limits of a hold besides its balance: days, free minutes, the agreed price, and the operator's own day."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.billing import AskPrice, Held, Plan, Settlement
from bot.domain.errors import BudgetShort, DayShort
from bot.domain.money import Micros, part
from bot.domain.waiting import Wait, WaitReason
from bot.ledger.accounts import CANCELLED, Terms
from bot.people.access import Lists, People
from bot.storage.database import Database
from tests.helpers.ledgers import (
    ANN,
    BOB,
    IDENTITIES,
    PREPAID,
    Clock,
    Opened,
    allowance,
    available,
    hold,
    quote,
    transfers,
)

DAILY = replace(allowance(1000), day_allowance=Micros(100))
FREE = replace(PREPAID, free_seconds=90.0)
UNTIL_TOMORROW = datetime(2026, 11, 16, tzinfo=UTC)


def tomorrow(clock: Clock) -> None:
    clock.now += timedelta(days=1)


# Days.


async def test_an_allowance_is_spent_day_by_day(opened: Opened, clock: Clock) -> None:
    ledger = opened(DAILY)
    await hold(ledger, "n1", 60)
    await ledger.settle("n1", Micros(50))
    await hold(ledger, "n2", 50)
    with pytest.raises(DayShort, match="price=10, left=0"):
        await hold(ledger, "n3", 10)
    await ledger.release("n2")
    await hold(ledger, "n3", 10)
    tomorrow(clock)
    await hold(ledger, "n4", 100)


async def test_what_was_paid_in_is_not_bound_to_days(opened: Opened) -> None:
    ledger = opened(DAILY)
    await ledger.credit(ANN, Micros(500), "a")
    await hold(ledger, "n1", 500)
    await ledger.settle("n1", Micros(500))
    with pytest.raises(DayShort):
        await hold(opened(DAILY), "n2", 101, account=BOB)


async def test_an_account_may_have_a_day_of_its_own(opened: Opened) -> None:
    ledger = opened(DAILY)
    await ledger.set_plan(ANN, Plan.ALLOWANCE, None, Micros(300))
    await hold(ledger, "n1", 300)
    with pytest.raises(DayShort):
        await hold(ledger, "n2", 1)


async def test_a_day_is_not_begun_anew_by_joining_another(opened: Opened, database: Database, clock: Clock) -> None:
    ledger, people = opened(DAILY), People(database, clock, DAILY, IDENTITIES, Lists())
    await hold(ledger, "n1", 100, account=BOB)
    await ledger.settle("n1", Micros(100))
    await people.link(BOB, await people.code(ANN))
    with pytest.raises(DayShort):
        await hold(ledger, "n2", 1, account=BOB)


async def test_a_day_begins_at_the_operators_midnight_also_where_clocks_change(opened: Opened, clock: Clock) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    ledger = opened(replace(DAILY, month_zone=berlin))
    clock.now = datetime(2026, 10, 24, 21, 59, tzinfo=UTC)
    await hold(ledger, "n1", 100)
    clock.now = datetime(2026, 10, 24, 22, 1, tzinfo=UTC)
    await hold(ledger, "n2", 100)
    clock.now = datetime(2026, 10, 25, 22, 59, tzinfo=UTC)  # 25 hours later
    with pytest.raises(DayShort):
        await hold(ledger, "n3", 1)
    terms = Terms(Plan.OPEN, month_zone=berlin)
    assert terms.next_day(clock.now) == datetime(2026, 10, 25, 23, tzinfo=UTC)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Pacific/Apia", "America/Sao_Paulo", "Asia/Kathmandu"])
@given(at=st.datetimes(datetime(2000, 1, 2), datetime(2040, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001  # bounds have none
def test_every_moment_lies_within_its_day_and_month(zone: str, at: datetime) -> None:
    terms = Terms(Plan.OPEN, month_zone=ZoneInfo(zone))
    assert terms.month_began(at) <= terms.day_began(at) <= at < terms.next_day(at)
    assert timedelta(0) < terms.next_day(at) - terms.day_began(at) <= timedelta(hours=49)
    assert terms.month(terms.month_began(at)) == terms.month(at)
    assert terms.month(terms.month_began(at) - timedelta(seconds=1)) < terms.month(at)


async def test_of_a_hundred_holds_racing_for_a_day_as_many_win_as_it_has(opened: Opened) -> None:
    ledger = opened(DAILY)

    async def try_one(number: int) -> bool:
        try:
            await hold(ledger, f"n{number}", 10)
        except DayShort:
            return False
        return True

    assert sum(await asyncio.gather(*map(try_one, range(100)))) == 10


# Groups.


async def test_a_group_has_what_is_paid_in_for_it_and_is_granted_nothing(opened: Opened) -> None:
    ledger = opened(replace(allowance(500), free_seconds=600.0))
    group = "telegram:-100200"

    async def said_there(note_id: str) -> Held | AskPrice | Wait:
        return await ledger.hold(note_id, group, "nanogpt", quote(100), chat=group)

    with pytest.raises(BudgetShort):
        await said_there("n1")
    await ledger.credit(group, Micros(100), "a")
    assert await said_there("n2") == Held(Micros(100))
    await ledger.set_plan(group, Plan.ALLOWANCE, Micros(300))
    assert await said_there("n3") == Held(Micros(100)), "unless an operator gives it an allowance"


async def test_what_pays_for_its_own_chat_is_a_group_whatever_its_name_and_no_other_is(opened: Opened) -> None:
    ledger = opened(replace(allowance(500), free_seconds=600.0))
    await hold(ledger, "n1", 0, account=BOB)
    with pytest.raises(BudgetShort):
        await ledger.hold("n2", "folder:club", "nanogpt", quote(100), chat="folder:club")
    await ledger.credit("folder:club", Micros(100), "a")
    assert await ledger.hold("n2", "folder:club", "nanogpt", quote(100), chat="folder:club") == Held(Micros(100))
    assert await available(ledger, BOB) == 500
    assert await ledger.hold("n3", BOB, "nanogpt", quote(100), chat="folder:club") == Held(Micros(0))


# Free minutes.


async def test_free_minutes_are_nobodys_to_pay(opened: Opened, database: Database, clock: Clock) -> None:
    ledger = opened(FREE)
    await ledger.credit(ANN, Micros(1000), "a")
    assert await ledger.hold("n1", ANN, "nanogpt", quote(100)) == Held(Micros(0))
    assert await ledger.hold("n2", ANN, "nanogpt", quote(100)) == Held(Micros(50)), "half a minute was left"
    assert await ledger.hold("n3", ANN, "nanogpt", quote(100)) == Held(Micros(100))
    assert await ledger.settle("n1", Micros(100)) == Settlement(Micros(0), Micros(0), Plan.PREPAID, Micros(850))
    assert (await ledger.settle("n2", Micros(90))).charged == 45
    assert ("free", "house:free", "house:revenue", 45) in await transfers(database)
    clock.now = datetime(2026, 12, 1, tzinfo=UTC)
    assert await ledger.hold("n4", ANN, "nanogpt", quote(100)) == Held(Micros(0)), "each month has its own"


async def test_a_part_of_a_note_uses_up_no_more_free_minutes_than_it_has(opened: Opened) -> None:
    ledger = opened(FREE)
    await ledger.credit(ANN, Micros(1000), "a")
    assert await ledger.hold("n1", ANN, "nanogpt", quote(300, seconds=180)) == Held(Micros(150))
    assert (await ledger.settle("n1", Micros(100), seconds=60.0)).charged == 0
    assert (await ledger.settle("n1", Micros(100), seconds=60.0)).charged == 0
    assert await ledger.hold("n2", ANN, "nanogpt", quote(100)) == Held(Micros(50)), "half a minute was left"


async def test_a_note_that_was_given_up_gives_its_free_minutes_back(opened: Opened) -> None:
    ledger = opened(FREE)
    await hold(ledger, "n1", 100)
    await ledger.release("n1")
    assert await ledger.hold("n2", ANN, "nanogpt", quote(100)) == Held(Micros(0))
    assert await ledger.hold("n3", BOB, "nanogpt", quote(0)) == Held(Micros(0))
    whole = await ledger.hold("n4", BOB, "nanogpt", quote(100, seconds=90))
    assert whole == Held(Micros(0)), "what costs nothing uses none up"


async def test_free_minutes_do_not_come_back_by_linking_and_parting(
    opened: Opened, database: Database, clock: Clock
) -> None:
    ledger, people = opened(FREE), People(database, clock, FREE, IDENTITIES, Lists())
    assert await ledger.hold("n1", BOB, "nanogpt", quote(100, seconds=90)) == Held(Micros(0))
    await people.link(BOB, await people.code(ANN))
    await people.unlink(BOB)
    with pytest.raises(BudgetShort):
        await hold(ledger, "n2", 100, account=BOB)


@given(st.integers(0, 10**15), st.floats(0, 10**6), st.floats(0, 10**6))
def test_a_part_and_the_rest_are_the_whole(amount: int, share: float, whole: float) -> None:
    assert 0 <= part(amount, share, whole) <= amount
    assert part(amount, whole, whole) == amount


# The price that its sender agreed to.


async def test_what_is_above_the_agreed_price_is_asked_and_holds_nothing(opened: Opened) -> None:
    ledger = opened(PREPAID)
    await ledger.credit(ANN, Micros(100), "a")
    assert await ledger.hold("n1", ANN, "nanogpt", quote(60), ask_above=Micros(59)) == AskPrice(Micros(60))
    assert await available(ledger) == 100
    with pytest.raises(BudgetShort):
        await ledger.hold("n1", ANN, "nanogpt", quote(101), ask_above=Micros(5))
    assert await ledger.hold("n1", ANN, "nanogpt", quote(60), ask_above=Micros(60)) == Held(Micros(60))


async def test_free_minutes_count_before_anybody_is_asked(opened: Opened) -> None:
    ledger = opened(FREE)
    assert await ledger.hold("n1", ANN, "nanogpt", quote(60), ask_above=Micros(59)) == Held(Micros(0))


# Losses that an account causes.


async def test_an_account_that_caused_more_losses_than_it_may_waits_until_tomorrow(
    opened: Opened, clock: Clock
) -> None:
    ledger = opened(replace(PREPAID, loss_limit=Micros(99)))
    await ledger.credit(ANN, Micros(100), "a")
    await hold(ledger, "n1", 40)
    await ledger.settle("n1", Micros(150))
    assert await available(ledger) == 0
    await ledger.credit(ANN, Micros(100), "b")
    await hold(ledger, "n2", 10)
    await ledger.release("n2")
    await ledger.book_loss("n2", 1, Micros(49), "nanogpt")
    await hold(ledger, "n3", 10)
    await ledger.book_loss("n3", 1, Micros(50), "nanogpt", CANCELLED)
    assert await ledger.hold("n4", ANN, "nanogpt", quote(10)) == Wait(WaitReason.USER_LOSSES, UNTIL_TOMORROW)
    await hold(ledger, "n5", 0)
    await ledger.credit(BOB, Micros(100), "c")
    await hold(ledger, "n6", 10, account=BOB)
    tomorrow(clock)
    await hold(ledger, "n7", 10)


async def test_a_payment_that_was_paid_back_after_it_was_spent_does_not_block_its_account(opened: Opened) -> None:
    ledger = opened(replace(PREPAID, loss_limit=Micros(99)))
    await ledger.credit(ANN, Micros(200), "stars:1")
    await hold(ledger, "n1", 200)
    await ledger.settle("n1", Micros(200))
    await ledger.reverse("stars:1", "stars:1:1")
    await ledger.credit(ANN, Micros(100), "stars:2")
    await hold(ledger, "n2", 10)
