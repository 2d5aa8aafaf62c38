"""Work that is finished once it has begun, even if its caller is cancelled."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")


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
