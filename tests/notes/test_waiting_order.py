"""Order of notes that wait: those that are resumed, and those that a new note waits behind."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.note import Note, NoteState, Progress, Stage
from bot.domain.waiting import LONGEST_PAUSE, Wait, WaitReason
from bot.storage.database import Database
from tests.helpers.ledgers import Clock
from tests.helpers.note_books import ADA, BEA, Books, note

LATER = datetime(2026, 11, 16, tzinfo=UTC)


@pytest.fixture
def books(database: Database, clock: Clock) -> Books:
    return Books(database, clock)


async def waits(books: Books, one: Note, reason: WaitReason, until: datetime = LATER) -> Note:
    books.clock.now += timedelta(seconds=1)
    await books.notes.add(one)
    await books.notes.pause(one.id, Wait(reason, until))
    return one


async def before(books: Books, own: Note) -> Wait | None:
    return await books.waiting.before(own, books.clock.now)


@pytest.mark.parametrize("reason", WaitReason)
async def test_a_new_note_waits_behind_its_user_s_earlier_one_if_the_provider_takes_nothing(
    books: Books, reason: WaitReason
) -> None:
    await waits(books, note("1"), reason)
    books.clock.now += timedelta(seconds=1)
    waiting = reason in (WaitReason.PROVIDER_AWAY, WaitReason.PROVIDER_UNFUNDED, WaitReason.PROVIDER_DAY_LIMIT)
    assert await before(books, note("2")) == (Wait(reason, LATER) if waiting else None)


async def test_no_note_waits_behind_those_that_do_not_concern_it(books: Books) -> None:
    away = WaitReason.PROVIDER_AWAY
    own = note("own")
    await waits(books, note("1", BEA), away)
    platform = replace(note("2"), key=replace(note("2").key, platform="discord"))
    await waits(books, platform, away)
    ended, cancelled = await waits(books, note("3"), away), await waits(books, note("4"), away)
    await books.notes.close(ended, NoteState.FAILED, None)
    await books.notes.request_cancel(cancelled.id)
    working = await waits(books, note("5"), away)
    await books.notes.show(working.id, Progress(Stage.FETCHING))
    books.clock.now += timedelta(seconds=1)
    assert await before(books, own) is None
    later = await waits(books, note("6"), away)
    assert await books.waiting.before(own, books.clock.now) is None, "taken in the same moment"
    books.clock.now += timedelta(seconds=1)
    assert await before(books, own) == Wait(away, LATER)
    await waits(books, note("7"), away, LATER + timedelta(days=1))
    books.clock.now += timedelta(seconds=1)
    assert await before(books, own) == Wait(away, LATER), "the first of them"
    assert later.user == ADA


async def test_what_is_due_is_resumed_the_oldest_first_and_one_tries_for_those_that_wait_alike(books: Books) -> None:
    now = books.clock.now
    away = await waits(books, note("9"), WaitReason.PROVIDER_AWAY)
    unfunded = await waits(books, note("8"), WaitReason.PROVIDER_UNFUNDED)
    due = await waits(books, note("7", BEA), WaitReason.DAY_BUDGET, now)
    wrong = await waits(books, note("6"), WaitReason.DAY_BUDGET, now + LONGEST_PAUSE + timedelta(days=1))
    cancelled = await waits(books, note("5"), WaitReason.PROVIDER_AWAY)
    await books.notes.request_cancel(cancelled.id)
    ended = await waits(books, note("4"), WaitReason.DAY_BUDGET, now)
    await books.notes.close(ended, NoteState.FAILED, None)
    await books.notes.add(new := note("3"))
    found = await books.waiting.unfinished()
    assert [one.note_id for one in found] == [away.id, due.id, wrong.id, cancelled.id, new.id]
    assert [one.is_due for one in found] == [False, True, True, True, True]
    assert [one.waits for one in found] == [True, True, True, False, False]
    assert [one.tries_for_others for one in found] == [True, False, False, False, False]
    assert {one.share for one in found} == {("telegram", ADA), ("telegram", BEA)}
    assert await books.views.unfinished() == [due.id, wrong.id, cancelled.id, new.id]
    assert await books.waiting.next_due() == LATER
    for one in (away, unfunded):
        await books.notes.close(one, NoteState.FAILED, None)
    assert await books.waiting.next_due() == LATER, "of the cancelled one"
