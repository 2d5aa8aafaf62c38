"""The owner of tasks."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Generator
from contextlib import asynccontextmanager
from contextvars import Context
from typing import Any, TypeVar

from bot.support.cancellation import cancellations

T = TypeVar("T")


class _Group(asyncio.TaskGroup):
    """Knows its unfinished tasks."""

    def __init__(self) -> None:
        super().__init__()
        self.unfinished: set[asyncio.Task[Any]] = set()

    def create_task(
        self,
        coro: Generator[Any, None, T] | Coroutine[Any, Any, T],
        *,
        name: str | None = None,
        context: Context | None = None,
    ) -> asyncio.Task[T]:
        task = super().create_task(coro, name=name, context=context)
        self.unfinished.add(task)
        task.add_done_callback(self.unfinished.discard)
        return task


@asynccontextmanager
async def task_group() -> AsyncIterator[asyncio.TaskGroup]:
    """Open a TaskGroup that raises a lone error as itself, so that its caller can tell the error's type.

    If its owner is cancelled, it raises CancelledError even if a task fails meanwhile. Before Python 3.13 a TaskGroup
    raises the task's error instead, and an owner that tries again after errors would never end.
    """
    before = cancellations()
    try:
        async with _Group() as group:
            yield group
            while group.unfinished:  # here, and not in its own end, a TaskGroup takes back how it cancels its owner
                await asyncio.wait(group.unfinished)
    except BaseExceptionGroup as errors:
        if cancellations() > before:
            raise asyncio.CancelledError from errors
        if len(errors.exceptions) == 1:
            raise errors.exceptions[0] from None
        raise
