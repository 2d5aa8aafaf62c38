"""Refunds: of payments, as far as the money is there, and of charges, to where they were paid from."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.domain.billing import Reversal
from bot.domain.errors import RefundShort
from bot.domain.money import MOST, Micros
from bot.ledger.account_merge import join
from bot.ledger.reports import By, report
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

# Payments.


async def test_a_refund_takes_back_what_was_paid_in_and_only_once(opened: Opened) -> None:
    ledger = opened(PREPAID)
    await ledger.credit(ANN, Micros(100), "stars:1")
    assert await ledger.credited("stars:1") == ([ANN], 100)
    assert await ledger.refund(ANN, Micros(100), "stars:1")
    assert not await ledger.refund(ANN, Micros(100), "stars:1")
    assert (await ledger.statements.balance(ANN)).balance == 0
    assert await ledger.credited("stars:2") is None


async def test_what_is_held_or_spent_cannot_be_refunded(opened: Opened) -> None:
    ledger = opened(PREPAID)
    await ledger.credit(ANN, Micros(100), "stars:1")
    await hold(ledger, "n1", 60)
    with pytest.raises(RefundShort, match="amount=100, available=40"):
        await ledger.refund(ANN, Micros(100), "stars:1")
    assert await ledger.release("n1")
    assert await ledger.refund(ANN, Micros(100), "stars:1"), "the one that failed booked nothing"


async def test_an_allowance_is_nobody_s_to_be_refunded(opened: Opened) -> None:
    ledger = opened(allowance(100))
    await hold(ledger, "n1", 1)
    await ledger.release("n1")
    with pytest.raises(RefundShort):
        await ledger.refund(ANN, Micros(1), "stars:1")


async def test_a_payment_that_its_payer_has_again_leaves_the_balance_once(opened: Opened, database: Database) -> None:
    ledger = opened(PREPAID)
    assert await ledger.reverse("stars:1", "stars:1:1") is None, "it never came"
    await ledger.credit(ANN, Micros(1000), "stars:1")
    await hold(ledger, "n1", 300)
    await ledger.settle("n1", Micros(300))
    await hold(ledger, "n2", 200)
    assert await ledger.reverse("stars:1", "stars:1:1", "given back") == Reversal(Micros(500), Micros(500))
    assert await ledger.reverse("stars:1", "stars:1:1") == Reversal(Micros(0), Micros(0))
    assert not await ledger.refund(ANN, Micros(1), "stars:1:1")
    assert await available(ledger) == 0
    assert await ledger.statements.lost_to_refunds_today() == 500
    moved = [("refund", ANN, "house:funding", 500), ("loss", "house:loss", "house:funding", 500)]
    assert (await transfers(database))[-2:] == moved


async def test_a_refund_of_our_own_is_not_taken_again(opened: Opened) -> None:
    ledger = opened(PREPAID)
    await ledger.credit(ANN, Micros(1000), "stars:1")
    await ledger.credit(ANN, Micros(1000), "stars:2")
    assert await ledger.refund(ANN, Micros(1000), "stars:1:1")
    assert await ledger.reverse("stars:1", "stars:1:1") == Reversal(Micros(0), Micros(0))
    assert await available(ledger) == 1000
    assert await ledger.statements.lost_to_refunds_today() == 0


async def test_a_payment_that_was_all_spent_before_it_was_paid_back_is_not_refunded_from_another(
    opened: Opened,
) -> None:
    ledger = opened(PREPAID)
    await ledger.credit(ANN, Micros(1000), "stars:1")
    await hold(ledger, "n1", 1000)
    await ledger.settle("n1", Micros(1000))
    assert await ledger.reverse("stars:1", "stars:1:1") == Reversal(Micros(0), Micros(1000))
    await ledger.credit(ANN, Micros(1000), "stars:2")
    assert not await ledger.refund(ANN, Micros(1000), "stars:1:1")
    assert await available(ledger) == 1000


# Charges.


async def test_a_charge_that_an_allowance_paid_goes_back_to_it(opened: Opened, clock: Clock) -> None:
    ledger = opened(allowance(500))
    await ledger.credit(ANN, Micros(100), "a")
    for note in ("n1", "n2"):
        await hold(ledger, note, 250)
        await ledger.settle(note, Micros(250))
    assert await ledger.refund_charge("n1") == await ledger.refund_charge("n1") == 250
    with pytest.raises(RefundShort):
        await ledger.refund(ANN, Micros(101), "r")
    assert await available(ledger) == 350
    clock.now = datetime(2026, 12, 15, tzinfo=UTC)
    assert await ledger.refund_charge("n2") == 250
    assert await available(ledger) == 600, "a new allowance, what was paid in, and nothing of the old month's"


async def test_a_charge_goes_back_to_the_money_that_was_paid_in_and_can_be_paid_out(
    opened: Opened, database: Database
) -> None:
    ledger = opened(PREPAID)
    await ledger.credit(ANN, Micros(500), "a")
    for note in ("n1", "n2"):
        await hold(ledger, note, 200)
        await ledger.settle(note, Micros(200))
    assert await ledger.refund_charge("n1") == await ledger.refund_charge("n1") == 200
    assert await available(ledger) == 300
    assert (await transfers(database))[-1] == ("return", "house:revenue", ANN, 200)
    balance = await ledger.statements.balance(ANN)
    assert (balance.spent, balance.spent_this_month, balance.notes) == (200, 200, 2)
    [line] = await report(database, [By.USER])
    assert (line.where, line.charged, line.returned) == ({"user": ANN}, 400, 200)
    assert await ledger.refund(ANN, Micros(300), "r")


async def test_what_cost_its_user_nothing_is_refunded_with_nothing(opened: Opened, database: Database) -> None:
    free, open_plan = opened(replace(PREPAID, free_seconds=60)), opened(OPEN)
    await hold(free, "free", 100)
    assert (await free.settle("free", Micros(100))).charged == 0
    await hold(open_plan, "open", 100, account=BOB)
    assert (await open_plan.settle("open", Micros(100))).charged == 100
    await hold(open_plan, "held", 100, account=BOB)
    before = await transfers(database)
    for note in ("free", "open", "held", "unknown"):
        assert await free.refund_charge(note) == 0
    assert await transfers(database) == before
    assert (await free.statements.balance(BOB)).balance == 0


async def test_a_charge_that_two_months_paid_goes_back_as_far_as_its_month_goes_on(
    opened: Opened, clock: Clock
) -> None:
    ledger = opened(allowance(100))
    await ledger.credit(ANN, Micros(1000), "a")
    await hold(ledger, "n1", 300)
    await ledger.settle("n1", Micros(300))
    assert await available(ledger) == 800
    assert await ledger.refund_charge("n1") == 300
    assert await available(ledger) == 1100
    with pytest.raises(RefundShort, match="available=1000"):
        await ledger.refund(ANN, Micros(1001), "r")
    await hold(ledger, "n2", 300)
    await ledger.settle("n2", Micros(300))
    clock.now = datetime(2026, 12, 15, tzinfo=UTC)
    assert await available(ledger) == 900
    assert await ledger.refund_charge("n2") == 300
    assert await available(ledger) == 1100, "200 that were paid in, and nothing of November's allowance"


async def test_a_refund_of_nothing_or_of_an_absurd_amount_is_refused(opened: Opened) -> None:
    ledger = opened(PREPAID)
    await ledger.credit(ANN, MOST, "a")
    for amount in (0, -1, MOST + 1):
        with pytest.raises(ValueError, match=r"refund|amount"):
            await ledger.refund(ANN, Micros(amount), "r")
    assert await ledger.refund(ANN, MOST, "r")


async def test_what_an_account_paid_before_it_was_joined_goes_back_to_the_one_that_it_is_part_of(
    opened: Opened, database: Database, clock: Clock
) -> None:
    ledger, eve, mia, zoe = opened(PREPAID), "telegram:666", "telegram:777", "telegram:888"
    for who in (ANN, BOB, eve, mia, zoe):
        await ledger.credit(who, Micros(500), f"stars:{who}")
        await hold(ledger, who, 200, account=who)
        await ledger.settle(who, Micros(200))
    async with database.writing() as connection:
        for keeps, comes in ((mia, eve), (BOB, ANN), (zoe, BOB)):
            await join(connection, IDENTITIES.own(keeps), IDENTITIES.own(comes), keeps, PREPAID, clock.now)
    assert (await available(ledger, zoe), await available(ledger, mia)) == (900, 600)
    for number, who in enumerate((ANN, BOB, zoe), 1):
        assert await ledger.refund_charge(who) == 200
        assert await available(ledger, zoe) == 900 + 200 * number
    assert await ledger.reverse(f"stars:{ANN}", "r") == Reversal(Micros(500), Micros(0))
    assert await ledger.refund_charge(eve) == 200
    assert (await available(ledger, zoe), await available(ledger, mia)) == (1000, 800)
