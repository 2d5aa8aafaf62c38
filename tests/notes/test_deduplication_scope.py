"""Scope of deduplication: a user's own texts, and those that all can read in the same chat."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from bot.domain.billing import Quote
from bot.domain.money import Micros
from bot.domain.note import ASKER_ALONE, READERS, Note, NoteState, Options, Stage
from bot.domain.transcript import Transcript
from bot.domain.waiting import Wait, WaitReason
from bot.ledger.ledger import Ledger
from bot.notes.deduplication import LOOK_AGAIN, Deduplication, Scope
from bot.notes.twins import Twins
from bot.people.access import Lists, People
from bot.storage.database import Database
from tests.doubles.provider import transcript_of
from tests.helpers.ledgers import IDENTITIES, OPEN, Clock
from tests.helpers.note_books import ADA, BEA, Books, note

GROUP = "telegram:-100"
SAID = transcript_of(16.0, "paid")
FREE = Quote("paid", 16.0, Micros(0), Micros(0))


@dataclass
class Desk:
    """Deduplication over real tables, and notes to deduplicate."""

    books: Books
    people: People
    ledger: Ledger

    def of(self, scope: Scope) -> Deduplication:
        twins, clock = Twins(self.books.database), self.books.clock
        return Deduplication(self.books.notes, self.books.views, twins, self.people, scope, clock, clock())

    async def answered(
        self, one: Note, state: NoteState = NoteState.DONE, said: Transcript = SAID, *, is_posted: bool = True
    ) -> Note:
        """A note with its end and a text that was paid."""
        self.books.clock.now += timedelta(seconds=1)
        await self.books.notes.add(one)
        if is_posted:
            await self.books.notes.set_placeholder(one.id, "message")
        await self.ledger.hold(one.id, one.user, "paid", FREE)
        await self.books.notes.keep_text(one.id, said)
        await self.ledger.settle(one.id, Micros(0))
        await self.books.notes.close(one, state, None)
        return one

    async def found(self, own: Note, scope: Scope = Scope.OWN) -> Transcript | Wait | None:
        self.books.clock.now += timedelta(seconds=1)
        await self.books.notes.add(own)
        opened = await self.books.views.open_note(own.id)
        assert opened is not None
        return await self.of(scope).find(opened)


@pytest.fixture
def desk(database: Database, clock: Clock) -> Desk:
    people = People(database, clock, OPEN, IDENTITIES, Lists())
    return Desk(Books(database, clock), people, Ledger(database, clock, OPEN, IDENTITIES))


def own(message: str = "own", **more: object) -> Note:
    plain = replace(note(message, ADA, identity="telegram:file"), place=GROUP)
    return replace(plain, **more)  # type: ignore[arg-type]  # tests name real fields


def theirs(message: str = "theirs", **more: object) -> Note:
    return own(message, user=BEA, **more)


def elsewhere(one: Note) -> Note:
    return replace(one, key=replace(one.key, chat="another"))


Change = Callable[[Note], Note]
HIDDEN: dict[str, Change] = {
    "another chat": elsewhere,
    "a private chat": lambda one: replace(one, place=""),
    "an answer for its asker alone": lambda one: replace(one, details={READERS: ASKER_ALONE}),
}


async def test_a_text_that_stands_in_the_same_chat_answers_every_user_there(desk: Desk) -> None:
    await desk.answered(theirs())
    assert await desk.found(own()) == SAID


@pytest.mark.parametrize("change", HIDDEN.values(), ids=HIDDEN.keys())
async def test_a_text_that_cannot_be_read_in_the_chat_answers_its_own_user_alone(desk: Desk, change: Change) -> None:
    await desk.answered(change(theirs()))
    assert await desk.found(own()) is None
    assert await desk.found(own("2"), Scope.ALL) == SAID
    assert await desk.found(theirs("3")) == SAID


async def test_a_text_that_was_never_posted_answers_its_own_user_alone(desk: Desk) -> None:
    await desk.answered(theirs(), is_posted=False)
    assert await desk.found(own()) is None
    assert await desk.found(own("2"), Scope.ALL) == SAID


@pytest.mark.parametrize("state", [NoteState.FAILED, NoteState.CANCELLED])
@pytest.mark.parametrize("scope", Scope)
async def test_a_text_that_was_discarded_or_not_delivered_answers_its_own_user_alone(
    desk: Desk, state: NoteState, scope: Scope
) -> None:
    await desk.answered(theirs(), state)
    assert await desk.found(own(), scope) is None
    assert await desk.found(theirs("3"), scope) == SAID


async def test_a_user_s_own_text_answers_on_each_linked_platform(desk: Desk) -> None:
    await desk.answered(replace(theirs(), user="discord:7"), is_posted=False)
    assert await desk.found(own()) is None
    await desk.people.link("discord:7", await desk.people.code(ADA))
    assert await desk.found(own("2")) == SAID


async def test_other_options_or_another_file_make_another_text(desk: Desk) -> None:
    await desk.answered(own("1"))
    assert await desk.found(own("2", options=Options("paid", language="de"))) is None
    assert await desk.found(own("3", options=Options("other"))) is None
    assert await desk.found(own("4", media=replace(own().media, identity="telegram:another"))) is None
    await desk.answered(own("5", media=replace(own().media, identity="")))
    assert await desk.found(own("6", media=replace(own().media, identity=""))) is None
    assert await desk.found(own("7", options=Options("paid", ask_above=Micros(5)))) == SAID


async def test_neither_a_part_nor_silence_answers_another_note(desk: Desk) -> None:
    await desk.answered(own("1"), said=replace(SAID, partial=True))
    await desk.answered(own("2"), said=replace(SAID, text=" "))
    assert await desk.found(own("3")) is None
    last = replace(SAID, text="The whole.")
    await desk.answered(own("4"), said=last)
    assert await desk.found(own("5")) == last


async def test_only_what_may_answer_a_note_is_waited_for(desk: Desk) -> None:
    for number, there in enumerate((theirs("1"), elsewhere(theirs("2", media=replace(own().media, identity="t:2"))))):
        await desk.books.notes.add(there)
        await desk.books.notes.set_placeholder(there.id, "message")
        await desk.of(Scope.OWN).begin(there)
        mine = own(f"own {number}", media=there.media)
        wait = await desk.found(mine)
        if number == 0:
            assert wait == Wait(WaitReason.SAME_RECORDING, desk.books.clock() + LOOK_AGAIN)
        else:
            assert wait is None


async def test_the_end_of_a_note_wakes_those_that_wait_for_it_and_questions_that_its_text_spares(desk: Desk) -> None:
    books, deduplication = desk.books, desk.of(Scope.OWN)
    later = books.clock() + timedelta(days=1)
    first, waits, asks = own("1"), own("2"), own("3")
    stranger = own("4", user="telegram:3", place="")
    other = own("5", options=Options("paid", language="de"))
    for one in (waits, asks, stranger, other):
        await books.notes.add(one)
    assert not await deduplication.wake(waits)
    await books.notes.pause(waits.id, Wait(WaitReason.SAME_RECORDING, later))
    for one in (asks, stranger, other):
        await books.notes.ask(one.id, later)
    assert await deduplication.let_go(asks)
    assert await books.views.unfinished() == [waits.id]
    await books.notes.pause(waits.id, Wait(WaitReason.SAME_RECORDING, later))
    await books.notes.add(failed := own("6"))
    await books.notes.close(failed, NoteState.FAILED, None)
    assert await deduplication.wake(failed)
    assert await books.views.unfinished() == [waits.id], "a question without a text stays"
    await desk.answered(replace(first, place=""))
    assert await deduplication.wake(first)
    assert set(await books.views.unfinished()) == {waits.id, asks.id}
    unknown = own("7", media=replace(own().media, identity=""))
    assert not await deduplication.wake(unknown)


async def test_a_note_without_a_known_file_is_not_waited_for(desk: Desk) -> None:
    unknown = own("1", media=replace(own().media, identity=""))
    await desk.books.notes.add(unknown)
    await desk.of(Scope.OWN).begin(unknown)
    standing = await desk.books.views.standing(unknown.id)
    assert standing is not None
    assert standing.stage is None
    await desk.books.notes.add(known := own("2"))
    await desk.of(Scope.OWN).begin(known)
    standing = await desk.books.views.standing(known.id)
    assert standing is not None
    assert standing.stage is Stage.PREPARING
