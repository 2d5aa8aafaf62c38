"""Circuit breaker of the service itself: it closes while NanoGPT cannot be reached, or fails every call.

While it is closed, one recording at a time tries; the others wait for its result. A recording on which the provider
fails by itself holds up no other: two have to fail in a row, or the provider be out of reach, before it closes.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import structlog

from bot.domain.errors import EarmarkError, NotNow, ProviderDown
from bot.domain.ports import Clock
from bot.domain.provider_state import ProviderState
from bot.domain.waiting import WaitReason
from bot.providers.nanogpt.closing import Closing, Monotonic

log = structlog.get_logger()

FIRST_PAUSE = 10.0
"""Seconds; each further pause is twice as long."""
LONGEST_PAUSE = 300.0
_TRIAL = 30.0
"""Seconds in which the one that tries should have a result; after them another may try."""
_LOST_PAUSES = (20.0, 160.0)
"""After lost answers: they may be charged, and a recording is submitted only so often."""
_SUSPECT = 4
"""Failures of one recording after which another one may try too."""
_ALONE = 2
"""Times that a recording fails again after others succeeded, before it is refused."""
_REMEMBERED = 256


@dataclass(slots=True)
class _Failing:
    """A recording that failed, and when it may be submitted again."""

    times: int = 0
    alone: int = 0
    """Times that it failed after the provider had worked for others."""
    others_worked: bool = False
    """The provider worked for others since its last failure."""
    closing: Closing | None = None


class OutageBreaker:
    """Closed by failures of the provider; opened by the first answer that shows that it works."""

    def __init__(self, clock: Clock, monotonic: Monotonic) -> None:
        self._clock = clock
        self._monotonic = monotonic
        self._closing: Closing | None = None
        self._rounds = 0
        """Trials since the closing that failed."""
        self._spared = False
        """A trial of this round was not counted."""
        self._may_try = False
        """True: a recording that is being prepared is the one that tries."""
        self._trial: Path | None = None
        self._last: Path | None = None
        """The recording of the last failure; None after a success."""
        self._failing: OrderedDict[Path, _Failing] = OrderedDict()
        self._works = False
        self._failures: tuple[float, float] | None = None
        """The first and the latest failure of the closing, by the monotonic clock."""

    @property
    def state(self) -> ProviderState:
        """The provider's state; a closing without a further trial does not show that the outage lasts."""
        if self._failures is None:
            return ProviderState(works=self._works)
        first, latest = self._failures
        return ProviderState(away_for=timedelta(seconds=latest - first))

    def check_open(self) -> None:
        """Raise NotNow while it is closed. The first one after a pause may prepare its recording and try."""
        if self._closing is None:
            return
        if not self._is_over(self._closing):
            raise self._closing.not_now()
        self._closing = self._closed_for(_TRIAL)
        self._may_try = True

    def check(self, recording: Path) -> None:
        """Raise NotNow if this recording must not be submitted just now."""
        own = self._failing.get(recording)
        if own is not None and own.closing is not None and not self._is_over(own.closing):
            raise own.closing.not_now()
        if self._closing is None:
            return
        if not self._may_try and not self._is_over(self._closing):
            raise self._closing.not_now()
        self._may_try = False
        self._trial = recording
        self._closing = self._closed_for(_TRIAL)

    def failed(self, recording: Path, *, is_reached: bool) -> EarmarkError:
        """Return the error for a recording that failed in all attempts, uncharged: its pause, or ProviderDown if the
        provider works for others.
        """
        failing = self._failed(recording)
        if self._is_open_for_others(recording, is_reached):
            if failing.alone >= _ALONE:
                del self._failing[recording]
                return ProviderDown()
            failing.closing = self._alone_for(_pause(failing.times))
            return failing.closing.not_now()
        return self._close(recording)

    def lost(self, recording: Path) -> None:
        """Note that a failure of the provider swallowed the answer to a submit, which may be charged."""
        failing = self._failed(recording)
        failing.closing = self._alone_for(_LOST_PAUSES[min(failing.times, len(_LOST_PAUSES)) - 1])
        if not self._is_open_for_others(recording, is_reached=True):
            self._close(recording)

    def works(self, recording: Path) -> bool:
        """Note that the provider works; return True if that ends a closing."""
        self._failing.pop(recording, None)
        for other in self._failing.values():
            other.others_worked = True
            other.closing = None
        self._last = self._trial = None
        self._may_try = self._spared = False
        self._works, self._failures = True, None
        was_closed, self._closing, self._rounds = self._closing is not None, None, 0
        if was_closed:
            log.info("nanogpt_is_back")
        return was_closed

    def _failed(self, recording: Path) -> _Failing:
        failing = self._failing.setdefault(recording, _Failing())
        failing.times += 1
        failing.alone += failing.others_worked
        failing.others_worked = False
        self._failing.move_to_end(recording)
        if len(self._failing) > _REMEMBERED:
            self._failing.popitem(last=False)
        return failing

    def _is_open_for_others(self, recording: Path, is_reached: bool) -> bool:
        """Return True as long as this may be a matter of one recording; the next failure of another one closes."""
        alone = self._closing is None and is_reached and self._last in (None, recording)
        self._last = recording
        return alone

    def _close(self, recording: Path) -> NotNow:
        """Close, or close again after a trial, for a longer pause.

        A recording that failed often may itself be the reason: another one may try in the same round.
        """
        now = self._monotonic()
        self._failures = (self._failures[0] if self._failures else now), now
        if self._closing is not None and recording == self._trial and self._is_suspect(recording):
            self._spared, self._trial = True, None
            self._closing = self._closed_for(0.0)
            return self._alone_for(2 * _TRIAL + _pause(self._rounds)).not_now()
        if self._closing is None or recording == self._trial:
            self._spared, self._trial = False, None
            self._rounds += 1
            self._closing = self._closed_for(_pause(self._rounds))
            log.warning("nanogpt_is_away", until=self._closing.until.isoformat(), trials=self._rounds)
        return self._closing.not_now()

    def _is_suspect(self, recording: Path) -> bool:
        return not self._spared and self._failing[recording].times > _SUSPECT

    def _closed_for(self, seconds: float, reason: WaitReason = WaitReason.PROVIDER_AWAY) -> Closing:
        return Closing(reason, self._clock() + timedelta(seconds=seconds), self._monotonic() + seconds)

    def _alone_for(self, seconds: float) -> Closing:
        """Return the pause of one recording, which holds up no other."""
        return self._closed_for(seconds, WaitReason.PROVIDER_BUSY)

    def _is_over(self, closing: Closing) -> bool:
        return closing.is_over(self._clock(), self._monotonic())


def _pause(times: int) -> float:
    return min(FIRST_PAUSE * 2.0 ** min(times - 1, 10), LONGEST_PAUSE)
