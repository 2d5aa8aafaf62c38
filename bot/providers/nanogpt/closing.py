"""The closing of a circuit breaker: why it takes nothing, and until when."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.domain.errors import NotNow
from bot.domain.waiting import WaitReason

Monotonic = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Closing:
    """A closing with an end. It must survive a clock that jumps, so two clocks are read, and the earlier end counts."""

    reason: WaitReason
    until: datetime
    until_monotonic: float

    def is_over(self, now: datetime, monotonic: float) -> bool:
        return monotonic >= self.until_monotonic or now >= self.until

    def not_now(self) -> NotNow:
        return NotNow(self.reason, self.until)
