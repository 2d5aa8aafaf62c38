"""Cancellation: work that stops when a user cancels it, and short work that is finished once it has begun."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import structlog

from bot.domain.errors import Cancelled

log = structlog.get_logger()

T = TypeVar("T")

LOOK_EVERY = 0.5  # seconds
LONGEST_WORK = 60.0
"""Seconds of work that is not cancelled. It is done by threads, on a local disk: what takes longer hangs."""
END_SECONDS = 10.0
"""Longest wait for tasks that were cancelled."""
_CANCEL_EVERY = 0.25


async def unless(
    cancelled: Callable[[], Awaitable[bool]], work: Coroutine[Any, Any, T], meanwhile: Callable[[], Awaitable[None]]
) -> T:
    """Do the work; stop it and raise Cancelled as soon as `cancelled` returns True (called twice a second).

    `meanwhile` runs after each call. Work that is done at once is neither checked nor reported.
    """
    task = asyncio.create_task(work)
    try:
        while True:
            done, _ = await asyncio.wait([task], timeout=LOOK_EVERY)
            if done:
                return task.result()
            if await cancelled() and not task.done():  # what was done meanwhile may be paid
                raise Cancelled
            await meanwhile()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def cancellations() -> int:
    """Return how often the current task was cancelled: a library may raise another error than CancelledError then."""
    task = asyncio.current_task()
    return task.cancelling() if task is not None else 0


async def end_tasks(*tasks: "asyncio.Task[Any]", seconds: float = END_SECONDS) -> None:
    """Cancel tasks until they end: some libraries swallow a cancellation. One that never ends is left, and logged."""
    end = asyncio.get_running_loop().time() + seconds
    alive = {task for task in tasks if not task.done()}
    while alive and asyncio.get_running_loop().time() < end:
        for task in alive:
            task.cancel()
        _, alive = await asyncio.wait(alive, timeout=_CANCEL_EVERY)
    for task in tasks:
        task.add_done_callback(_look_at_outcome)
    if alive:
        log.error("tasks_do_not_end", tasks=sorted(task.get_name() for task in alive))


class _Steady(asyncio.Task[T]):
    """A task that no one cancels, but `give_up`. A loop that ends, which cancels every task, waits for it instead."""

    def cancel(self, msg: Any | None = None) -> bool:  # noqa: ARG002  # asyncio's signature
        return False

    def give_up(self) -> None:
        super().cancel()


async def to_the_end(work: Coroutine[Any, Any, T], seconds: float = LONGEST_WORK) -> T:
    """Do short work whole; a cancellation goes on when it is done, and its outcome is dropped then.

    Raises TimeoutError if the work takes so many seconds; it is cancelled then. The caller tidies up what such work
    opened: it may be there when CancelledError is raised.
    """
    loop = asyncio.get_running_loop()
    task = _Steady(work, loop=loop)
    end, cancellation = loop.time() + seconds, None
    while not task.done() and loop.time() < end:
        try:
            await asyncio.wait([task], timeout=end - loop.time())
        except asyncio.CancelledError as error:
            cancellation = cancellation or error
    if not task.done():
        log.error("work_given_up", seconds=seconds)
        task.give_up()
    if cancellation is not None or not task.done():
        task.add_done_callback(_look_at_outcome)
        raise cancellation or TimeoutError
    return task.result()


def _look_at_outcome(task: "asyncio.Task[Any]") -> None:
    """Look at a task's error, so that the loop does not report it."""
    if not task.cancelled():
        task.exception()
