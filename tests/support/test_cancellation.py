"""Every task ends: what is not cancelled has a time limit, and a cancellation is never taken for another error."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.support.cancellation import end_tasks, to_the_end
from bot.support.retry import Backoff
from bot.support.task_group import task_group

SECONDS = 5.0


async def ended(work: Coroutine[Any, Any, object], *, begun: asyncio.Event | None = None) -> "asyncio.Task[object]":
    """Cancel work once it has begun; return its task when it ended."""
    task = asyncio.create_task(work)
    await (begun.wait() if begun is not None else asyncio.sleep(0.01))
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=SECONDS)
    assert done, "it never ends"
    return task


async def test_short_work_is_done_whole_though_its_caller_is_cancelled() -> None:
    begun, go, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        await go.wait()
        done.set()

    task = asyncio.create_task(to_the_end(work()))
    await begun.wait()
    for _ in range(3):
        task.cancel()
        await asyncio.sleep(0)
    assert not task.done()
    go.set()
    await asyncio.wait([task], timeout=SECONDS)
    assert task.cancelled()
    assert done.is_set()


async def test_a_fault_of_short_work_comes_out_of_it() -> None:
    async def work() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await to_the_end(work())


async def test_short_work_that_never_ends_is_given_up_when_its_time_is_over() -> None:
    with capture_logs() as logs, pytest.raises(TimeoutError):
        await to_the_end(asyncio.Event().wait(), seconds=0.05)
    assert [line["event"] for line in logs] == ["work_given_up"]
    task = await ended(to_the_end(asyncio.Event().wait(), seconds=0.05))
    assert task.cancelled()


async def test_the_time_of_short_work_begins_with_it_and_not_with_the_cancellation() -> None:
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(to_the_end(asyncio.Event().wait(), seconds=0.5))
    begun = loop.time()
    await asyncio.sleep(0.3)
    task.cancel()
    await asyncio.wait([task], timeout=SECONDS)
    assert task.cancelled()
    assert loop.time() - begun < 0.75


async def test_tasks_that_swallow_a_cancellation_are_cancelled_again() -> None:
    async def swallows() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.Event().wait()

    task = asyncio.create_task(swallows())
    await asyncio.sleep(0)
    await asyncio.wait_for(end_tasks(task), SECONDS)
    assert task.cancelled()


async def test_a_task_that_never_ends_is_left_and_logged() -> None:
    go = asyncio.Event()

    async def stubborn() -> None:
        while not go.is_set():
            try:
                await go.wait()
            except asyncio.CancelledError:
                continue

    task = asyncio.create_task(stubborn(), name="stubborn")
    await asyncio.sleep(0)
    with capture_logs() as logs:
        await end_tasks(task, seconds=0.3)
    assert [(line["event"], line["tasks"]) for line in logs] == [("tasks_do_not_end", ["stubborn"])]
    go.set()
    await task


async def fails_when_cancelled(begun: asyncio.Event) -> None:
    """Behave as a library that raises its own error when its task is cancelled."""
    begun.set()
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        raise ConnectionResetError from None


async def test_a_group_whose_owner_is_cancelled_is_cancelled_though_a_task_fails_then() -> None:
    begun = asyncio.Event()

    async def owner() -> None:
        async with task_group() as tasks:
            tasks.create_task(fails_when_cancelled(begun))

    task = await ended(owner(), begun=begun)
    assert task.cancelled()


async def test_a_group_raises_the_lone_error_of_a_task_and_its_owner_goes_on() -> None:
    async def fails() -> None:
        await asyncio.sleep(0)
        raise LookupError

    async def both() -> None:
        async with task_group() as tasks:
            tasks.create_task(fails())
            tasks.create_task(asyncio.Event().wait())

    with pytest.raises(LookupError):
        await both()
    owner = asyncio.current_task()
    assert owner is not None
    assert owner.cancelling() == 0
    await asyncio.sleep(0)


async def test_retries_end_when_they_are_cancelled_though_the_work_raises_another_error_then() -> None:
    begun = asyncio.Event()
    task = await ended(Backoff("failed").retry(lambda: fails_when_cancelled(begun)), begun=begun)
    assert task.cancelled()
