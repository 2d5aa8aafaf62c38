"""Polling of jobs: its pace and its deadline, under any fault of clocks and network."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import ProviderFailed, ProviderRefused, Unanswered
from bot.domain.transcript import Segment, Transcript
from bot.providers.nanogpt.polling import (
    POLLS_PER_SECOND,
    Poll,
    Poller,
    PollResult,
    TransientFailure,
    Unknown,
    Unreached,
    deadline,
    first_wait,
    next_wait,
)

DONE = Transcript("Yes.", "en", 1.0, "m", (Segment("Yes.", 0.0, 1.0),))


class Time:
    """A clock that passes when a task sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


def poller(time: Time, chance: float = 0.5) -> Poller:
    return Poller(time.sleep, time, lambda: chance)


def ready_after(time: Time, seconds: float) -> Poll:
    ready_at = time.now + seconds

    async def poll() -> PollResult:
        return PollResult(DONE if time.now >= ready_at else None)

    return poll


def always(outcome: Callable[[], PollResult]) -> Callable[[], Awaitable[PollResult]]:
    async def poll() -> PollResult:
        return outcome()

    return poll


def raising(error: Exception) -> Poll:
    async def poll() -> PollResult:
        raise error

    return poll


ages = st.floats(0, 1e6)
chances = st.floats(0, 1)
crowds = st.integers(1, 5000)


@given(ages, crowds, chances, st.none() | st.floats(0, 1e9), st.integers(0, 100))
def test_a_wait_is_never_short_and_never_endless(
    age: float, in_flight: int, chance: float, asked: float | None, failures: int
) -> None:
    wait = next_wait(age, in_flight, chance, asked, failures)
    assert 1 <= wait <= max(1.15, 0.138 * age + 0.01, 300, 1.15 * in_flight / POLLS_PER_SECOND)


@given(crowds, ages, chances, st.none() | st.floats(0, 1e9), st.integers(0, 9))
def test_all_jobs_together_never_look_more_often_than_their_share(
    in_flight: int, age: float, chance: float, asked: float | None, failures: int
) -> None:
    assert in_flight / next_wait(age, in_flight, chance, asked, failures) <= POLLS_PER_SECOND


@given(st.floats(9, 1e5), chances)
def test_a_wait_is_a_small_part_of_the_age(age: float, chance: float) -> None:
    assert 0.10 * age <= next_wait(age, 1, chance) <= 0.14 * age


@given(ages, st.floats(1, 300), chances)
def test_a_wait_that_was_asked_for_is_kept(age: float, asked: float, chance: float) -> None:
    assert next_wait(age, 1, chance, asked) == asked


def test_failures_make_looks_rarer() -> None:
    waits = [next_wait(1.0, 1, 0.0, failures=failures) for failures in range(12)]
    assert waits[:4] == [1.0, 2.0, 4.0, 8.0]
    assert max(waits) == 60.0


@pytest.mark.parametrize(("seconds", "first"), [(0, 1.0), (16, 1.08), (600, 4.0), (36_000, 16.0)])
def test_the_first_look_is_soon(seconds: float, first: float) -> None:
    assert first_wait(seconds) == pytest.approx(first)


@pytest.mark.parametrize("job", [0.5, 3, 10, 60, 300, 1500])
async def test_a_text_is_noticed_within_a_seventh_of_its_job_s_time(job: float) -> None:
    time = Time()
    await poller(time, chance=1.0).until_done(ready_after(time, job), 60, 0)
    assert time.now - 1000 - job <= max(1.5, 0.15 * job)


async def test_a_job_without_end_is_given_up_at_its_deadline_and_may_be_charged() -> None:
    time = Time()
    with pytest.raises(Unanswered):
        await poller(time).until_done(always(PollResult), 600, 0)
    assert time.now - 1000 == pytest.approx(deadline(600)) == 30 * 60 + 4 * 600


async def test_the_last_look_is_at_the_deadline() -> None:
    time = Time()
    assert await poller(time).until_done(ready_after(time, deadline(60)), 60, 0) is DONE


@pytest.mark.parametrize("age", [deadline(60), 1e12, float("inf")])
async def test_after_a_restart_even_an_old_job_is_looked_after_for_ten_minutes(age: float) -> None:
    time = Time()
    with pytest.raises(Unanswered):
        await poller(time).until_done(always(PollResult), 60, age)
    assert time.slept[0] == 0
    assert time.now - 1000 == pytest.approx(600)
    assert len(time.slept) >= 3


async def test_a_clock_that_went_back_changes_nothing() -> None:
    time = Time()
    with pytest.raises(Unanswered):
        await poller(time).until_done(always(PollResult), 60, -1e9)
    assert time.slept[0] == pytest.approx(1.3)
    assert time.now - 1000 == pytest.approx(deadline(60))


async def test_whatever_goes_wrong_is_looked_past_until_the_text_is_there() -> None:
    time = Time()
    looks = iter(
        [
            TransientFailure("status 500"),
            TransientFailure("status 402"),
            TransientFailure("unreadable", wait=44.0),
            Unknown(KeyError()),
        ]
    )

    async def poll() -> PollResult:
        if error := next(looks, None):
            raise error
        return PollResult(DONE)

    assert await poller(time, chance=0.0).until_done(poll, 0, 0) is DONE
    assert time.slept == pytest.approx([1.0, 2.0, 4.0, 44.0, 16.0])


async def test_trouble_without_end_ends_at_the_deadline_and_the_text_may_be_there() -> None:
    time = Time()
    with pytest.raises(Unreached):
        await poller(time).until_done(raising(TransientFailure("status 503")), 60, 0)
    assert time.now - 1000 == pytest.approx(deadline(60))


async def test_a_job_that_stays_unknown_is_forgiven_for_a_minute() -> None:
    time = Time()
    with pytest.raises(ProviderRefused, match="no such job"):
        await poller(time).until_done(raising(Unknown(ProviderRefused(reason="no such job"))), 60, 0)
    assert 60 < time.now - 1000 < 100


async def test_a_failure_ends_the_looks() -> None:
    time = Time()
    with pytest.raises(ProviderFailed):
        await poller(time).until_done(raising(ProviderFailed(reason="noise")), 60, 0)
    assert len(time.slept) == 1


async def test_a_crowd_shares_and_whoever_is_alone_again_hurries() -> None:
    time = Time()
    many = poller(time, chance=0.0)
    stop = asyncio.Event()

    async def for_ever() -> PollResult:
        await stop.wait()
        return PollResult(DONE)

    crowd = [asyncio.create_task(many.until_done(for_ever, 0, 0)) for _ in range(200)]
    for _ in range(3):
        await asyncio.sleep(0)
    looks = iter([PollResult(), PollResult(DONE)])
    time.slept.clear()
    await many.until_done(always(lambda: next(looks)), 0, 0)
    assert time.slept[-1] == pytest.approx(201 / POLLS_PER_SECOND)
    stop.set()
    await asyncio.gather(*crowd)
    looks = iter([PollResult(), PollResult(DONE)])
    await many.until_done(always(lambda: next(looks)), 0, 0)
    assert time.slept[-1] == 1.0


async def test_a_cancel_ends_the_wait_at_once() -> None:
    work = asyncio.create_task(Poller().until_done(always(PollResult), 60, 0))
    await asyncio.sleep(0)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
