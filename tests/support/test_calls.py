"""Calls of a platform: which are made again, and what becomes of those that are not."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bot.domain.errors import EarmarkError, NotNow, PerhapsPosted, Undelivered
from bot.domain.waiting import WaitReason
from bot.support.remembered import Bounded
from bot.support.retry import Calls, Closed, Lost, Meaning
from tests.helpers.ledgers import mid_november
from tests.helpers.services import Pauses


class Told(Exception):
    """An error of a platform's library, with its meaning."""

    def __init__(self, meaning: Meaning) -> None:
        super().__init__("secret")
        self.meaning = meaning


def failing(*meanings: Meaning | Exception) -> Callable[[], Awaitable[str]]:
    """A call that fails so often before it works."""
    left = list(meanings)

    async def call() -> str:
        await asyncio.sleep(0)
        if not left:
            return "done"
        told = left.pop(0)
        raise told if isinstance(told, Exception) and not isinstance(told, EarmarkError) else Told(told)

    return call


def calls(pauses: Pauses) -> Calls:
    return Calls("Paper", lambda error: error.meaning if isinstance(error, Told) else None, mid_november(), pauses)


async def test_a_call_that_may_be_made_twice_is_made_again_until_it_was_lost_too_often() -> None:
    pauses, lost = Pauses(), Lost(arrived=True)
    assert await calls(pauses).repeat(failing(lost, lost)) == "done"
    assert pauses.asked == [0.5, 2.0]
    with pytest.raises(NotNow) as told:
        await calls(pauses).repeat(failing(lost, lost, lost))
    assert not isinstance(told.value, PerhapsPosted)
    assert told.value.wait.reason is WaitReason.PLATFORM_DOWN
    assert told.value.wait.name == "Paper"


async def test_a_call_whose_effect_must_not_be_there_twice_is_made_again_only_if_it_never_arrived() -> None:
    pauses = Pauses()
    assert await calls(pauses).once(failing(Lost(arrived=False), Lost(arrived=False))) == "done"
    assert pauses.asked == [0.5, 2.0]
    for meaning in (Lost(arrived=True), Closed(WaitReason.PLATFORM_DOWN, 30.0)):
        with pytest.raises(PerhapsPosted):
            await calls(pauses).once(failing(meaning))
    with pytest.raises(NotNow) as told:
        await calls(pauses).once(failing(*[Lost(arrived=False)] * 3))
    assert not isinstance(told.value, PerhapsPosted)


async def test_a_short_pause_is_waited_for_and_a_long_one_is_the_note_s() -> None:
    pauses, pause = Pauses(), Closed(WaitReason.PLATFORM_PAUSE, 7.0)
    assert await calls(pauses).once(failing(pause, pause)) == "done"
    assert pauses.asked == [7.0, 7.0]
    with pytest.raises(NotNow) as told:
        await calls(pauses).once(failing(pause, pause, pause))
    assert told.value.wait.reason is WaitReason.PLATFORM_PAUSE
    assert not isinstance(told.value, PerhapsPosted)


async def test_a_refusal_is_raised_as_what_it_means_without_the_library_s_error() -> None:
    with pytest.raises(Undelivered) as told:
        await calls(Pauses()).repeat(failing(Undelivered(reason="blocked")))
    assert told.value.__context__ is None
    with pytest.raises(ZeroDivisionError):
        await calls(Pauses()).repeat(failing(ZeroDivisionError()))


def test_a_bounded_dictionary_forgets_what_was_set_the_longest_ago() -> None:
    known: Bounded[str, int] = Bounded(2)
    known["a"], known["b"] = 1, 2
    known["a"] = 3
    assert known.setdefault("c", 4) == 4
    assert dict(known) == {"a": 3, "c": 4}
