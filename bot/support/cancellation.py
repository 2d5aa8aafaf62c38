"""Cancellation: work that stops when a user cancels it, and short work that is finished once it has begun."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from bot.domain.errors import Cancelled

T = TypeVar("T")

LOOK_EVERY = 0.5  # seconds


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


class _Steady(asyncio.Task[T]):
    """A task that no one cancels. A loop that ends, which cancels every task, waits for it instead."""

    def cancel(self, msg: Any | None = None) -> bool:  # noqa: ARG002  # asyncio's signature
        return False


async def to_the_end(work: Coroutine[Any, Any, T]) -> T:
    """Do short work whole; a cancellation goes on when it is done, and its outcome is dropped then.

    The caller tidies up what such work opened: it may be there when CancelledError is raised.
    """
    task = _Steady(work, loop=asyncio.get_running_loop())
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            with suppress(asyncio.CancelledError):  # the first one is raised again below
                await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # looked at, so that the loop does not report it
        raise
