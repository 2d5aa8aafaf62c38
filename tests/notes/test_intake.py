"""Intake: a note is written down, shown and queued once, for users who may, and paid by the right account."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.catalog import Catalog
from bot.domain.errors import BadOptions, DiskFull, NoAccess, Paused
from bot.domain.money import Micros
from bot.domain.note import Note, NoteState, Options
from bot.notes.intake import Intake
from bot.people.access import Access, Admission, Lists, People
from bot.storage.database import Database
from bot.support.files import Room
from tests.doubles.platform import FolderPlatform
from tests.doubles.provider import MODELS
from tests.helpers.ledgers import IDENTITIES, OPEN, Clock
from tests.helpers.note_books import Books

ADA, BEA, CLUB = "folder:ada", "folder:bea", "folder:-100"


@dataclass
class Queue:
    """In the place of the engine: it writes down what is to be worked on."""

    started: list[tuple[str, str, str, datetime]] = field(default_factory=list)

    async def start(self, note_id: str, queue: str, share: str, taken_at: datetime) -> None:
        self.started.append((note_id, queue, share, taken_at))

    @property
    def ids(self) -> list[str]:
        return [note_id for note_id, *_ in self.started]


@dataclass
class Front:
    """An intake over real tables, a platform, and the queue that it fills."""

    books: Books
    people: People
    admission: Admission
    platform: FolderPlatform
    queue: Queue
    folder: Path
    free: int = 1_000
    woken: int = 0

    def wake(self) -> None:
        self.woken += 1

    @asynccontextmanager
    async def open(self, *, groups_pay: bool = False) -> AsyncIterator[Intake]:
        """Wait at the end of the context for all that was begun."""
        async with asyncio.TaskGroup() as tasks:
            yield Intake(
                self.books.notes,
                self.books.views,
                self.queue,
                Catalog(MODELS),
                {self.platform.platform: self.platform},
                tasks,
                Room(self.folder, 100, lambda _: self.free),
                self.admission,
                groups_pay,
                self.books.clock,
                self.wake,
            )

    async def taken(self, note: Note) -> Note | None:
        order = await self.books.views.order(note.id)
        return None if order is None else order.note


@pytest.fixture
def front(database: Database, clock: Clock, tmp_path: Path) -> Front:
    people = People(database, clock, OPEN, IDENTITIES, Lists())
    platform = FolderPlatform(tmp_path / "platform")
    return Front(
        Books(database, clock), people, Admission(database, clock, people), platform, Queue(), tmp_path / "spool"
    )


def note(front: Front, message: str = "1", **more: object) -> Note:
    return replace(front.platform.note(message, Path("voice.ogg")), **more)  # type: ignore[arg-type]  # real fields


async def test_a_note_is_written_down_shown_and_queued_once(front: Front) -> None:
    one = note(front, options=Options("paid", language="German"))
    async with front.open() as intake:
        taken_at = front.books.clock.now
        assert await intake.accept(one)
        front.books.clock.now += timedelta(seconds=5)
        assert not await intake.accept(one)
    assert front.queue.started == [(one.id, "folder", ADA, taken_at)]
    taken = await front.taken(one)
    assert taken is not None
    assert (taken.options.language, taken.payer) == ("de", "")
    assert await front.books.views.placeholder(one.id) is not None
    assert len(front.platform.messages()) == 1


async def test_what_is_said_in_a_group_is_paid_by_the_group_if_groups_pay(front: Front) -> None:
    in_group, private, named = note(front, place=CLUB), note(front, "2"), note(front, "3", place=CLUB, payer=BEA)
    async with front.open(groups_pay=True) as intake:
        for one in (in_group, private, named):
            await intake.accept(one)
    taken = [await front.taken(one) for one in (in_group, private, named)]
    assert [one and (one.payer, one.paid_by) for one in taken] == [(CLUB, CLUB), ("", ADA), (BEA, BEA)]
    async with front.open() as intake:
        await intake.accept(other := note(front, "4", place=CLUB))
    taken_by_user = await front.taken(other)
    assert taken_by_user is not None
    assert taken_by_user.paid_by == ADA


async def test_nothing_is_written_down_of_a_note_that_may_not_be_taken(front: Front) -> None:
    await front.people.decide(BEA, Access.BLOCKED)
    await front.people.decide(CLUB, Access.BLOCKED)
    refused = [
        (note(front, "1", user=BEA), NoAccess),
        (note(front, "2", place=CLUB), NoAccess),
        (note(front, "3", options=Options("paid", language="klingon")), BadOptions),
        (note(front, "4", options=Options("unknown")), BadOptions),
    ]
    async with front.open() as intake:
        for one, error in refused:
            with pytest.raises(error):
                await intake.accept(one)
        await front.admission.pause("later")
        with pytest.raises(Paused):
            await intake.accept(note(front, "5"))
        await front.admission.resume()
        front.free = 99
        for asked in (intake.check_room(), intake.accept(note(front, "6"))):
            with pytest.raises(DiskFull):
                await asked
        front.free = 100
        await intake.check_room()
    assert front.queue.ids == []
    assert await front.books.views.recent(9) == []


async def test_notes_that_were_never_queued_are_resumed_in_their_order_and_shown_once(front: Front) -> None:
    shown, unshown, ended = (note(front, message) for message in ("1", "2", "3"))
    foreign = note(front, "4")
    foreign = replace(foreign, key=replace(foreign.key, platform="gone"))
    taken_at = {}
    for one in (foreign, shown, unshown, ended):
        front.books.clock.now += timedelta(seconds=1)
        taken_at[one.id] = front.books.clock.now
        await front.books.notes.add(one)
    await front.books.notes.set_placeholder(shown.id, "there already")
    await front.books.notes.close(ended, NoteState.FAILED, None)
    async with front.open() as intake:
        await intake.resume([foreign.id, "unknown", ended.id, shown.id, unshown.id])
        await intake.resume([unshown.id])  # its placeholder is being posted
    assert front.queue.started == [(one.id, "folder", ADA, taken_at[one.id]) for one in (shown, unshown)]
    assert await front.books.views.placeholder(shown.id) == "there already"
    assert len(front.platform.messages()) == 1
    async with front.open() as intake:
        await intake.resume([unshown.id])
    assert front.queue.ids == [shown.id, unshown.id, unshown.id]


async def test_a_cancel_is_told_if_it_comes_too_late_and_wakes_what_waits(front: Front) -> None:
    one, other = note(front), note(front, "2", details={"message": "22"})
    async with front.open() as intake:
        for new in (one, other):
            await intake.accept(new)
        assert [await intake.cancel(one.id), await intake.cancel("unknown")] == [True, False]
        assert front.woken == 2
        assert await intake.cancel_unsubmitted(other.id)
        await front.books.notes.close(other, NoteState.CANCELLED, None)
        assert not await intake.cancel_unsubmitted(other.id)
        assert front.woken == 4
        await intake.accept(third := note(front, "3", details={"message": "33"}))
        await intake.cancel_about("folder", "chat", "33")
    assert await front.books.views.cancel_requested(third.id)


async def test_a_price_is_agreed_to_by_users_who_may_use_the_service_there(front: Front) -> None:
    one = note(front, place=CLUB)
    async with front.open() as intake:
        await intake.accept(one)
        await front.books.notes.ask(one.id, front.books.clock.now + timedelta(days=1))
        for blocked, by in ((BEA, BEA), (ADA, BEA), (CLUB, ""), (ADA, "")):
            await front.people.decide(blocked, Access.BLOCKED)
            with pytest.raises(NoAccess):
                await intake.agree(one.id, Micros(5), by)
            await front.people.decide(blocked, None)
        assert front.woken == 0
        assert not await intake.agree("unknown", Micros(5))
        assert await intake.agree(one.id, Micros(5), BEA)
        assert front.woken == 1
        assert not await intake.agree(one.id, Micros(5))
    opened = await front.books.views.open_note(one.id)
    assert opened is not None
    assert opened.agreed == 5
