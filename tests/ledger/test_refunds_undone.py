"""A refund that came to nothing is undone: exactly what it took is there again, once."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.errors import RefundShort
from bot.domain.money import Micros
from bot.ledger.ledger import Ledger
from tests.helpers.databases import fresh_database
from tests.helpers.ledgers import ANN, IDENTITIES, PREPAID, Opened, available, hold, mid_november

OURS = "our own"
STEPS = st.lists(st.sampled_from(["refund", "reverse", "undo", "top up"]), max_size=8)


async def spend(ledger: Ledger, amount: int) -> None:
    if amount:
        await hold(ledger, "n1", amount)
        await ledger.settle("n1", Micros(amount))


async def undone(ledger: Ledger) -> int:
    return await ledger.undo_refund("stars:1:1", OURS, "undone:1")


async def test_what_a_refund_took_is_there_again_once(opened: Opened) -> None:
    ledger = opened(PREPAID)
    await ledger.credit(ANN, Micros(1000), "stars:1")
    assert await undone(ledger) == 0, "nothing was taken yet"
    assert await ledger.refund(ANN, Micros(1000), "stars:1:1", OURS)
    assert await undone(ledger) == await undone(ledger) == 1000
    assert await available(ledger) == 1000


@pytest.mark.parametrize("spent", [0, 300, 1000])
async def test_what_the_payer_has_again_is_not_credited_back(opened: Opened, spent: int) -> None:
    ledger = opened(PREPAID)
    await ledger.credit(ANN, Micros(1000), "stars:1")
    await spend(ledger, spent)
    await ledger.reverse("stars:1", "stars:1:1", "given back")
    assert not await ledger.refund(ANN, Micros(1000), "stars:1:1", OURS)
    assert await undone(ledger) == 0
    assert await available(ledger) == 0


@given(st.integers(0, 1000), STEPS)
@settings(max_examples=25, deadline=None)
def test_no_order_of_events_credits_back_more_than_was_taken(spent: int, steps: list[str]) -> None:
    asyncio.run(_lived(spent, steps))


async def _lived(spent: int, steps: list[str]) -> None:
    with TemporaryDirectory() as folder:
        async with fresh_database("sqlite", Path(folder)) as database:
            ledger = Ledger(database, mid_november(), PREPAID, IDENTITIES)
            paid_in, taken = 1000, 0
            await ledger.credit(ANN, Micros(1000), "stars:1")
            await spend(ledger, spent)
            for step in steps:
                before = await available(ledger)
                if step == "top up":
                    paid_in += await ledger.credit(ANN, Micros(500), "stars:2") and 500
                    continue
                await _do(ledger, step)
                taken += before - await available(ledger)
                assert 0 <= taken <= 1000
            assert await available(ledger) == paid_in - spent - taken
            assert await ledger.audit() == []


async def _do(ledger: Ledger, step: str) -> None:
    if step == "reverse":
        await ledger.reverse("stars:1", "stars:1:1", "given back")
    elif step == "undo":
        await undone(ledger)
    else:
        try:
            await ledger.refund(ANN, Micros(1000), "stars:1:1", OURS)
        except RefundShort:
            assert await available(ledger) < 1000
