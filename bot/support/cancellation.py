"""A user's cancel: work that stops when a flag in the database says so."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
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
