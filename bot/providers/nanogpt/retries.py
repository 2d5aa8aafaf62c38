"""Retries of one call to NanoGPT, with growing pauses."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import stamina

from bot.domain.errors import EarmarkError
from bot.providers.nanogpt.transport import Answered

LONG_WAIT = 300.0
"""Seconds; longer waits of the provider give up the worker's place."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Timeouts and retry pauses, all in seconds."""

    answer: float = 120.0
    """For the answer to a submit; a longer recording has as long as it lasts."""
    poll: float = 30.0
    """For any other answer."""
    attempts: int = 5
    first: float = 0.5
    """Pause before the second attempt; it doubles from there to the longest."""
    longest: float = 20.0


class Again(Exception):
    """A call may be retried, after `wait` seconds if the provider said so; after the last attempt `end` is raised."""

    def __init__(self, end: EarmarkError, wait: float | None = None, *, is_reached: bool = True) -> None:
        super().__init__(end.code)
        self.end = end
        self.wait = wait
        self.is_reached = is_reached
        """False if the provider itself cannot have seen the call."""


def _backoff(error: Exception) -> bool | float:
    """Backoff hook of stamina: return False, True, or the seconds to wait."""
    if not isinstance(error, Again):
        return False
    if error.wait is None:
        return True
    return error.wait * (1 + 0.25 * random.random())  # noqa: S311  # spreads waits, hides nothing


async def retried(once: Callable[[], Awaitable[Answered]], timeouts: Timeouts) -> Answered:
    """Return the answer of the first call that does not raise Again. Raises the last Again."""
    async for attempt in stamina.retry_context(
        _backoff,
        attempts=timeouts.attempts,
        timeout=LONG_WAIT,
        wait_initial=timeouts.first,
        wait_max=timeouts.longest,
        wait_jitter=timeouts.first,
    ):
        with attempt:
            return await once()
    raise AssertionError("a retry ends in an answer or in an error")
