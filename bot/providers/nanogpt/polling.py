"""Polling of jobs: intervals and deadlines.

Polls are frequent at first and then proportional to the job's age, so that the delay is a small part of the job's time.
The age is read from the clock once and counted monotonically from there: a clock that jumps neither ends a job nor
keeps one for ever.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from bot.domain.errors import Unanswered
from bot.domain.transcript import Transcript

log = structlog.get_logger()

POLLS_PER_SECOND = 20.0
"""All polls together; the rest of the provider's rate is left to submits."""
_GROWTH = 0.12
"""Share of a job's age between two polls: on average a result is noticed late by a sixteenth of the job's time."""
_JITTER = 0.15
_SHORTEST = 1.0
_SLOWEST_FAILING = 60.0
_MANY = 5
"""Consecutive failed polls that are logged."""
_LONGEST_ASKED_WAIT = 300.0
"""The longest wait that the provider can ask for."""
_FORGIVEN = 60.0
"""Seconds in which a provider may not know its new job yet."""
_AT_LEAST = 600.0
"""Minimum seconds of polling after a restart, however old the job is."""

Sleep = Callable[[float], Awaitable[None]]
Monotonic = Callable[[], float]
Chance = Callable[[], float]
"""A random number from 0 to 1."""


class TransientFailure(Exception):
    """A failed poll with a transient cause. `wait`: seconds, if the provider said so."""

    def __init__(self, why: str, wait: float | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.wait = wait


class Unknown(TransientFailure):
    """The provider does not know the job; `refusal` is raised if that lasts."""

    def __init__(self, refusal: Exception) -> None:
        super().__init__("unknown job")
        self.refusal = refusal


class Unreached(Exception):
    """The last polls of a job failed up to its deadline: its text may be there all the same."""


@dataclass(frozen=True, slots=True)
class PollResult:
    """The result of one poll."""

    transcript: Transcript | None = None
    wait: float | None = None
    """Seconds until the next poll, if the provider says so."""


Poll = Callable[[], Awaitable[PollResult]]


def first_wait(seconds: float) -> float:
    """Return the seconds to the first poll for a recording of this length."""
    return _SHORTEST + min(0.005 * seconds, 15.0)


def next_wait(age: float, in_flight: int, chance: float, asked: float | None = None, failures: int = 0) -> float:
    """Return the seconds to the next poll for a job of this age, one of `in_flight`.

    `asked`: the provider's request, instead of the interval by age; `failures`: consecutive failed polls.
    """
    usual = max(_SHORTEST, _GROWTH * age) * (1 + _JITTER * (2 * chance - 1))
    if asked is not None:
        usual = min(asked, _LONGEST_ASKED_WAIT)
    if failures:
        usual = max(usual, min(_SHORTEST * 2 ** min(failures, 10), _SLOWEST_FAILING) * (1 + _JITTER * chance))
    share = in_flight / POLLS_PER_SECOND * (1 + _JITTER * chance)
    return max(_SHORTEST, usual, share)


def deadline(seconds: float) -> float:
    """Return the age at which a job for a recording of this length is given up."""
    return 30 * 60 + 4 * seconds


class Poller:
    """Polling of many jobs at once."""

    def __init__(
        self, sleep: Sleep = asyncio.sleep, monotonic: Monotonic = time.monotonic, chance: Chance = random.random
    ) -> None:
        self._sleep = sleep
        self._monotonic = monotonic
        self._chance = chance
        self._in_flight = 0

    async def until_done(self, poll: Poll, seconds: float, age: float) -> Transcript:
        """Poll until the transcript is there. `seconds`: the recording's length; `age`: the job's age by the clock.

        Raises the errors of `poll`, the refusal of Unknown if it lasts, and at the deadline Unanswered, or Unreached if
        the provider does not say that the job is still in work.
        """
        self._in_flight += 1
        try:
            return await self._until_done(poll, seconds, min(max(age, 0.0), deadline(seconds)))
        finally:
            self._in_flight -= 1

    async def _until_done(self, poll: Poll, seconds: float, age: float) -> Transcript:
        begun = self._monotonic() - age
        last = max(deadline(seconds), age + _AT_LEAST)
        wait, failures = max(0.0, first_wait(seconds) - age), 0
        unknown_since: float | None = None
        while True:
            await self._sleep(min(wait, max(0.0, last - age)))
            asked: float | None = None
            try:
                result = await poll()
            except TransientFailure as failure:
                failures, asked = failures + 1, failure.wait
                if isinstance(failure, Unknown):
                    unknown_since = self._monotonic() if unknown_since is None else unknown_since
                    if self._monotonic() - unknown_since > _FORGIVEN:
                        raise failure.refusal from failure
                write = log.info if failures < _MANY else log.warning
                write("job_not_polled", why=failure.why, failures=failures)
            else:
                failures, asked, unknown_since = 0, result.wait, None
                if result.transcript is not None:
                    return result.transcript
            age = self._monotonic() - begun
            if age >= last and failures >= _MANY:
                log.warning("job_not_reached", age_seconds=round(age))
                raise Unreached
            if age >= last:
                log.error("job_given_up", age_seconds=round(age))
                raise Unanswered
            wait = next_wait(age, self._in_flight, self._chance(), asked, failures)
