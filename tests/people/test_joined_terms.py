"""Terms, months and limits of accounts that are joined, and of those that part again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.billing import Held, Plan
from bot.domain.errors import BudgetShort, DayShort, NoAccess
from bot.domain.money import Micros
from bot.ledger.accounts import Terms
from bot.ledger.identities import Identities
from bot.people.access import Access, Lists, People
from bot.storage.database import Database
from tests.helpers.ledgers import ANN, BOB, IDENTITIES, PREPAID, Clock, Opened, allowance, available, hold, quote


def people_of(database: Database, clock: Clock, terms: Terms = PREPAID) -> People:
    return People(database, clock, terms, IDENTITIES, Lists())


@pytest.mark.parametrize(("maker", "joiner"), [(ANN, BOB), (BOB, ANN)])
async def test_terms_that_an_operator_gave_to_one_of_two_hold_for_both_when_they_are_joined(
    opened: Opened, database: Database, clock: Clock, maker: str, joiner: str
) -> None:
    ledger, people = opened(PREPAID), people_of(database, clock)
    await ledger.set_plan(ANN, Plan.ALLOWANCE, Micros(70), Micros(50))
    await ledger.credit(BOB, Micros(1), "b")
    await people.link(joiner, await people.code(maker))
    balance = await ledger.statements.balance(BOB)
    assert (balance.plan, balance.balance) == (Plan.ALLOWANCE, 71)
    with pytest.raises(DayShort):
        await hold(ledger, "n1", 51, account=BOB)
    await hold(ledger, "n2", 50, account=BOB)
    await ledger.release("n2")
    clock.now += timedelta(days=31)
    assert (await ledger.statements.balance(BOB)).balance == 71, "the next month's allowance"


async def test_of_two_with_terms_of_their_own_those_of_the_account_that_stays_hold(
    opened: Opened, database: Database, clock: Clock
) -> None:
    ledger, people = opened(PREPAID), people_of(database, clock)
    await ledger.set_plan(ANN, Plan.ALLOWANCE, Micros(70), Micros(50))
    await ledger.set_plan(BOB, Plan.OPEN, Micros(900), Micros(800))
    await people.link(BOB, await people.code(ANN))
    balance = await ledger.statements.balance(BOB)
    assert (balance.plan, balance.balance) == (Plan.ALLOWANCE, 70)
    with pytest.raises(DayShort):
        await hold(ledger, "n1", 51, account=BOB)
    clock.now += timedelta(days=31)
    assert (await ledger.statements.balance(BOB)).balance == 70, "the next month's allowance"


async def test_who_was_let_in_is_let_in_with_the_account_that_it_joins(database: Database, clock: Clock) -> None:
    people = People(database, clock, PREPAID, IDENTITIES, Lists(strangers=False))
    old, new = "telegram:-100200", "telegram:-100300"
    for who in (ANN, old):
        await people.decide(who, Access.ALLOWED)
    await people.link(ANN, await people.code("api:ada"))
    await people.check(ANN)
    await people.move(old, new)
    await people.check(BOB, new)


async def test_an_account_that_is_made_anew_when_two_part_gets_no_second_allowance_this_month(
    opened: Opened, database: Database, clock: Clock
) -> None:
    terms = allowance(500)
    ledger, people = opened(terms), people_of(database, clock, terms)
    await people.link(BOB, await people.code(ANN))
    await hold(ledger, "n1", 0, account=BOB)
    anew = People(database, clock, terms, Identities(b"the secret was lost"), Lists())
    await anew.unlink(BOB)
    assert await available(ledger, BOB) == 0
    with pytest.raises(BudgetShort):
        await hold(ledger, "n2", 1, account=BOB)


async def test_joining_leaves_the_holds_and_money_of_others_alone(
    opened: Opened, database: Database, clock: Clock
) -> None:
    eve = "telegram:666"
    ledger, people = opened(replace(PREPAID, free_seconds=60)), people_of(database, clock)
    for who in (ANN, BOB, eve):
        await ledger.credit(who, Micros(100), who)
    assert await ledger.hold("n1", eve, "nanogpt", quote(100, 120)) == Held(Micros(50))
    await people.link(BOB, await people.code(ANN))
    assert await available(ledger, eve) == 50
    assert (await ledger.settle("n1", Micros(100))).available == 50
    assert await available(ledger, ANN) == 200
    await people.unlink(BOB)
    assert [await available(ledger, who) for who in (ANN, BOB, eve)] == [200, 0, 50]


async def test_parting_hands_a_block_and_a_month_on_to_the_one_that_leaves_and_to_no_other(
    opened: Opened, database: Database, clock: Clock
) -> None:
    eve, terms = "telegram:666", allowance(500)
    ledger, people = opened(terms), people_of(database, clock, terms)
    for who in (ANN, eve):
        await hold(ledger, f"first of {who}", 300, account=who)
        await ledger.settle(f"first of {who}", Micros(300))
    await people.link(BOB, await people.code(ANN))
    clock.now += timedelta(days=31)
    await hold(ledger, "n1", 0)
    await people.decide(ANN, Access.BLOCKED)
    await people.unlink(BOB)
    with pytest.raises(NoAccess):
        await people.check(BOB)
    await people.check(eve)
    assert await available(ledger, BOB) == 0
    await hold(ledger, "n2", 500, account=eve)
