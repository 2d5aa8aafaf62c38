"""Attempts at a provider, as they are written down: what may be charged is known, whatever became of it."""

from dataclasses import replace

import pytest

from bot.domain.money import Micros
from bot.domain.note import Ticket
from bot.storage.database import Database
from tests.doubles.provider import transcript_of
from tests.helpers.ledgers import Clock
from tests.helpers.note_books import ONE, OTHER, Books

TEN, FIVE = Micros(10), Micros(5)
SAID = replace(transcript_of(16.0, "paid"), cost=Micros(70))
LOUDER = replace(SAID, text="Something else.", cost=Micros(90))


@pytest.fixture
async def books(database: Database, clock: Clock) -> Books:
    books = Books(database, clock)
    for one in (ONE, OTHER):
        await books.notes.add(one)
    return books


async def test_an_attempt_is_written_down_with_its_chunk_and_its_quote(books: Books) -> None:
    assert await books.notes.intend(ONE.id, 1, TEN)
    assert await books.notes.intend(OTHER.id, 1, FIVE, 2, 3, 60.5)
    before = await books.views.before_submit(ONE.id)
    [whole] = before.submissions
    assert (whole.attempt, whole.chunk, whole.of, whole.start, whole.cost) == (1, 1, 1, 0.0, 10)
    assert (whole.state, whole.may_be_charged, whole.was_lost) == ("intended", True, True)
    assert (before.committed, before.next_attempt, before.answered, before.tickets) == (10, 2, set(), {})
    [chunk] = (await books.views.before_submit(OTHER.id)).submissions
    assert (chunk.chunk, chunk.of, chunk.start, chunk.cost) == (2, 3, 60.5, 5)


async def test_no_attempt_begins_for_a_cancelled_note(books: Books) -> None:
    assert await books.notes.intend(ONE.id, 1, TEN)
    await books.notes.request_cancel(ONE.id)
    assert not await books.notes.intend(ONE.id, 2, TEN)
    assert await books.states(ONE) == [(1, "intended", 10)], "nor is the one before given up"
    assert await books.notes.intend(OTHER.id, 1, TEN)


async def test_a_second_attempt_gives_up_those_of_its_chunk_that_were_never_answered(books: Books) -> None:
    for attempt, chunk in enumerate((1, 2, 2, 3), 1):
        await books.notes.intend(ONE.id, attempt, TEN, chunk, 3)
    assert await books.states(ONE) == [(1, "intended", 10), (2, "failed", 10), (2, "intended", 10), (3, "intended", 10)]
    await books.notes.keep_ticket(ONE.id, 4, Ticket({}))
    await books.notes.intend(OTHER.id, 1, TEN)
    await books.notes.intend(ONE.id, 5, TEN, 3, 3)
    assert (await books.states(ONE))[3:] == [(3, "ticket", 10), (3, "intended", 10)]
    assert await books.states(OTHER) == [(1, "intended", 10)]
    lost = [one.was_lost for one in (await books.views.before_submit(ONE.id)).submissions]
    assert lost == [True, True, True, False, True]


async def test_a_ticket_keeps_its_quote_until_the_provider_names_the_charge(books: Books) -> None:
    for one, ticket in ((ONE, Ticket({"id": 7})), (OTHER, Ticket({"id": 8}, FIVE))):
        await books.notes.intend(one.id, 1, TEN)
        await books.notes.keep_ticket(one.id, 1, ticket)
    assert await books.states(ONE) == [(1, "ticket", 10)]
    assert await books.states(OTHER) == [(1, "ticket", 5)]
    promise = (await books.views.before_submit(OTHER.id)).tickets[1]
    assert promise.ticket == Ticket({"id": 8}, FIVE)
    assert (await books.views.before_submit(ONE.id)).is_submitted


async def test_a_chunk_is_kept_with_its_charge_and_its_start(books: Books) -> None:
    for attempt, chunk in ((1, 2), (2, 1)):
        await books.notes.intend(ONE.id, attempt, TEN, chunk, 2, 60.0 * (chunk - 1))
        await books.notes.keep_chunk(ONE.id, attempt, SAID if chunk == 1 else LOUDER)
    assert await books.states(ONE) == [(2, "answered", 90), (1, "answered", 70)]
    assert await books.views.chunk_transcripts(ONE.id) == [(0.0, SAID), (60.0, LOUDER)]
    assert (await books.views.before_submit(ONE.id)).committed_beside(1) == 90


async def test_a_refused_call_costs_nothing_and_a_lost_one_its_quote(books: Books) -> None:
    for attempt in (1, 2, 3):
        await books.notes.intend(ONE.id, attempt, TEN, attempt, 3)
    await books.notes.close_submission(ONE.id, 1)
    await books.notes.give_up(ONE.id, (await books.views.before_submit(ONE.id)).submissions[1])
    assert await books.states(ONE) == [(1, "failed", 0), (2, "failed", 10), (3, "intended", 10)]
    before = await books.views.before_submit(ONE.id)
    assert [one.was_lost for one in before.submissions] == [False, True, True]
    assert before.committed == 10


@pytest.mark.parametrize("memo", ["", "cancelled"])
async def test_a_call_that_was_given_up_keeps_its_ticket_and_the_memo_of_its_loss(books: Books, memo: str) -> None:
    await books.notes.intend(ONE.id, 1, TEN)
    await books.notes.keep_ticket(ONE.id, 1, Ticket({"id": 7}))
    promise = (await books.views.before_submit(ONE.id)).tickets[1]
    await books.notes.give_up(ONE.id, replace(promise, memo=memo))
    [given_up] = (await books.views.before_submit(ONE.id)).submissions
    assert (given_up.state, given_up.cost, given_up.memo) == ("failed", 10, memo)
    assert given_up.was_lost
    assert given_up.ticket is not None
    assert given_up.ticket.body["id"] == 7


async def test_the_first_text_stays_and_closes_what_was_to_bring_it(books: Books) -> None:
    for attempt in (1, 2):
        await books.notes.intend(ONE.id, attempt, TEN)
    await books.notes.intend(OTHER.id, 1, TEN)
    await books.notes.keep_ticket(OTHER.id, 1, Ticket({}))
    await books.notes.keep_transcript(ONE.id, SAID)
    assert await books.states(ONE) == [(1, "failed", 10), (1, "answered", 70)]
    assert await books.states(OTHER) == [(1, "ticket", 10)]
    await books.notes.keep_transcript(ONE.id, LOUDER)
    await books.notes.keep_text(ONE.id, LOUDER)
    assert await books.views.transcript(ONE.id) == SAID
    assert await books.states(ONE) == [(1, "failed", 10), (1, "answered", 70)]
    await books.notes.keep_transcript(OTHER.id, LOUDER)
    assert await books.states(OTHER) == [(1, "answered", 90)]


async def test_a_text_that_was_joined_leaves_the_costs_of_its_chunks(books: Books) -> None:
    await books.notes.intend(ONE.id, 1, TEN, 1, 2)
    await books.notes.keep_text(ONE.id, SAID)
    assert await books.states(ONE) == [(1, "intended", 10)]
    assert (await books.views.before_submit(ONE.id)).transcript == SAID


async def test_a_speaker_has_the_last_name_that_was_given(books: Books) -> None:
    for one in (ONE, OTHER):
        await books.notes.keep_text(one.id, SAID)
    await books.notes.rename_speaker(ONE.id, "Speaker 1", "Ada")
    await books.notes.rename_speaker(ONE.id, "Speaker 2", "Bea")
    assert await books.views.names(ONE.id) == {"Speaker 1": "Ada", "Speaker 2": "Bea"}
    await books.notes.rename_speaker(ONE.id, "Speaker 1", "")
    assert await books.views.names(ONE.id) == {"Speaker 2": "Bea"}
    assert await books.views.names(OTHER.id) == {}
