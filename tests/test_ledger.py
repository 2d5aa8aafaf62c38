"""The ledger through its own door: what is held, what is paid, what a crash cannot do."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import DBAPIError

from bot.db import Database
from bot.errors import BudgetShort, InternalError
from bot.ledger import Ledger, Settlement, Spend, Terms
from bot.model import NoteState, Plan, Quote
from bot.money import MOST, Micros
from bot.tables import note, transfer
from tests.databases import STORES, fresh_database

ANN = "telegram:1"
BOB = "discord:2"
PREPAID = Terms(Plan.PREPAID)
OPEN = Terms(Plan.OPEN)


class Clock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(params=STORES)
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    async with fresh_database(request.param, tmp_path) as database:
        yield database


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2026, 11, 15, 12, tzinfo=UTC))


Opened = Callable[[Terms], Ledger]


@pytest.fixture
async def opened(database: Database, clock: Clock) -> AsyncIterator[Opened]:
    """Ledgers over one database; whatever a test did, the audit finds nothing wrong at its end."""
    ledgers: list[Ledger] = []

    def open_ledger(terms: Terms) -> Ledger:
        ledgers.append(Ledger(database, clock, terms))
        return ledgers[-1]

    yield open_ledger
    for ledger in ledgers:
        assert await ledger.audit() == []


def quote(price: int, seconds: float = 60.0) -> Quote:
    return Quote("whisper-base", seconds, cost=Micros(price), price=Micros(price))


def allowance(amount: int) -> Terms:
    return Terms(Plan.ALLOWANCE, allowance=Micros(amount))


async def hold(ledger: Ledger, note_id: str, price: int, account: str = ANN) -> None:
    await ledger.hold(note_id, account, "nanogpt", quote(price))


async def available(ledger: Ledger, account: str = ANN) -> int:
    balance = await ledger.balance(account)
    return balance.balance - balance.held


async def transfers(database: Database) -> list[tuple[str, str, str, int]]:
    columns = (transfer.c.kind, transfer.c.debit, transfer.c.credit, transfer.c.amount)
    async with database.reading() as connection:
        return [tuple(row) for row in await connection.execute(select(*columns).order_by(transfer.c.id))]


# What a note costs.


async def test_a_note_is_held_then_settled_to_what_it_really_cost(opened: Opened, database: Database) -> None:
    ledger = opened(PREPAID)
    await ledger.credit(ANN, Micros(1000), "invoice 1")
    await hold(ledger, "n1", 400)
    assert await available(ledger) == 600
    assert await ledger.settle("n1", Micros(250)) == Settlement(Micros(250), Micros(0), Plan.PREPAID, Micros(750))
    balance = await ledger.balance(ANN)
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
    await ledger.release("n1")
    assert await available(ledger) == 500
    assert len(await transfers(database)) == 1


async def test_what_is_too_much_is_refused_with_both_amounts(opened: Opened) -> None:
    ledger = opened(PREPAID)
    await ledger.credit(ANN, Micros(3_000), "a")
    await hold(ledger, "n1", 1_000)
    with pytest.raises(BudgetShort, match=r"This would cost \$0\.002001, and \$0\.002 is left to spend"):
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
    [spend] = await ledger.spend()
    assert (spend.charged, spend.cost, spend.lost) == (38, 33, 0)


async def test_a_note_above_its_hold_takes_what_is_there_beyond_it(opened: Opened) -> None:
    ledger = opened(PREPAID)
    await ledger.credit(ANN, Micros(1000), "a")
    await hold(ledger, "n1", 100)
    assert await ledger.settle("n1", Micros(700)) == Settlement(Micros(700), Micros(0), Plan.PREPAID, Micros(300))


async def test_what_a_user_cannot_pay_is_the_houses_loss(opened: Opened, database: Database) -> None:
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
    await ledger.release("n1")
    assert await available(ledger) == 240


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


async def test_a_call_that_may_have_been_charged_twice_is_the_houses_loss_once(
    opened: Opened, database: Database
) -> None:
    ledger = opened(PREPAID)
    await ledger.credit(ANN, Micros(500), "a")
    await hold(ledger, "n1", 100)
    for _ in range(2):
        await ledger.lose("n1", 1, Micros(90), "nanogpt")
        await ledger.lose("n1", 2, Micros(0), "nanogpt")
    await ledger.settle("n1", Micros(100))
    assert await available(ledger) == 400
    assert await ledger.spend() == [
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
    assert (await ledger.balance(ANN)).held == 1000


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
    balance = await ledger.balance(ANN)
    assert balance.held == 0
    assert balance.balance == 1000 - 100 * balance.notes


# Months.


async def test_an_allowance_is_there_before_the_first_note_and_spent_by_notes(opened: Opened) -> None:
    ledger = opened(allowance(500))
    assert (await ledger.balance(ANN)).balance == 500
    await hold(ledger, "n1", 400)
    with pytest.raises(BudgetShort):
        await hold(ledger, "n2", 101)
    assert (await ledger.settle("n1", Micros(400))).available == 100


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
    balance = await ledger.balance(ANN)
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
    assert [spend.month for spend in await ledger.spend()] == ["2026-11"]
    assert await ledger.spend("2026-12") == []


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
    balance = await ledger.balance(ANN)
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
    assert [(balance.user, balance.plan) for balance in await ledger.balances()] == [
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
    assert (await ledger.balance(ANN)).balance == 300
    await ledger.set_plan(ANN, None)
    assert (await ledger.balance(ANN)).balance == 800


async def test_a_note_is_paid_by_whom_it_was_held_for(opened: Opened) -> None:
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
    assert (await ledger.balance(ANN)).balance == 0
    await ledger.set_plan(ANN, None)
    assert (await ledger.balance(ANN)).balance == 500


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
    await ledger.lose("nobody's", 1, Micros(7), "nanogpt")
    november = [
        Spend(BOB, "nanogpt", "whisper-base", "2026-11", 2, 120.0, Micros(180), Micros(180)),
        Spend(ANN, "local", "whisper-base", "2026-11", 1, 30.5),
    ]
    december = [
        Spend("", "nanogpt", "", "2026-12", cost=Micros(7), lost=Micros(7)),
        Spend(ANN, "nanogpt", "whisper-base", "2026-12", 1, 60.0, Micros(80), Micros(80)),
    ]
    assert await ledger.spend("2026-11") == november
    assert await ledger.spend("2026-12") == december
    assert sorted(await ledger.spend(), key=lambda spend: spend.month) == november + december


async def test_open_holds_are_listed_the_oldest_first(opened: Opened, clock: Clock) -> None:
    ledger = opened(OPEN)
    await hold(ledger, "n2", 5)
    clock.now += timedelta(hours=1)
    await hold(ledger, "n1", 7)
    await hold(ledger, "n3", 7)
    await ledger.settle("n3", Micros(7))
    listed = await ledger.holds_open()
    assert [(held.note_id, held.amount, held.payer) for held in listed] == [("n2", 5, "house"), ("n1", 7, "house")]
    assert listed[1].created_at == clock.now


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


async def test_a_user_cannot_be_called_like_the_house(opened: Opened) -> None:
    with pytest.raises(DBAPIError, match="ck_account_id"):
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
        await ledger.lose("n2", 1, Micros(40), "nanogpt")
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
    balance = await ledger.balance(ANN)
    assert (balance.balance, balance.spent, balance.notes) == (0, 850, 2)
    assert sum(spend.lost for spend in await ledger.spend()) == 100 + 40


# The audit.


async def spoilt(database: Database, *statements: str) -> list[str]:
    """What the audit says after a hand reached into the tables."""
    ledger = Ledger(database, Clock(datetime(2026, 11, 15, tzinfo=UTC)), allowance(500))
    await ledger.credit(ANN, Micros(1000), "a")
    await hold(ledger, "n1", 300)
    await ledger.settle("n1", Micros(200))
    await hold(ledger, "n2", 100)
    assert await ledger.audit() == []
    async with database.writing() as connection:
        for statement in statements:
            await connection.execute(text(statement))
    return await ledger.audit()


@pytest.mark.parametrize(
    ("statement", "sentences"),
    [
        (
            "UPDATE account SET posted = posted + 1",
            [
                "The balance of telegram:1 says $0.001301, its transfers make $0.0013.",
                "All accounts together make $0.000001 instead of nothing.",
            ],
        ),
        (
            "UPDATE account SET held = held - 1",
            ["The held amount of telegram:1 says $0.000099, its open holds make $0.0001."],
        ),
        (
            "UPDATE account SET granted = 0",
            ["The rest of its grant of telegram:1 says $0.00, its transfers make $0.0003."],
        ),
        (
            "UPDATE hold SET charged = 150 WHERE note_id = 'n1'",
            [
                "The settled hold of note n1 says $0.00015 charged, $0.00 lost and $0.0002 of cost; "
                "its transfers say $0.0002, $0.00 and $0.0002."
            ],
        ),
        (
            "INSERT INTO transfer (at, month, kind, debit, credit, amount, note_id, ref) "
            "VALUES ('2026', '2026-11', 'cost', 'house:costs', 'provider:x', 5, 'n9', 'forged')",
            ["Transfer 5 is a cost of note n9, which has no hold."],
        ),
        (
            "INSERT INTO transfer (at, month, kind, debit, credit, amount, ref) "
            "VALUES ('2026', '2026-11', 'credit', 'house:funding', 'telegram:9', 5, 'forged')",
            ["The transfers name telegram:9, which is no account."],
        ),
        (
            "INSERT INTO transfer (at, month, kind, debit, credit, amount, note_id, ref) "
            "VALUES ('2026', '2026-11', 'loss', 'house:loss', 'house:revenue', 5, 'n2', 'forged')",
            [
                "The open hold of note n2 says $0.00 charged, $0.00 lost and $0.00 of cost; "
                "its transfers say $0.00, $0.000005 and $0.00."
            ],
        ),
    ],
)
async def test_the_audit_says_what_is_wrong(database: Database, statement: str, sentences: list[str]) -> None:
    assert await spoilt(database, statement) == sentences


async def test_the_audit_finds_a_finished_note_that_still_holds_money(database: Database) -> None:
    ledger = Ledger(database, Clock(datetime(2026, 11, 15, tzinfo=UTC)), PREPAID)
    await ledger.credit(ANN, Micros(100), "a")
    await hold(ledger, "n1", 100)
    async with database.writing() as connection:
        names = dict.fromkeys(("platform", "bot", "chat", "message", "account"), "x")
        plain: dict[str, object] = {"media": {}, "options": {}, "details": {}, "state": NoteState.FAILED.value}
        await connection.execute(note.insert().values(id="n1", created_at=datetime.now(UTC), **names, **plain))
    assert await ledger.audit() == ["Note n1 is failed, but still holds $0.0001 of telegram:1."]


async def test_the_audit_runs_while_money_moves(opened: Opened) -> None:
    ledger = opened(OPEN)

    async def pay(user: int) -> None:
        for i in range(5):
            await hold(ledger, f"{user}-{i}", 10, account=f"telegram:{user}")
            await ledger.settle(f"{user}-{i}", Micros(9))

    async with asyncio.TaskGroup() as group:
        for user in range(4):
            group.create_task(pay(user))
        for _ in range(5):
            assert await ledger.audit() == []


async def test_hundreds_of_updates_of_one_account_are_all_there(opened: Opened) -> None:
    ledger = opened(PREPAID)
    await asyncio.gather(*(ledger.credit(ANN, Micros(1), f"{i}") for i in range(200)))
    assert await available(ledger) == 200
