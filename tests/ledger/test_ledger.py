"""The ledger through its own door: what is held, what is paid, what a crash cannot do."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from bot.domain.billing import Plan, Settlement
from bot.domain.errors import BudgetShort, InternalError
from bot.domain.money import MOST, Micros
from bot.ledger.statements import Spend
from bot.storage.database import Database
from tests.helpers.ledgers import ANN, PREPAID, Clock, Opened, allowance, available, hold, transfers

# What a note costs.


async def test_a_note_is_held_then_settled_to_what_it_really_cost(opened: Opened, database: Database) -> None:
    ledger = opened(PREPAID)
    await ledger.credit(ANN, Micros(1000), "invoice 1")
    await hold(ledger, "n1", 400)
    assert await available(ledger) == 600
    assert await ledger.settle("n1", Micros(250)) == Settlement(Micros(250), Micros(0), Plan.PREPAID, Micros(750))
    balance = await ledger.statements.balance(ANN)
    assert (balance.balance, balance.held, balance.spent, balance.spent_this_month, balance.notes) == (
        750,
        0,
        250,
        250,
        1,
    )
    assert await transfers(database) == [
        ("credit", "house:funding", ANN, 1000),
        ("charge", ANN, "house:revenue", 250),
        ("cost", "house:costs", "provider:nanogpt", 250),
    ]


async def test_a_released_hold_gives_everything_back(opened: Opened, database: Database) -> None:
    ledger = opened(PREPAID)
    await ledger.credit(ANN, Micros(500), "a")
    await hold(ledger, "n1", 500)
    assert await ledger.release("n1") is True
    assert await ledger.release("n1") is True, "again"
    assert await ledger.release("never held") is True
    assert await available(ledger) == 500
    assert len(await transfers(database)) == 1


async def test_what_is_too_much_is_refused_with_both_amounts(opened: Opened) -> None:
    ledger = opened(PREPAID)
    await ledger.credit(ANN, Micros(3_000), "a")
    await hold(ledger, "n1", 1_000)
    with pytest.raises(BudgetShort, match="price=2001, available=2000"):
        await hold(ledger, "n2", 2_001)
    assert await available(ledger) == 2_000
    await hold(ledger, "n2", 2_000)


async def test_nobody_without_money_can_hold_but_nothing_may_be_held_by_anybody(opened: Opened) -> None:
    ledger = opened(PREPAID)
    with pytest.raises(BudgetShort):
        await hold(ledger, "n1", 1)
    await hold(ledger, "n2", 0)
    assert await ledger.settle("n2", Micros(0)) == Settlement(Micros(0), Micros(0), Plan.PREPAID, Micros(0))


async def test_the_operators_markup_is_rounded_up_once(opened: Opened) -> None:
    ledger = opened(replace(PREPAID, markup=Decimal("1.15")))
    await ledger.credit(ANN, Micros(1000), "a")
    await hold(ledger, "n1", 100)
    assert (await ledger.settle("n1", Micros(33))).charged == 38  # 37.95
    [spend] = await ledger.statements.spend()
    assert (spend.charged, spend.cost, spend.lost) == (38, 33, 0)


async def test_a_note_above_its_hold_takes_what_is_there_beyond_it(opened: Opened) -> None:
    ledger = opened(PREPAID)
    await ledger.credit(ANN, Micros(1000), "a")
    await hold(ledger, "n1", 100)
    assert await ledger.settle("n1", Micros(700)) == Settlement(Micros(700), Micros(0), Plan.PREPAID, Micros(300))


async def test_what_a_user_cannot_pay_is_the_operators_loss(opened: Opened, database: Database) -> None:
    ledger = opened(PREPAID)
    await ledger.credit(ANN, Micros(300), "a")
    await hold(ledger, "n1", 100)
    await hold(ledger, "other", 150)
    assert await ledger.settle("n1", Micros(700)) == Settlement(Micros(150), Micros(550), Plan.PREPAID, Micros(0))
    assert await available(ledger) == 0
    assert ("loss", "house:loss", "house:revenue", 550) in await transfers(database)
    assert (await ledger.settle("other", Micros(150))).charged == 150


async def test_a_million_dollars_is_counted_to_the_micro_dollar(opened: Opened) -> None:
    ledger = opened(PREPAID)
    await ledger.credit(ANN, Micros(10**12), "a")
    await hold(ledger, "n1", 10**12 - 1)
    assert await ledger.settle("n1", Micros(10**12 - 3)) == Settlement(
        Micros(10**12 - 3), Micros(0), Plan.PREPAID, Micros(3)
    )


async def test_absurd_amounts_are_refused(opened: Opened) -> None:
    ledger = opened(PREPAID)
    for amount in (-1, 0, MOST + 1):
        with pytest.raises(ValueError, match=r"credit|amount"):
            await ledger.credit(ANN, Micros(amount), "a")
    await hold(ledger, "n1", 0)
    with pytest.raises(ValueError, match="amount"):
        await ledger.settle("n1", Micros(-1))


# Everything twice.


async def test_the_same_note_holds_once_whatever_became_of_it(opened: Opened) -> None:
    ledger = opened(PREPAID)
    await ledger.credit(ANN, Micros(1000), "a")
    for _ in range(3):
        await hold(ledger, "n1", 400)
    assert await available(ledger) == 600
    await ledger.release("n1")
    await hold(ledger, "n1", 400)
    assert await available(ledger) == 1000


async def test_settling_again_tells_the_same_and_moves_nothing(opened: Opened, database: Database) -> None:
    ledger = opened(PREPAID)
    await ledger.credit(ANN, Micros(300), "a")
    await hold(ledger, "n1", 100)
    first = await ledger.settle("n1", Micros(700))
    before = await transfers(database)
    assert await ledger.settle("n1", Micros(700)) == first
    assert await ledger.settle("n1", Micros(1)) == first
    assert await transfers(database) == before


async def test_a_settled_hold_cannot_be_released_any_more(opened: Opened) -> None:
    ledger = opened(PREPAID)
    await ledger.credit(ANN, Micros(300), "a")
    await hold(ledger, "n1", 100)
    await ledger.settle("n1", Micros(60))
    assert await ledger.release("n1") is False, "its call was paid"
    assert await available(ledger) == 240
    assert (await ledger.statements.balance(ANN)).spent == 60


async def test_what_was_never_held_or_was_given_back_cannot_be_settled(opened: Opened) -> None:
    ledger = opened(PREPAID)
    with pytest.raises(InternalError, match="no open hold"):
        await ledger.settle("unknown", Micros(1))
    await hold(ledger, "n1", 0)
    await ledger.release("n1")
    with pytest.raises(InternalError, match="no open hold"):
        await ledger.settle("n1", Micros(1))
    await ledger.release("unknown")
    await ledger.release("n1")


async def test_the_same_credit_counts_once(opened: Opened) -> None:
    ledger = opened(PREPAID)
    assert await ledger.credit(ANN, Micros(500), "invoice 1", memo="thank you")
    assert not await ledger.credit(ANN, Micros(500), "invoice 1")
    assert await available(ledger) == 500


async def test_a_call_that_may_have_been_charged_twice_is_the_operators_loss_once(
    opened: Opened, database: Database
) -> None:
    ledger = opened(PREPAID)
    await ledger.credit(ANN, Micros(500), "a")
    await hold(ledger, "n1", 100)
    for _ in range(2):
        await ledger.book_loss("n1", 1, Micros(90), "nanogpt")
        await ledger.book_loss("n1", 2, Micros(0), "nanogpt")
    await ledger.settle("n1", Micros(100))
    assert await available(ledger) == 400
    assert await ledger.statements.spend() == [
        Spend(ANN, "nanogpt", "whisper-base", "2026-11", 1, 60.0, Micros(100), Micros(190), Micros(90))
    ]
    assert [row for row in await transfers(database) if row[0].startswith("stray")] == [
        ("stray_loss", "house:loss", "house:revenue", 90),
        ("stray_cost", "house:costs", "provider:nanogpt", 90),
    ]


# Races.


async def test_of_thirty_holds_racing_for_a_budget_for_ten_exactly_ten_win(opened: Opened) -> None:
    ledger = opened(PREPAID)
    await ledger.credit(ANN, Micros(1000), "a")
    outcomes = await asyncio.gather(*(hold(ledger, f"n{i}", 100) for i in range(30)), return_exceptions=True)
    assert sum(outcome is None for outcome in outcomes) == 10
    assert sum(isinstance(outcome, BudgetShort) for outcome in outcomes) == 20
    assert (await ledger.statements.balance(ANN)).held == 1000


async def test_one_note_raced_by_everybody_moves_once(opened: Opened, database: Database) -> None:
    ledger = opened(allowance(1000))
    await asyncio.gather(*(hold(ledger, "n1", 100) for _ in range(8)))
    await asyncio.gather(*(ledger.settle("n1", Micros(70)) for _ in range(8)))
    await asyncio.gather(*(ledger.release("n1") for _ in range(8)))
    assert [kind for kind, *_ in await transfers(database)] == ["grant", "charge", "cost"]
    assert await available(ledger) == 930


async def test_settling_and_releasing_at_once_does_one_of_them(opened: Opened) -> None:
    ledger = opened(PREPAID)
    await ledger.credit(ANN, Micros(1000), "a")
    for i in range(5):
        await hold(ledger, f"n{i}", 100)
    jobs = [job for i in range(5) for job in (ledger.settle(f"n{i}", Micros(100)), ledger.release(f"n{i}"))]
    await asyncio.gather(*jobs, return_exceptions=True)
    balance = await ledger.statements.balance(ANN)
    assert balance.held == 0
    assert balance.balance == 1000 - 100 * balance.notes


# What cannot be done to it.


@pytest.mark.parametrize("statement", ["UPDATE transfer SET amount = 1", "DELETE FROM transfer"])
async def test_a_transfer_is_never_changed(opened: Opened, database: Database, statement: str) -> None:
    await opened(PREPAID).credit(ANN, Micros(5), "a")
    with pytest.raises(DBAPIError, match="transfer is append-only"):
        async with database.writing() as connection:
            await connection.execute(text(statement))


async def test_a_balance_cannot_go_below_what_is_held(opened: Opened, database: Database) -> None:
    await opened(PREPAID).credit(ANN, Micros(5), "a")
    with pytest.raises(DBAPIError, match="ck_account_held"):
        async with database.writing() as connection:
            await connection.execute(text("UPDATE account SET held = 6"))


async def test_a_user_cannot_be_called_like_the_operator(opened: Opened) -> None:
    with pytest.raises(ValueError, match="no identity of a person"):
        await opened(PREPAID).credit("house:revenue", Micros(5), "a")


@pytest.mark.parametrize("nth", range(1, 30))
async def test_a_crash_at_any_statement_leaves_nothing_half_done(
    opened: Opened, database: Database, clock: Clock, nth: int
) -> None:
    """The story of three notes over two months breaks at its nth statement, and is told again from its beginning."""
    ledger = opened(allowance(500))
    left = [nth]

    def crash(*_: object) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt

    async def story() -> None:
        clock.now = datetime(2026, 11, 15, tzinfo=UTC)
        await ledger.credit(ANN, Micros(100), "a")
        await hold(ledger, "n1", 300)
        await ledger.settle("n1", Micros(250))
        clock.now = datetime(2026, 12, 15, tzinfo=UTC)
        await hold(ledger, "n2", 550)
        await ledger.book_loss("n2", 1, Micros(40), "nanogpt")
        await ledger.settle("n2", Micros(700))
        await hold(ledger, "n3", 0)
        await ledger.release("n3")

    event.listen(database.writer.sync_engine, "before_cursor_execute", crash)
    try:
        with suppress(KeyboardInterrupt):
            await story()
        assert await ledger.audit() == []
    finally:
        event.remove(database.writer.sync_engine, "before_cursor_execute", crash)
    await story()
    balance = await ledger.statements.balance(ANN)
    assert (balance.balance, balance.spent, balance.notes) == (0, 850, 2)
    assert sum(spend.lost for spend in await ledger.statements.spend()) == 100 + 40
