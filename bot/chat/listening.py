"""The time in which a platform listens to its users."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from bot.support.task_group import task_group
from bot.support.tracebacks import report


@asynccontextmanager
async def keep_listening(platform: str, run: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run a platform's listening while the context is open.

    What ends the listening ends the context with it: a service that is deaf must not look alive, and its supervisor
    starts it anew.
    """
    async with task_group() as tasks:
        running = tasks.create_task(run, name=platform)
        running.add_done_callback(partial(_tell_of_end, platform))
        try:
            yield
        finally:
            running.cancel()


def _tell_of_end(platform: str, running: asyncio.Task[None]) -> None:
    """Tell the operator which platform it was, whatever becomes of the error outside."""
    error = None if running.cancelled() else running.exception()
    if error is not None:
        report(f"{platform}_stopped", error)
