"""The retry of work that must be done: after a fault that may pass, and never after a cancel."""

import asyncio
from collections.abc import Iterator

import pytest
import stamina

from bot.domain.errors import BudgetShort
from bot.domain.money import Micros
from bot.support.retry import ATTEMPTS, retry


@pytest.fixture(autouse=True)
def no_pauses() -> Iterator[None]:
    with stamina.set_testing(True, attempts=ATTEMPTS, cap=True):
        yield


async def test_a_fault_that_passes_is_waited_out() -> None:
    faults = [ConnectionResetError(), OSError()]

    async def work() -> str:
        if faults:
            raise faults.pop()
        return "done"

    assert await retry(work) == "done"


async def test_a_fault_that_does_not_pass_is_raised_after_some_attempts() -> None:
    tried = 0

    async def work() -> None:
        nonlocal tried
        tried += 1
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await retry(work)
    assert tried == ATTEMPTS


async def test_an_error_that_a_person_can_be_told_about_is_not_tried_again() -> None:
    tried = 0

    async def work() -> None:
        nonlocal tried
        tried += 1
        raise BudgetShort(price=Micros(1_000_000), available=Micros(0))

    with pytest.raises(BudgetShort):
        await retry(work)
    assert tried == 1


async def test_who_is_stopped_stops_at_once() -> None:
    tried, begun = 0, asyncio.Event()

    async def work() -> None:
        nonlocal tried
        tried += 1
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(retry(work))
    await begun.wait()
    task.cancel()
    async with asyncio.timeout(2):
        await asyncio.wait([task])
    assert task.cancelled()
    assert tried == 1
