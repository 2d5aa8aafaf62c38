"""Nobody waits for the backlog of another account, whatever the load is."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.errors import Unloaded
from bot.providers.embedded.turns import PATIENCE_SECONDS, SLICE_SECONDS, Job, Schedule, Tell, Turns

HOUR = 3600.0


@dataclass
class Engine:
    """One worker that hears a second of sound in a second."""

    coming: list[tuple[float, Job]] = field(default_factory=list)
    """Recordings that are still to arrive, the next one last."""
    now: float = 0.0
    schedule: Schedule = field(default_factory=Schedule)
    turns: list[tuple[float, Job]] = field(default_factory=list)
    """Each turn: its beginning, and its job."""
    ends: dict[Job, float] = field(default_factory=dict)
    waiting: dict[str, list[Job]] = field(default_factory=lambda: defaultdict(list))
    wants_since: dict[str, float] = field(default_factory=dict)
    """The time since which an account has something to hear, and no turn."""
    waits: list[tuple[str, float]] = field(default_factory=list)
    """The wait of an account for each of its turns, in seconds."""

    def send(self, account: str, *lengths: float) -> list[Job]:
        jobs = [Job(account, length) for length in lengths]
        for job in jobs:
            self.add(job, self.now)
        return jobs

    def add(self, job: Job, at: float) -> None:
        self.schedule.add(job, at)
        self.waiting[job.account].append(job)
        self.wants_since.setdefault(job.account, at)

    def turn(self) -> bool:
        job = self.schedule.take(self.now)
        if job is None:
            return False
        self.waits.append((job.account, self.now - self.wants_since.pop(job.account)))
        self.waiting[job.account].remove(job)
        self.turns.append((self.now, job))
        heard = min(job.left, SLICE_SECONDS)
        self.now += heard
        job.left -= heard
        self.arrive()
        self.schedule.go_to_end(job.account)
        if job.left > 0:
            self.add(job, self.now)
        else:
            self.ends[job] = self.now
        if self.waiting[job.account]:
            self.wants_since[job.account] = self.now
        return True

    def arrive(self) -> None:
        while self.coming and self.coming[-1][0] <= self.now:
            at, job = self.coming.pop()
            self.add(job, at)

    def run(self, until: float = float("inf")) -> None:
        self.arrive()
        while self.now < until:
            if not self.turn():
                if not self.coming:
                    return
                self.now = self.coming[-1][0]
                self.arrive()


def test_a_short_note_behind_four_long_recordings_of_another_begins_within_two_slices() -> None:
    engine = Engine()
    engine.send("ann", *[4 * HOUR] * 4)
    engine.run(until=100)
    (short,) = engine.send("bob", 10)
    sent_at = engine.now
    engine.run(until=sent_at + 2 * SLICE_SECONDS)
    assert engine.ends[short] <= sent_at + SLICE_SECONDS + 10


def test_within_an_account_the_shortest_is_heard_first() -> None:
    engine = Engine()
    long, short, middle = engine.send("ann", HOUR, 10, 60)
    engine.run()
    assert sorted(engine.ends, key=lambda job: engine.ends[job]) == [short, middle, long]


def test_a_recording_that_had_no_turn_for_long_goes_before_shorter_ones() -> None:
    engine = Engine()
    (long,) = engine.send("ann", 2 * HOUR)
    while engine.now < 3 * PATIENCE_SECONDS:
        engine.send("ann", 20)
        engine.turn()
    its_turns = [at for at, job in engine.turns if job is long]
    assert its_turns
    assert all(later - at <= PATIENCE_SECONDS + 2 * SLICE_SECONDS for at, later in pairwise([0.0, *its_turns]))


recordings = st.tuples(st.sampled_from("abcd"), st.floats(0.1, 900), st.floats(0, 600))
"""Account, seconds, and second of arrival."""


@given(st.lists(recordings, min_size=1, max_size=25), st.lists(st.floats(0.1, 4 * HOUR), max_size=20))
@settings(deadline=None)
def test_an_account_waits_at_most_a_slice_for_each_other_account_however_long_their_backlog_is(
    load: list[tuple[str, float, float]], backlog: list[float]
) -> None:
    coming = [(at, Job(account, seconds)) for account, seconds, at in load]
    engine = Engine(sorted(coming, key=lambda one: -one[0]))
    engine.send("heavy", *backlog)
    engine.run()
    accounts = {account for account, _ in engine.waits}
    assert all(wait <= (len(accounts) - 1) * SLICE_SECONDS + 1e-6 for _, wait in engine.waits)
    assert len(engine.ends) == len(load) + len(backlog)


class Told:
    """Keeps the numbers of jobs that a waiting one was told of."""

    def __init__(self) -> None:
        self.numbers: list[int] = []

    async def __call__(self, before: int) -> None:
        self.numbers.append(before)


async def untold(_before: int) -> None:
    """For jobs whose place does not matter."""


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0)


async def test_as_many_have_their_turn_at_once_as_there_are_workers() -> None:
    turns, at_once, most, ends = Turns(2), 0, 0, asyncio.Event()

    async def work(number: int) -> None:
        nonlocal at_once, most
        await turns.begin(job := Job(f"{number}", 10), untold)
        at_once += 1
        most = max(most, at_once)
        await ends.wait()
        at_once -= 1
        turns.end(job)

    async with asyncio.TaskGroup() as group:
        for number in range(5):
            group.create_task(work(number))
        await until(lambda: at_once == 2)
        ends.set()
    assert most == 2


async def test_a_job_that_waits_is_told_how_many_are_before_it() -> None:
    turns, told, ends = Turns(1), Told(), asyncio.Event()

    async def work(account: str, tell: Tell) -> None:
        await turns.begin(job := Job(account, 10), tell)
        await ends.wait()
        turns.end(job)

    async with asyncio.TaskGroup() as group:
        for account in ("ann", "bob"):
            group.create_task(work(account, untold))
        await asyncio.sleep(0)
        group.create_task(work("cyd", told))
        await until(lambda: bool(told.numbers))
        ends.set()
    assert told.numbers == [2]  # one that has its turn, and one that waits


@pytest.mark.parametrize("when", ["waiting", "just begun"])
async def test_a_cancelled_job_gives_its_turn_to_the_next(when: str) -> None:
    turns, ends, had = Turns(1), asyncio.Event(), []

    async def work(account: str) -> None:
        await turns.begin(job := Job(account, 10), untold)
        had.append(account)
        try:
            await ends.wait()
        finally:
            turns.end(job)

    first, second, third = (asyncio.ensure_future(work(account)) for account in ("ann", "bob", "cyd"))
    await until(lambda: had == ["ann"])
    if when == "just begun":
        first.cancel()  # gives its turn to the second, which does not know it yet
        await until(first.done)
    second.cancel()
    ends.set()
    await asyncio.gather(first, second, third, return_exceptions=True)
    assert had == ["ann", "cyd"]


async def test_when_there_are_no_more_turns_all_that_wait_are_told() -> None:
    turns = Turns(1)
    await turns.begin(first := Job("ann", 10), untold)
    waiting = [asyncio.ensure_future(turns.begin(Job(account, 10), untold)) for account in ("ann", "bob")]
    await asyncio.sleep(0)
    turns.stop()
    assert [type(end) for end in await asyncio.gather(*waiting, return_exceptions=True)] == [Unloaded] * 2
    turns.end(first)
    with pytest.raises(Unloaded):
        await turns.begin(Job("cyd", 10), untold)
