"""The retry of work that must be done, for example when the database was away for a moment."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import stamina

from bot.domain.errors import EarmarkError

ATTEMPTS = 5
T = TypeVar("T")


async def retry(do: Callable[[], Awaitable[T]]) -> T:
    """Do it, and again after any fault that may pass: it must be safe to do twice. The last fault is raised."""
    async for attempt in stamina.retry_context(may_pass, attempts=ATTEMPTS, timeout=None):
        with attempt:
            return await do()
    raise AssertionError("the last attempt returns or raises")


def may_pass(error: BaseException) -> bool:
    """Return True for faults that may pass. An EarmarkError was retried by its raiser already; a cancel is no fault.

    Stamina asks about everything that is raised, whatever its types say.
    """
    return isinstance(error, Exception) and not isinstance(error, EarmarkError)
