"""The three plans, the turn of the month, and what the ledger tells of both."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.domain.billing import Plan, Quote, Settlement
from bot.domain.errors import BudgetShort
from bot.domain.money import Micros
from bot.ledger.statements import Spend
from bot.people.access import Lists, People
from bot.storage.database import Database
from tests.helpers.ledgers import (
    ANN,
    BOB,
    IDENTITIES,
    OPEN,
    PREPAID,
    Clock,
    Opened,
    allowance,
    available,
    hold,
    transfers,
)

# Months.


async def test_an_allowance_is_there_before_the_first_note_and_spent_by_notes(opened: Opened) -> None:
    ledger = opened(allowance(500))
    assert (await ledger.statements.balance(ANN)).balance == 500
    await hold(ledger, "n1", 400)
    with pytest.raises(BudgetShort):
        await hold(ledger, "n2", 101)
    assert (await ledger.settle("n1", Micros(400))).available == 100


async def test_a_note_that_is_settled_again_brings_no_allowance_to_an_account_that_was_merged_since(
    opened: Opened, clock: Clock, database: Database
) -> None:
    terms = allowance(500)
    ledger, people = opened(terms), People(database, clock, terms, IDENTITIES, Lists())
    await hold(ledger, "n1", 200, account=BOB)
    before = await ledger.settle("n1", Micros(200))
    await people.link(BOB, await people.code(ANN))
    clock.now = datetime(2026, 12, 15, tzinfo=UTC)
    after = await ledger.settle("n1", Micros(200))
    assert (after.charged, after.lost) == (before.charged, before.lost)
    assert after.available == await available(ledger) == 500


async def test_a_new_month_brings_the_allowance_and_takes_the_rest_of_the_old(
    opened: Opened, clock: Clock, database: Database
) -> None:
    ledger = opened(allowance(500))
    await hold(ledger, "n1", 200)
    await ledger.settle("n1", Micros(200))
    clock.now = datetime(2026, 12, 1, tzinfo=UTC)
    assert await available(ledger) == 500
    await hold(ledger, "n2", 0)
    assert await available(ledger) == 500
    assert ("expire", ANN, "house:allowance", 300) in await transfers(database)


async def test_the_same_month_of_another_year_is_another_month(opened: Opened, clock: Clock) -> None:
    ledger = opened(allowance(500))
    await hold(ledger, "n1", 500)
    await ledger.settle("n1", Micros(500))
    clock.now = datetime(2027, 11, 15, tzinfo=UTC)
    await hold(ledger, "n2", 500)
    await ledger.settle("n2", Micros(500))
    balance = await ledger.statements.balance(ANN)
    assert (balance.spent, balance.spent_this_month, balance.notes) == (1000, 500, 2)


async def test_december_turns_into_january(opened: Opened, clock: Clock) -> None:
    ledger = opened(allowance(500))
    clock.now = datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
    await hold(ledger, "n1", 500)
    with pytest.raises(BudgetShort):
        await hold(ledger, "n2", 1)
    clock.now += timedelta(seconds=1)
    await hold(ledger, "n2", 1)


async def test_a_month_begins_at_the_operators_midnight(opened: Opened, clock: Clock) -> None:
    ledger = opened(replace(allowance(500), month_zone=ZoneInfo("America/New_York")))
    clock.now = datetime(2026, 12, 1, 4, 59, tzinfo=UTC)
    await hold(ledger, "n1", 500)
    await ledger.settle("n1", Micros(500))
    assert await available(ledger) == 0
    clock.now = datetime(2026, 12, 1, 5, 0, tzinfo=UTC)
    assert await available(ledger) == 500
    assert [spend.month for spend in await ledger.statements.spend()] == ["2026-11"]
    assert await ledger.statements.spend("2026-12") == []


async def test_what_was_credited_outlives_the_month(opened: Opened, clock: Clock) -> None:
    ledger = opened(allowance(500))
    await ledger.credit(ANN, Micros(50), "a")
    await hold(ledger, "n1", 520)
    await ledger.settle("n1", Micros(520))
    assert await available(ledger) == 30
    clock.now = datetime(2026, 12, 5, tzinfo=UTC)
    assert await available(ledger) == 530
    await hold(ledger, "n2", 0)
    assert await available(ledger) == 530


async def test_what_is_held_over_the_end_of_a_month_does_not_expire(opened: Opened, clock: Clock) -> None:
    ledger = opened(allowance(500))
    await hold(ledger, "n1", 400)
    clock.now = datetime(2026, 12, 1, tzinfo=UTC)
    await hold(ledger, "n2", 500)
    assert (await ledger.settle("n1", Micros(400))).charged == 400
    assert (await ledger.settle("n2", Micros(500))).available == 0


async def test_a_note_that_is_settled_in_the_next_month_finds_its_allowance(opened: Opened, clock: Clock) -> None:
    ledger = opened(allowance(500))
    await hold(ledger, "n1", 400)
    clock.now = datetime(2026, 12, 1, tzinfo=UTC)
    assert (await ledger.settle("n1", Micros(700))).charged == 700
    assert await available(ledger) == 200


async def test_a_clock_that_is_set_back_grants_nothing(opened: Opened, clock: Clock) -> None:
    ledger = opened(allowance(500))
    await hold(ledger, "n1", 500)
    clock.now = datetime(2026, 10, 31, tzinfo=UTC)
    with pytest.raises(BudgetShort):
        await hold(ledger, "n2", 1)


# Plans.


async def test_in_the_open_plan_nothing_has_to_be_there_and_everything_is_counted(
    opened: Opened, database: Database
) -> None:
    ledger = opened(OPEN)
    await hold(ledger, "n1", 400)
    assert await ledger.settle("n1", Micros(450)) == Settlement(Micros(450), Micros(0), Plan.OPEN, Micros(0))
    balance = await ledger.statements.balance(ANN)
    assert (balance.plan, balance.balance, balance.held, balance.spent) == (Plan.OPEN, 0, 0, 450)
    assert await transfers(database) == [
        ("charge", "house:open", "house:revenue", 450),
        ("cost", "house:costs", "provider:nanogpt", 450),
    ]


async def test_a_user_may_have_terms_of_their_own(opened: Opened) -> None:
    ledger = opened(PREPAID)
    await ledger.set_plan(ANN, Plan.ALLOWANCE, Micros(70))
    await ledger.set_plan(BOB, Plan.OPEN)
    await hold(ledger, "n1", 70)
    await hold(ledger, "n2", 10**9, account=BOB)
    assert [(balance.user, balance.plan) for balance in await ledger.statements.balances()] == [
        (BOB, Plan.OPEN),
        (ANN, Plan.ALLOWANCE),
    ]
    await ledger.set_plan(BOB, None)
    with pytest.raises(BudgetShort):
        await hold(ledger, "n3", 1, account=BOB)


async def test_changing_plans_to_and_fro_grants_a_month_once(opened: Opened, clock: Clock) -> None:
    ledger = opened(allowance(500))
    await hold(ledger, "n1", 300)
    await ledger.set_plan(ANN, Plan.PREPAID)
    await ledger.set_plan(ANN, None)
    await hold(ledger, "n2", 200)
    clock.now = datetime(2026, 12, 1, tzinfo=UTC)
    await ledger.set_plan(ANN, Plan.PREPAID)
    await ledger.release("n2")
    assert (await ledger.statements.balance(ANN)).balance == 300
    await ledger.set_plan(ANN, None)
    assert (await ledger.statements.balance(ANN)).balance == 800


async def test_a_note_is_paid_by_the_account_of_its_hold(opened: Opened) -> None:
    ledger = opened(OPEN)
    await hold(ledger, "n1", 400)
    await ledger.set_plan(ANN, Plan.PREPAID)
    assert await ledger.settle("n1", Micros(400)) == Settlement(Micros(400), Micros(0), Plan.OPEN, Micros(0))


async def test_leaving_the_allowance_plan_gives_up_what_is_left_of_it_with_the_month(
    opened: Opened, clock: Clock
) -> None:
    ledger = opened(allowance(500))
    await hold(ledger, "n1", 300)
    await ledger.set_plan(ANN, Plan.PREPAID)
    clock.now = datetime(2026, 12, 1, tzinfo=UTC)
    await hold(ledger, "n2", 0)
    await ledger.release("n1")
    await hold(ledger, "n3", 0)
    assert (await ledger.statements.balance(ANN)).balance == 0
    await ledger.set_plan(ANN, None)
    assert (await ledger.statements.balance(ANN)).balance == 500


# What it tells.


async def test_spending_is_told_by_account_provider_model_and_month(opened: Opened, clock: Clock) -> None:
    ledger = opened(OPEN)
    await ledger.hold("n1", ANN, "local", Quote("whisper-base", 30.5, Micros(0), Micros(0)))
    await ledger.settle("n1", Micros(0))
    for i in range(2):
        await hold(ledger, f"cloud {i}", 100, account=BOB)
        await ledger.settle(f"cloud {i}", Micros(90))
    clock.now = datetime(2026, 12, 2, tzinfo=UTC)
    await hold(ledger, "later", 100)
    await ledger.settle("later", Micros(80))
    await ledger.book_loss("nobody's", 1, Micros(7), "nanogpt")
    november = [
        Spend(BOB, "nanogpt", "whisper-base", "2026-11", 2, 120.0, Micros(180), Micros(180)),
        Spend(ANN, "local", "whisper-base", "2026-11", 1, 30.5),
    ]
    december = [
        Spend("", "nanogpt", "", "2026-12", cost=Micros(7), lost=Micros(7)),
        Spend(ANN, "nanogpt", "whisper-base", "2026-12", 1, 60.0, Micros(80), Micros(80)),
    ]
    assert await ledger.statements.spend("2026-11") == november
    assert await ledger.statements.spend("2026-12") == december
    assert sorted(await ledger.statements.spend(), key=lambda spend: spend.month) == november + december


async def test_open_holds_are_listed_the_oldest_first(opened: Opened, clock: Clock) -> None:
    ledger = opened(OPEN)
    await hold(ledger, "n2", 5)
    clock.now += timedelta(hours=1)
    await hold(ledger, "n1", 7)
    await hold(ledger, "n3", 7)
    await ledger.settle("n3", Micros(7))
    listed = await ledger.statements.holds_open()
    assert [(held.note_id, held.amount, held.payer) for held in listed] == [("n2", 5, "house"), ("n1", 7, "house")]
    assert listed[1].created_at == clock.now


@pytest.mark.parametrize("place", ["telegram:-1004100001", "discord:server:7", "discord:channel:8"])
async def test_a_place_is_granted_nothing_before_its_first_use_or_after_it(opened: Opened, place: str) -> None:
    ledger = opened(replace(allowance(500), free_seconds=60.0))
    balance = await ledger.statements.balance(place)
    assert (balance.plan, balance.balance) == (Plan.PREPAID, 0)
    with pytest.raises(BudgetShort):
        await hold(ledger, "n1", 1, place)
    await ledger.credit(place, Micros(100), "of a member")
    await hold(ledger, "n2", 100, place)
    assert (await ledger.settle("n2", Micros(100))).charged == 100
    balance = await ledger.statements.balance(place)
    assert (balance.plan, balance.balance) == (Plan.PREPAID, 0)
