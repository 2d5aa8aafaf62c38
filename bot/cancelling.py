"""A user's cancel: work that stops when a flag in the database says so."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.errors import Cancelled

T = TypeVar("T")

LOOK_EVERY = 0.5  # seconds


async def unless(cancelled: Callable[[], Awaitable[bool]], work: Awaitable[T]) -> T:
    """Do the work; stop it and raise Cancelled as soon as `cancelled` says so (looked at twice a second).

    The flag is looked at from the start, so a note that was cancelled while it waited costs nothing.
    """
    task = asyncio.ensure_future(work)
    try:
        while True:
            if await cancelled():
                raise Cancelled
            done, _ = await asyncio.wait([task], timeout=LOOK_EVERY)
            if done:
                return task.result()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait([task])
