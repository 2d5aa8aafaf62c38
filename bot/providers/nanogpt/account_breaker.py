"""Whether NanoGPT can be asked at all: there is money in the account, and no limit of the day is used up."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.domain.errors import EarmarkError, NotNow
from bot.domain.money import Micros
from bot.domain.ports import Clock
from bot.domain.waiting import WaitReason

log = structlog.get_logger()

LOOK_SECONDS = 60.0
"""The balance is asked for at most so often."""
_ANSWER_SECONDS = 10.0
"""A look takes no longer: notes stand behind it."""

AskBalance = Callable[[], Awaitable[Micros]]
Monotonic = Callable[[], float]


@dataclass(frozen=True, slots=True)
class _Closing:
    """Closed for so long. A clock that jumps must not keep it closed, so two are looked at, and the sooner counts."""

    reason: WaitReason
    until: datetime
    until_monotonic: float

    def not_now(self) -> NotNow:
        return NotNow(self.reason, self.until)


class AccountBreaker:
    """Shut by the provider's refusals, opened again by time, or by a balance that is large enough."""

    def __init__(self, balance: AskBalance, clock: Clock, monotonic: Monotonic) -> None:
        self._balance = balance
        self._clock = clock
        self._monotonic = monotonic
        self._pause: _Closing | None = None
        self._empty: _Closing | None = None
        self._required: Micros | None = None
        """The least that a recording was refused for."""
        self._seen: Micros | None = None
        """What was in the account at the last look since it was shut."""

    async def check(self, cost: Micros = Micros(0)) -> None:
        """Raises NotNow where a recording of that cost cannot be paid. Where it is time to look, asks for the balance.

        One that is dearer than what is left waits by itself: it does not keep the others from what there is.
        """
        if self._pause is not None and not self._is_over(self._pause):
            raise self._pause.not_now()
        self._pause = None
        if self._empty is None:
            return
        if self._is_over(self._empty):
            self._empty = self._closing(
                WaitReason.PROVIDER_UNFUNDED, LOOK_SECONDS
            )  # before the look, so that nobody else looks meanwhile
            await self._look()
        if not self._is_enough_for(cost):
            raise self._empty.not_now()

    def is_empty(self, required: Micros | None) -> NotNow:
        """The provider wants money first: `required` is the balance that it wants to see, where it says so."""
        if self._required is None or self._empty is None:
            self._required = required
        elif required is not None:
            self._required = min(self._required, required)
        if self._empty is None:
            self._seen = None
            log.error("nanogpt_account_is_empty", required_micro_dollars=required)
        self._empty = self._closing(WaitReason.PROVIDER_UNFUNDED, LOOK_SECONDS)
        return self._empty.not_now()

    def is_used_up(self, wait: float | None) -> NotNow:
        """A limit of the day is reached; it ends in `wait` seconds, where that is said, else at midnight UTC."""
        self._pause = self._closing(WaitReason.PROVIDER_DAY_LIMIT, self._until_midnight() if wait is None else wait)
        log.warning("nanogpt_daily_limit", until=self._pause.until.isoformat())
        return self._pause.not_now()

    def is_busy(self, wait: float) -> NotNow:
        """For one recording that was turned away too often; others may try."""
        return self._closing(WaitReason.PROVIDER_BUSY, wait).not_now()

    async def _look(self) -> None:
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                balance = await self._balance()
        except (EarmarkError, TimeoutError) as error:
            log.warning("nanogpt_balance_unknown", error=type(error).__name__)
            return
        self._seen = balance
        if balance > 0 and balance >= (self._required or 0):
            self._empty = None
            log.info("nanogpt_account_is_filled")

    def _is_enough_for(self, cost: Micros) -> bool:
        """Whether it may be tried: it costs less than what was refused, and what was seen in the account."""
        if self._empty is None:
            return True
        return self._seen is not None and self._required is not None and cost < min(self._seen, self._required)

    def _closing(self, reason: WaitReason, seconds: float) -> _Closing:
        return _Closing(reason, self._clock() + timedelta(seconds=seconds), self._monotonic() + seconds)

    def _is_over(self, closing: _Closing) -> bool:
        return self._monotonic() >= closing.until_monotonic or self._clock() >= closing.until

    def _until_midnight(self) -> float:
        now = self._clock()
        midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        return (midnight - now).total_seconds()
