"""Circuit breaker of the NanoGPT account: it opens if the balance is empty or a daily limit is reached."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from bot.domain.errors import EarmarkError, NotNow
from bot.domain.money import Micros
from bot.domain.ports import Clock
from bot.domain.waiting import WaitReason
from bot.providers.nanogpt.closing import Closing, Monotonic

log = structlog.get_logger()

LOOK_SECONDS = 60.0
"""Minimum seconds between two checks of the balance."""
_ANSWER_SECONDS = 10.0
"""Seconds for one check: notes wait for it."""

AskBalance = Callable[[], Awaitable[Micros]]


class AccountBreaker:
    """Closed by the provider's refusals; opened by time, or by a sufficient balance."""

    def __init__(self, balance: AskBalance, clock: Clock, monotonic: Monotonic, is_back: Callable[[], None]) -> None:
        """`is_back` is called when the account is filled again, or the daily limit is over."""
        self._balance = balance
        self._clock = clock
        self._monotonic = monotonic
        self._is_back = is_back
        self._pause: Closing | None = None
        self._empty: Closing | None = None
        self._required: Micros | None = None
        """The smallest amount for which a recording was refused."""
        self._seen: Micros | None = None
        """The balance at the last check since the closing."""

    async def check(self, cost: Micros = Micros(0)) -> None:
        """Raise NotNow if a recording of this cost cannot be paid. Checks the balance if it is time.

        A recording that costs more than the balance waits by itself, without holding up the others.
        """
        if self._pause is not None and not self._is_over(self._pause):
            raise self._pause.not_now()
        if self._pause is not None:
            self._pause = None
            self._is_back()
        if self._empty is None:
            return
        if self._is_over(self._empty):
            # First, so that no other note checks meanwhile.
            self._empty = self._closing(WaitReason.PROVIDER_UNFUNDED, LOOK_SECONDS)
            await self._refresh_balance()
        if not self._is_enough_for(cost):
            raise self._empty.not_now()

    def is_empty(self, required: Micros | None) -> NotNow:
        """Close because the balance is empty; `required` is the balance that the provider asks for, if it says so."""
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
        """Close because a daily limit is reached, for `wait` seconds, or else until midnight UTC."""
        self._pause = self._closing(WaitReason.PROVIDER_DAY_LIMIT, self._until_midnight() if wait is None else wait)
        log.warning("nanogpt_daily_limit", until=self._pause.until.isoformat())
        return self._pause.not_now()

    def is_busy(self, wait: float) -> NotNow:
        """Return the pause of one recording that was rejected too often; others may try."""
        return self._closing(WaitReason.PROVIDER_BUSY, wait).not_now()

    async def _refresh_balance(self) -> None:
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
            self._is_back()

    def _is_enough_for(self, cost: Micros) -> bool:
        """Return True if this cost is below the refused amount and covered by the last known balance."""
        if self._empty is None:
            return True
        return self._seen is not None and self._required is not None and cost < min(self._seen, self._required)

    def _closing(self, reason: WaitReason, seconds: float) -> Closing:
        return Closing(reason, self._clock() + timedelta(seconds=seconds), self._monotonic() + seconds)

    def _is_over(self, closing: Closing) -> bool:
        return closing.is_over(self._clock(), self._monotonic())

    def _until_midnight(self) -> float:
        now = self._clock()
        midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        return (midnight - now).total_seconds()
