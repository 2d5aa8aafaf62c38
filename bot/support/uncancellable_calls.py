"""Calls that are never broken off in the middle, for libraries that a cancelled call leaves in a bad state.

A caller may stop waiting, but the call goes on to its own end, which its library bounds; and the next call about the
same thing waits for it, lest an old text be written over a newer one.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

from bot.support.cancellation import end_tasks

T = TypeVar("T")


class UnderWay(Exception):
    """The call takes longer than its caller waits for it, and goes on; or `close` ended it."""


class UncancellableCalls:
    """Makes calls; those about the same thing one after the other."""

    def __init__(self, seconds: float) -> None:
        """`seconds`: timeout of a caller."""
        self._seconds = seconds
        self._newest: dict[str, asyncio.Task[object]] = {}
        self._tasks: set[asyncio.Task[object]] = set()

    def is_under_way(self, about: str) -> bool:
        return about in self._newest

    async def make(self, about: str, do: Callable[[], Awaitable[T]]) -> T:
        """Return the call's result, or raise what it raises; UnderWay if it takes too long, or is ended by `close`."""
        earlier = self._newest.get(about)
        task = asyncio.create_task(_after(earlier, do))
        self._newest[about] = task
        self._tasks.add(task)
        task.add_done_callback(partial(self._end, about))
        await self._ended(task)
        if task.cancelled():  # else the caller would look as if it had been cancelled itself
            raise UnderWay
        return task.result()

    async def all_made(self, about: str) -> None:
        """Wait for the end of the calls about something. Raises UnderWay if that takes too long."""
        newest = self._newest.get(about)
        if newest is not None:
            await self._ended(newest)

    async def close(self) -> None:
        """End what is under way."""
        await end_tasks(*self._tasks)

    async def _ended(self, task: asyncio.Task[Any]) -> None:
        done, _ = await asyncio.wait([task], timeout=self._seconds)
        if not done:
            raise UnderWay

    def _end(self, about: str, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        if self._newest.get(about) is task:
            del self._newest[about]
        if not task.cancelled():
            task.exception()  # looked at, as its caller may not wait for it any more


async def _after(earlier: asyncio.Task[object] | None, do: Callable[[], Awaitable[T]]) -> T:
    if earlier is not None:
        await asyncio.wait([earlier])
    return await do()
