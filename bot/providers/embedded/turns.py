"""The order in which recordings get the embedded engine's time: nobody waits for the backlog of another account.

The accounts take turns. A turn is one slice: at most SLICE_SECONDS of sound. Within an account the recording with the
least left to hear is next, but one that had no turn for PATIENCE_SECONDS goes before it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.domain.errors import Unloaded

SLICE_SECONDS = 30.0
"""Seconds of sound; Whisper hears so much at once."""
PATIENCE_SECONDS = 600.0
"""Wait within an account after which a recording goes before shorter ones."""

TELL_EVERY = 1.0
"""Seconds."""

Tell = Callable[[int], Awaitable[None]]
"""Takes the number of jobs that have their turn before."""


@dataclass(slots=True, eq=False)
class Job:
    """A recording that wants turns until it is heard."""

    account: str
    """Its payer: one that sends as several users has one turn."""
    left: float
    """Seconds of sound that are not heard yet."""
    waits_since: float = 0.0
    """Monotonic time of its last turn's end, or of its arrival."""


class Schedule:
    """The order of the waiting jobs. It knows no tasks and no clock."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[Job]] = {}
        """The waiting jobs of each account; the account whose turn is next is the first."""

    def add(self, job: Job, now: float) -> None:
        """Let a job wait for its next turn: behind the accounts that wait already, if its account does not."""
        job.waits_since = now
        self._waiting.setdefault(job.account, []).append(job)

    def take(self, now: float) -> Job | None:
        """Return the job whose turn it is, which waits no more; None if none waits. Its account goes to the end."""
        for jobs in self._waiting.values():
            job = min(jobs, key=lambda one: _rank(one, now))
            self.remove(job)
            self.go_to_end(job.account)
            return job
        return None

    def go_to_end(self, account: str) -> None:
        """Put an account behind all others, those included that came during its turn."""
        if account in self._waiting:
            self._waiting[account] = self._waiting.pop(account)

    def remove(self, job: Job) -> None:
        """Let a job wait no more."""
        jobs = self._waiting[job.account]
        jobs.remove(job)
        if not jobs:
            del self._waiting[job.account]

    def before(self, job: Job, now: float) -> int:
        """Return how many of the waiting jobs have a turn before this one's next."""
        mine = self._waiting[job.account]
        own = sum(_rank(one, now) < _rank(job, now) for one in mine if one is not job)
        if own:  # meanwhile each other account has a turn at least
            return own + len(self._waiting) - 1
        return list(self._waiting).index(job.account)


def _rank(job: Job, now: float) -> tuple[bool, float, float]:
    """Return a key that is the smaller the sooner a job is next within its account."""
    is_patient = now - job.waits_since < PATIENCE_SECONDS
    return is_patient, job.left if is_patient else job.waits_since, job.waits_since


class Turns:
    """Gives jobs their turns, as many at once as the engine has workers. It belongs to one event loop."""

    def __init__(self, workers: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._free = self._workers = workers
        self._clock = clock
        self._schedule = Schedule()
        self._begins: dict[Job, asyncio.Future[None]] = {}
        self._is_over = False

    async def begin(self, job: Job, tell: Tell) -> None:
        """Wait for the job's turn, which `end` ends. While it waits, `tell` gets the number of jobs before it.

        Raises Unloaded when there are no more turns.
        """
        if self._is_over:
            raise Unloaded
        begins = self._begins[job] = asyncio.get_running_loop().create_future()
        self._schedule.add(job, self._clock())
        self._begin_next()
        try:
            while not begins.done():
                await tell(self._workers - self._free + self._schedule.before(job, self._clock()))
                await asyncio.wait([begins], timeout=TELL_EVERY)
            begins.result()
        except BaseException:
            if not begins.done():
                self._schedule.remove(job)
            elif begins.exception() is None:
                self.end(job)
            raise
        finally:
            del self._begins[job]

    def end(self, job: Job) -> None:
        """End a turn; the next begins."""
        self._schedule.go_to_end(job.account)
        self._free += 1
        self._begin_next()

    def stop(self) -> None:
        """Give no more turns: all that wait get Unloaded."""
        self._is_over = True
        for job, begins in self._begins.items():
            if not begins.done():
                self._schedule.remove(job)
                begins.set_exception(Unloaded())

    def _begin_next(self) -> None:
        while self._free and (job := self._schedule.take(self._clock())) is not None:
            self._free -= 1
            self._begins[job].set_result(None)
