"""Writes about a note: they change that one alone, and nothing more once it has its end."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.errors import NoSound, NoSpeech
from bot.domain.money import Micros
from bot.domain.note import MediaRef, Note, NoteState, Progress, Stage, Ticket
from bot.domain.waiting import Wait, WaitReason
from bot.notes.repository import NoteRepository
from bot.notes.views import Submission
from bot.storage.database import Database
from tests.doubles.provider import transcript_of
from tests.helpers.ledgers import Clock
from tests.helpers.note_books import ADA, BEA, ENDED, ONE, OTHER, Books, note

LATER = datetime(2026, 11, 16, tzinfo=UTC)
AWAY = Wait(WaitReason.PROVIDER_AWAY, LATER)
TWIN = Wait(WaitReason.SAME_RECORDING, LATER)
SAID = replace(transcript_of(16.0, "paid"), cost=Micros(70))
TEN = Micros(10)
LOST = Submission(1, 1, "intended", None, TEN)


@pytest.fixture
async def books(database: Database, clock: Clock) -> Books:
    books = Books(database, clock)
    for one in (ONE, OTHER, ENDED):
        assert await books.notes.add(one)
        await books.notes.set_placeholder(one.id, f"placeholder of {one.key.message}")
        await books.notes.intend(one.id, 1, TEN)
    await books.notes.close(ENDED, NoteState.DONE, None)
    return books


Write = Callable[[NoteRepository, Note], Awaitable[object]]
OF_A_NOTE: dict[str, Write] = {
    "placeholder": lambda notes, one: notes.set_placeholder(one.id, "another"),
    "progress": lambda notes, one: notes.show(one.id, Progress(Stage.PREPARING, 0.5)),
    "pause": lambda notes, one: notes.pause(one.id, AWAY),
    "question": lambda notes, one: notes.ask(one.id, LATER),
    "refusal": lambda notes, one: notes.refuse(one.id, NoSound()),
    "end": lambda notes, one: notes.close(one, NoteState.FAILED, NoSound()),
    "end unless cancelled": lambda notes, one: notes.close_unless_cancelled(one, NoteState.FAILED, NoSound()),
    "cancel": lambda notes, one: notes.request_cancel(one.id),
}
OF_ITS_SOUND: dict[str, Write] = {
    "text": lambda notes, one: notes.keep_text(one.id, SAID),
    "transcript": lambda notes, one: notes.keep_transcript(one.id, SAID),
    "second attempt": lambda notes, one: notes.intend(one.id, 2, TEN),
    "ticket": lambda notes, one: notes.keep_ticket(one.id, 1, Ticket({"id": 7})),
    "chunk": lambda notes, one: notes.keep_chunk(one.id, 1, SAID),
    "refused call": lambda notes, one: notes.close_submission(one.id, 1),
    "lost call": lambda notes, one: notes.give_up(one.id, LOST),
}


@pytest.mark.parametrize("write", (OF_A_NOTE | OF_ITS_SOUND).values(), ids=(OF_A_NOTE | OF_ITS_SOUND).keys())
async def test_what_is_written_about_a_note_is_told_of_no_other(books: Books, write: Write) -> None:
    before = [await books.told(one) for one in (OTHER, ENDED)]
    own = await books.told(ONE)
    await write(books.notes, ONE)
    assert await books.told(ONE) != own
    assert [await books.told(one) for one in (OTHER, ENDED)] == before


@pytest.mark.parametrize("write", OF_A_NOTE.values(), ids=OF_A_NOTE.keys())
async def test_a_note_that_has_its_end_is_left_alone(books: Books, write: Write) -> None:
    before = await books.told(ENDED)
    await write(books.notes, ENDED)
    assert await books.told(ENDED) == before


async def test_the_same_note_is_taken_once(books: Books) -> None:
    assert not await books.notes.add(replace(ONE, user=BEA))
    standing = await books.views.standing(ONE.id)
    assert standing is not None
    assert (standing.account, standing.state, standing.created_at) == (ADA, NoteState.ACCEPTED, books.clock.now)


async def test_progress_is_told_as_it_was_shown_last(books: Books) -> None:
    await books.notes.show(ONE.id, Progress(Stage.TRANSCRIBING, 0.5, seconds_left=30.0))
    standing = await books.views.standing(ONE.id)
    assert standing is not None
    assert (standing.state, standing.stage, standing.progress) == (NoteState.WORKING, Stage.TRANSCRIBING, 0.5)
    assert standing.ready_at == books.clock.now + timedelta(seconds=30)
    await books.notes.show(ONE.id, Progress(Stage.DELIVERING))
    standing = await books.views.standing(ONE.id)
    assert standing is not None
    assert (standing.stage, standing.progress, standing.ready_at) == (Stage.DELIVERING, None, None)


async def test_a_note_that_waits_tells_its_reason_and_goes_on_when_that_passes(books: Books) -> None:
    unfunded = Wait(WaitReason.PROVIDER_UNFUNDED, LATER)
    await books.notes.show(ONE.id, Progress(Stage.TRANSCRIBING, 0.5))
    await books.notes.pause(ONE.id, AWAY)
    await books.notes.pause(OTHER.id, unfunded)
    standing = await books.views.standing(ONE.id)
    assert standing is not None
    assert (standing.state, standing.stage, standing.progress) == (NoteState.WORKING, Stage.WAITING, None)
    assert standing.wait == AWAY
    assert await books.waiting.next_due() == LATER
    assert await books.views.unfinished() == []
    await books.notes.resume_waiting([WaitReason.PROVIDER_AWAY])
    assert await books.views.unfinished() == [ONE.id]
    opened = await books.views.open_note(ONE.id)
    assert opened is not None
    assert opened.waited
    standing = await books.views.standing(ONE.id)
    assert standing is not None
    assert standing.wait == Wait(WaitReason.OTHER, books.clock.now), "what it waited for is over"
    other = await books.views.standing(OTHER.id)
    assert other is not None
    assert (other.state, other.wait) == (NoteState.WORKING, unfunded)


async def test_a_question_is_agreed_to_once(books: Books) -> None:
    await books.notes.ask(ONE.id, LATER)
    await books.notes.pause(OTHER.id, AWAY)
    opened = await books.views.open_note(ONE.id)
    assert opened is not None
    assert (opened.asked_until, opened.agreed) == (LATER, None)
    for number, agrees in enumerate([True, False]):
        assert await books.notes.agree(ONE.id, Micros(80 + number)) is agrees
    opened = await books.views.open_note(ONE.id)
    assert opened is not None
    assert (opened.asked_until, opened.agreed) == (None, 80)
    standing = await books.views.standing(ONE.id)
    assert standing is not None
    assert standing.stage is Stage.QUEUED
    assert await books.views.unfinished() == [ONE.id]
    for asks_nothing in (OTHER, ENDED):
        assert not await books.notes.agree(asks_nothing.id, TEN)
    await books.notes.ask(OTHER.id, LATER)
    assert (await books.views.open_note(ONE.id)) == opened
    await books.notes.close(OTHER, NoteState.FAILED, NoSpeech())
    assert not await books.notes.agree(OTHER.id, TEN)


async def test_notes_that_wait_for_another_of_their_recording_are_resumed(books: Books) -> None:
    first, waits, away, asks, ended, other = (
        note(message, BEA, identity="telegram:other" if message == "9" else "telegram:file") for message in "456789"
    )
    for one in (first, waits, away, asks, ended, other):
        await books.notes.add(one)
    for one in (first, waits, ended, other):
        await books.notes.pause(one.id, TWIN)
    await books.notes.pause(away.id, AWAY)
    await books.notes.ask(asks.id, LATER)
    await books.notes.close(ended, NoteState.FAILED, NoSpeech())
    assert not await books.notes.resume_twins(other)
    assert await books.notes.resume_twins(first)
    assert set(await books.views.unfinished()) == {ONE.id, OTHER.id, waits.id}


async def test_notes_of_the_same_sound_are_resumed_if_their_ids_of_the_file_differ(books: Books) -> None:
    uploads = [note(message, identity=f"discord:{message}") for message in ("4", "5", "6")]
    for one, digest in zip(uploads, ("same", "same", "another"), strict=True):
        await books.notes.add(one)
        await books.notes.keep_sound_hash(one.id, digest)
        await books.notes.pause(one.id, TWIN)
    assert await books.notes.resume_twins(uploads[0])
    assert set(await books.views.unfinished()) == {ONE.id, OTHER.id, uploads[1].id}


async def test_a_question_that_became_needless_is_resumed_and_no_other_note(books: Books) -> None:
    for one in (ONE, OTHER):
        await books.notes.ask(one.id, LATER)
    assert await books.notes.resume_asking(ONE.id)
    assert await books.views.unfinished() == [ONE.id]
    await books.notes.pause(OTHER.id, AWAY)
    for asks_nothing in (OTHER, ENDED):
        assert not await books.notes.resume_asking(asks_nothing.id)
    assert await books.views.unfinished() == [ONE.id]


async def test_an_end_is_not_written_down_for_a_note_that_was_cancelled_before(books: Books) -> None:
    await books.notes.request_cancel(ONE.id)
    assert not await books.notes.close_unless_cancelled(ONE, NoteState.DONE, None)
    assert await books.views.open_note(ONE.id) is not None
    assert await books.notes.close_unless_cancelled(OTHER, NoteState.FAILED, NoSound())
    standing = await books.views.standing(OTHER.id)
    assert standing is not None
    assert standing.error is not None
    assert (standing.state, standing.error.code) == (NoteState.FAILED, "NoSound")
    assert await books.notes.close_unless_cancelled(OTHER, NoteState.DONE, None), "it has its end"
    standing = await books.views.standing(OTHER.id)
    assert standing is not None
    assert standing.state is NoteState.FAILED


async def test_a_note_is_cancelled_unasked_only_if_no_provider_may_charge_for_it(books: Books) -> None:
    assert not await books.notes.cancel_unsubmitted(ONE.id), "a call is intended"
    await books.notes.give_up(ONE.id, LOST)
    assert await books.notes.cancel_unsubmitted(ONE.id)
    assert await books.views.cancel_requested(ONE.id)
    assert not await books.views.cancel_requested(OTHER.id)
    assert not await books.notes.cancel_unsubmitted(ENDED.id)
    await books.notes.add(free := note("4"))
    await books.notes.intend(free.id, 1, Micros(0))
    assert await books.notes.cancel_unsubmitted(free.id), "nothing is charged"
    await books.notes.add(cheap := note("5"))
    await books.notes.intend(cheap.id, 1, Micros(1))
    assert not await books.notes.cancel_unsubmitted(cheap.id)
    await books.notes.keep_ticket(OTHER.id, 1, Ticket({}))
    assert not await books.notes.cancel_unsubmitted(OTHER.id)


async def test_cancels_are_counted_as_far_as_there_is_something_to_cancel(books: Books) -> None:
    assert await books.notes.request_cancel(ONE.id, ENDED.id, "unknown") == 1
    assert [await books.views.cancel_requested(one.id) for one in (ONE, OTHER, ENDED)] == [True, False, False]
    assert await books.notes.cancel_of([BEA]) == 1
    assert [await books.views.cancel_requested(one.id) for one in (OTHER, ENDED)] == [True, False]
    assert await books.notes.cancel_of([ADA, "telegram:3"]) == 1


async def test_notes_of_a_deleted_message_are_found_in_its_own_chat(books: Books) -> None:
    wanted = replace(note("4"), details={"message": "44"})
    others = [replace(note("5", chat="d"), details={"message": "44"}), replace(note("6"), details={"message": "45"})]
    ended, foreign = (replace(note(one), details={"message": "44"}) for one in ("7", "8"))
    foreign = replace(foreign, key=replace(foreign.key, platform="discord"))
    for one in (wanted, *others, ended, foreign):
        await books.notes.add(one)
    await books.notes.close(ended, NoteState.DONE, None)
    assert await books.notes.unfinished_about("telegram", "c", "44") == [wanted.id]


async def test_the_end_of_a_note_keeps_its_reason_and_no_secret_of_its_link(books: Books) -> None:
    link = replace(note("4"), media=MediaRef("https://example.com/a.ogg?token=secret#x"))
    await books.notes.add(link)
    await books.notes.show(link.id, Progress(Stage.TRANSCRIBING, 0.5))
    await books.notes.refuse(link.id, NoSound())
    opened = await books.views.open_note(link.id)
    assert opened is not None
    assert opened.refusal is not None
    assert opened.refusal.to_json() == NoSound().to_json()
    await books.notes.close(link, NoteState.FAILED, NoSpeech())
    assert await books.views.open_note(link.id) is None
    standing, order = await books.views.standing(link.id), await books.views.order(link.id)
    assert standing is not None
    assert order is not None
    assert order.note.media.locator == "https://example.com/a.ogg"
    assert standing.error is not None
    assert (standing.state, standing.error.code) == (NoteState.FAILED, "NoSpeech")
    assert (standing.stage, standing.progress) == (None, None)
