"""Twins of a note: those that may answer it, and those that it may wait for."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.billing import Quote
from bot.domain.errors import NoSpeech
from bot.domain.money import Micros
from bot.domain.note import Note, NoteState, Progress, Stage
from bot.ledger.ledger import Ledger
from bot.notes.answered import AnsweredNotes
from bot.notes.twins import Twin, Twins
from bot.storage.database import Database
from tests.doubles.provider import transcript_of
from tests.helpers.ledgers import IDENTITIES, OPEN, Clock
from tests.helpers.note_books import BEA, Books, note

FILE = "telegram:file"
SAID = transcript_of(16.0, "paid")
FREE = Quote("paid", 16.0, Micros(0), Micros(0))


@pytest.fixture
def books(database: Database, clock: Clock) -> Books:
    return Books(database, clock)


@pytest.fixture
def ledger(database: Database, clock: Clock) -> Ledger:
    return Ledger(database, clock, OPEN, IDENTITIES)


def same(message: str) -> Note:
    return note(message, BEA, identity=FILE)


async def taken(books: Books, *notes: Note) -> None:
    """Take notes one second after the other."""
    for one in notes:
        books.clock.now += timedelta(seconds=1)
        await books.notes.add(one)


async def twins_of(books: Books, own: Note) -> list[Twin]:
    opened = await books.views.open_note(own.id)
    assert opened is not None
    return await Twins(books.database).of(opened)


async def messages_of(books: Books, own: Note) -> list[str]:
    return [twin.note.key.message for twin in await twins_of(books, own)]


async def test_open_notes_of_the_same_file_are_twins_of_the_later_ones(books: Books) -> None:
    other = note("other", identity="telegram:another")
    first, second, third, gone, cancelled = (same(message) for message in ("9", "8", "7", "6", "5"))
    await taken(books, gone, cancelled, first, second, other, note("without"), third)
    await books.notes.close(gone, NoteState.FAILED, NoSpeech())
    await books.notes.request_cancel(cancelled.id)
    assert [await messages_of(books, one) for one in (first, second, third, other)] == [[], ["9"], ["9", "8"], []]


async def test_of_notes_of_one_moment_one_waits_for_the_other(books: Books) -> None:
    notes = sorted((same(message) for message in ("1", "2", "3")), key=lambda one: one.id)
    for one in notes:
        await books.notes.add(one)
    [first, second, third] = notes
    assert [twin.note for twin in await twins_of(books, first)] == []
    assert [twin.note for twin in await twins_of(books, second)] == [first]
    assert [twin.note for twin in await twins_of(books, third)] == [first, second]


async def test_a_later_note_that_holds_its_price_is_a_twin_too(books: Books, ledger: Ledger) -> None:
    first, second, third = (same(message) for message in ("1", "2", "3"))
    await taken(books, first, second, third)
    held_at = books.clock.now = books.clock.now + timedelta(seconds=5)
    await ledger.hold(second.id, BEA, "paid", FREE)
    await ledger.hold(third.id, BEA, "paid", FREE)
    await ledger.release(third.id)
    [twin] = await twins_of(books, first)
    assert (twin.note, twin.held_at, twin.has_transcript, twin.is_posted) == (second, held_at, False, False)


async def test_a_paid_text_answers_whoever_came_first_and_an_unpaid_one_none(books: Books, ledger: Ledger) -> None:
    first, paid, unpaid, kept = (same(message) for message in ("1", "2", "3", "4"))
    await taken(books, first, paid, unpaid, kept)
    for one in (paid, unpaid):
        await ledger.hold(one.id, BEA, "paid", FREE)
        await books.notes.keep_text(one.id, SAID)
    await ledger.settle(paid.id, Micros(0))
    await books.notes.set_placeholder(paid.id, "posted")
    await books.notes.close(paid, NoteState.DONE, None)
    await ledger.release(unpaid.id)
    await books.notes.close(unpaid, NoteState.FAILED, NoSpeech())
    await ledger.hold(kept.id, BEA, "paid", FREE)
    await ledger.settle(kept.id, Micros(0))
    await books.notes.close(kept, NoteState.FAILED, NoSpeech())
    [twin] = await twins_of(books, first)
    assert (twin.note, twin.state, twin.has_transcript, twin.is_posted) == (paid, NoteState.DONE, True, True)
    assert not twin.is_in_work


async def test_notes_that_ask_for_the_price_of_a_recording_are_found_the_oldest_first(books: Books) -> None:
    asks, own, quiet, ended = [same("9"), same("8")], same("7"), same("6"), same("5")
    other = note("4", identity="telegram:another")
    await taken(books, *asks, own, quiet, ended, other)
    for one in (*asks, own, ended, other):
        await books.notes.ask(one.id, books.clock.now + timedelta(days=1))
    await books.notes.close(ended, NoteState.FAILED, NoSpeech())
    assert await Twins(books.database).asking(own) == [one.id for one in asks]


async def test_a_sound_of_several_ids_is_known_by_its_hash(books: Books) -> None:
    uploads = [note(message, identity=f"discord:{message}") for message in ("1", "2", "3", "4")]
    await taken(books, *uploads)
    for one, digest in zip(uploads, ("same", "another", "same"), strict=False):
        await books.notes.keep_sound_hash(one.id, digest)
    assert [await messages_of(books, one) for one in uploads] == [[], [], ["1"], []]


@pytest.mark.parametrize("stage", Stage)
async def test_a_twin_is_in_work_from_its_fetching_on_unless_it_waits(books: Books, stage: Stage) -> None:
    first, second = same("1"), same("2")
    await taken(books, first, second)
    [twin] = await twins_of(books, second)
    assert (twin.stage, twin.is_in_work) == (None, False)
    await books.notes.show(first.id, Progress(stage))
    [twin] = await twins_of(books, second)
    works = {Stage.FETCHING, Stage.PREPARING, Stage.TRANSCRIBING, Stage.DELIVERING}
    assert (twin.stage, twin.is_in_work) == (stage, stage in works)


async def test_answers_of_a_recording_are_found_in_its_own_chat_the_oldest_first(books: Books) -> None:
    here = [same("9"), same("8")]
    key = here[0].key
    elsewhere = [
        replace(same("7"), key=replace(key, message="7", **{field: "x"})) for field in ("platform", "bot", "chat")
    ]
    failed, other = same("6"), note("5", identity="telegram:another")
    await taken(books, *here, *elsewhere, failed, other)
    for one in (*reversed(here), *elsewhere, other):
        await books.notes.close(one, NoteState.DONE, None)
    await books.notes.close(failed, NoteState.FAILED, None)
    assert await AnsweredNotes(books.database).in_chat(key, FILE) == [one.id for one in here]
