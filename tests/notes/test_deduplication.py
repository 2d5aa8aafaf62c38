"""The same recording again: its text is given to everybody who asks, and paid once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.domain.audio import Audio
from bot.domain.billing import AskPrice, Held, Plan, Quote
from bot.domain.errors import NotNow, ProviderRefused
from bot.domain.money import Micros
from bot.domain.note import Note, NoteState, Options, Stage, Ticket
from bot.domain.ports import Report
from bot.domain.transcript import Transcript
from bot.domain.waiting import Wait, WaitReason
from bot.notes.deduplication import LONGEST_WAIT, LOOK_AGAIN, Deduplication, Scope
from bot.notes.twins import Twins
from bot.notes.views import OpenNote
from bot.service.core import Core, open_core
from bot.settings import Settings
from tests.doubles.platform import FolderPlatform
from tests.doubles.provider import MODELS, PaidProvider
from tests.helpers.ledgers import Clock, mid_november
from tests.helpers.services import ADA, PRICE, SAID, Application, opened
from tests.helpers.settings import changed

BEA = "folder:bea"


@pytest.fixture
def world(tmp_path: Path) -> tuple[FolderPlatform, PaidProvider]:
    return FolderPlatform(tmp_path / "platform"), PaidProvider(tmp_path / "provider")


@pytest.fixture
async def rig(settings: Settings, world: tuple[FolderPlatform, PaidProvider]) -> AsyncIterator[Application]:
    async with opened(changed(settings, plan=Plan.PREPAID, known_files="all"), world) as rig:
        for user in (ADA, BEA):
            await rig.service.core.ledger.credit(user, Micros(1_000_000), user)
        yield rig


async def spent(rig: Application, user: str) -> int:
    return (await rig.service.core.ledger.statements.balance(user)).spent


async def test_a_known_recording_is_answered_without_being_paid_again(rig: Application, voice: Path) -> None:
    first = rig.platform.note("1", voice, identity="file:a")
    await rig.take(first)
    await rig.end_of(first)
    second = rig.platform.note("2", voice, user=BEA, identity="file:a")
    await rig.take(second)
    assert (await rig.end_of(second)).charged == 0
    assert rig.platform.messages() == {"1": [SAID], "2": [SAID]}
    assert len(rig.provider.calls()) == 1
    assert (await spent(rig, ADA), await spent(rig, BEA)) == (PRICE, 0)
    await rig.money_is_right()


class KnowsAda(PaidProvider):
    """A provider that knows a speaker."""

    async def submit(self, audio: Audio, options: Options, report: Report, user: str = "") -> Transcript | Ticket:
        said = await super().submit(audio, options, report, user)
        assert isinstance(said, Transcript)
        return replace(said, names={"Speaker 1": "Ada"})


async def test_a_known_speaker_is_named_in_that_note_alone(settings: Settings, tmp_path: Path, voice: Path) -> None:
    world = FolderPlatform(tmp_path / "platform"), KnowsAda(tmp_path / "provider")
    async with opened(changed(settings, known_files="all"), world) as rig:
        first, second = (
            rig.platform.note(number, voice, user=user, identity="file:a") for number, user in (("1", ADA), ("2", BEA))
        )
        for one in (first, second):
            await rig.take(one)
            await rig.end_of(one)
        results = [await rig.service.core.queries.result(one.id) for one in (first, second)]
        assert [result.answer.names for result in results if result] == [{"Speaker 1": "Ada"}, {}]
        assert len(rig.provider.calls()) == 1, "the second was answered from the first"


async def test_everybody_who_waits_for_a_recording_gets_its_text(rig: Application, voice: Path) -> None:
    rig.provider.free.clear()
    notes = [rig.platform.note(str(number), voice, user=BEA, identity="file:a") for number in range(5)]
    await rig.take(notes[0])
    await rig.provider.busy.wait()
    await rig.take(*notes[1:])
    async with asyncio.timeout(20):
        while sum(one.stage is Stage.WAITING for one in rig.platform.shown) < 4:
            await asyncio.sleep(0.02)
    rig.provider.free.set()
    ends = [await rig.end_of(note) for note in notes]
    assert [end.charged for end in ends] == [PRICE, 0, 0, 0, 0]
    assert rig.platform.messages() == {str(number): [SAID] for number in range(5)}
    assert len(rig.provider.calls()) == 1
    await rig.money_is_right()


async def test_those_who_waited_in_vain_go_on_by_themselves(rig: Application, voice: Path) -> None:
    rig.provider.free.clear()
    first, second = (rig.platform.note(name, voice, identity="file:a") for name in ("1", "2"))
    await rig.take(first)
    await rig.provider.busy.wait()
    await rig.take(second)
    async with asyncio.timeout(20):
        while not any(one.stage is Stage.WAITING for one in rig.platform.shown):
            await asyncio.sleep(0.02)
    await rig.service.intake.cancel(first.id)
    rig.provider.error = ProviderRefused(reason="full")
    rig.provider.free.set()
    assert (await rig.end_of(first)).state is NoteState.CANCELLED
    rig.provider.error = None
    assert (await rig.end_of(second)).state is NoteState.DONE
    await rig.money_is_right()


async def test_what_is_asked_for_otherwise_is_another_transcript(rig: Application, voice: Path) -> None:
    first = rig.platform.note("1", voice, identity="file:a")
    second = rig.platform.note("2", voice, identity="file:a", language="es")
    await rig.take(first)
    await rig.end_of(first)
    await rig.take(second)
    assert (await rig.end_of(second)).charged == PRICE


async def test_a_recording_that_was_refused_is_tried_again(rig: Application, voice: Path) -> None:
    first, second = (rig.platform.note(name, voice, identity="file:a") for name in ("1", "2"))
    rig.provider.error = ProviderRefused(reason="too quiet")
    await rig.take(first)
    await rig.end_of(first)
    rig.provider.error = None
    await rig.take(second)
    assert (await rig.end_of(second)).charged == PRICE


async def test_files_that_the_platform_does_not_know_are_never_the_same(rig: Application, voice: Path) -> None:
    for name in ("1", "2"):
        note = rig.platform.note(name, voice)
        await rig.take(note)
        assert (await rig.end_of(note)).charged == PRICE


async def test_a_service_that_pays_for_each_does(
    settings: Settings, world: tuple[FolderPlatform, PaidProvider], voice: Path
) -> None:
    async with opened(changed(settings, known_files=False), world) as rig:
        for name in ("1", "2"):
            note = rig.platform.note(name, voice, identity="file:a")
            await rig.take(note)
            assert (await rig.end_of(note)).charged == PRICE


async def test_notes_that_waited_for_the_provider_pay_a_recording_once(rig: Application, voice: Path) -> None:
    until = datetime.now(UTC) + timedelta(hours=1)
    rig.provider.pause = NotNow(WaitReason.PROVIDER_UNFUNDED, until)
    notes = [rig.platform.note(str(number), voice, identity="file:a") for number in range(4)]
    await rig.take(*notes)
    async with asyncio.timeout(20):
        while sum(one.stage is Stage.WAITING for one in rig.platform.shown) < 4:
            await asyncio.sleep(0.02)
    rig.provider.pause = None
    async with rig.service.core.db.writing() as connection:
        await connection.execute(sa.text("UPDATE note SET not_before = created_at"))
    assert sum([(await rig.end_of(note)).charged or 0 for note in notes]) == PRICE
    assert len(rig.provider.calls()) == 1
    await rig.money_is_right()


async def test_one_yes_answers_everybody_who_was_asked(rig: Application, voice: Path) -> None:
    notes = [
        rig.platform.note(str(number), voice, identity="file:a", ask_above=Micros(PRICE - 1)) for number in range(3)
    ]
    await rig.take(*notes)
    async with asyncio.timeout(20):
        while sum(one.stage is Stage.ASKING for one in rig.platform.shown) < 3:
            await asyncio.sleep(0.02)
    assert await rig.service.intake.agree(notes[2].id, PRICE)
    assert [(await rig.end_of(note)).charged for note in notes] == [0, 0, PRICE]
    assert len(rig.provider.calls()) == 1
    await rig.money_is_right()


# How long a note waits, by the clock.


@dataclass
class Look:
    """One note that looks for the text of another."""

    core: Core
    clock: Clock
    deduplication: Deduplication
    first: Note
    second: OpenNote

    async def hold(self, note: Note) -> Held | AskPrice | Wait:
        nothing = Micros(0)
        quote = Quote("paid", 16.0, nothing, nothing)
        return await self.core.ledger.hold(note.id, note.user, "paid", quote, platform="folder")

    async def until(self) -> timedelta | None:
        """Return how long the second is to wait now; None: it goes on by itself."""
        found = await self.deduplication.find(self.second)
        assert not isinstance(found, Transcript)
        return None if found is None else found.until - self.clock()


@pytest.fixture
async def look(settings: Settings, tmp_path: Path, voice: Path) -> AsyncIterator[Look]:
    clock, platform = mid_november(), FolderPlatform(tmp_path / "platform")
    async with open_core(settings, MODELS, clock) as core:
        first, second = (platform.note(name, voice, identity="file:a") for name in ("1", "2"))
        await core.note_repository.add(first)
        clock.now += timedelta(seconds=1)
        await core.note_repository.add(second)
        opened = await core.notes.open_note(second.id)
        assert opened is not None
        deduplication = Deduplication(
            core.note_repository, core.notes, Twins(core.db), core.people, Scope.OWN, clock, clock()
        )
        yield Look(core, clock, deduplication, first, opened)


async def test_a_note_waits_for_one_that_has_begun_and_for_no_other(look: Look) -> None:
    assert await look.until() is None, "it is queued"
    await look.deduplication.begin(look.first)
    assert await look.until() == LOOK_AGAIN
    await look.core.note_repository.pause(look.first.id, Wait(WaitReason.PROVIDER_BUSY, look.clock()))
    assert await look.until() is None
    await look.core.note_repository.ask(look.first.id, look.clock())
    assert await look.until() is None


async def test_a_note_waits_two_minutes_at_most_from_the_others_hold(look: Look) -> None:
    await look.deduplication.begin(look.first)
    await look.hold(look.first)
    look.clock.now += timedelta(seconds=90)
    assert await look.until() == timedelta(seconds=30)
    look.clock.now += timedelta(seconds=30)
    assert await look.until() is None


async def test_a_note_waits_two_minutes_at_most_for_one_whose_file_does_not_arrive(look: Look) -> None:
    await look.deduplication.begin(look.first)
    waited = timedelta()
    while (wait := await look.until()) is not None:
        waited += wait
        look.clock.now += wait
    assert waited == LONGEST_WAIT


async def test_two_notes_of_a_recording_never_wait_for_each_other(look: Look) -> None:
    earlier = await look.core.notes.open_note(look.first.id)
    assert earlier is not None
    for note in (look.first, look.second.note):
        await look.deduplication.begin(note)
    assert await look.deduplication.find(earlier) is None
    assert await look.until() == LOOK_AGAIN


async def test_the_earlier_note_waits_for_a_later_one_that_is_about_to_hold_the_price(look: Look) -> None:
    """The later one looked before the earlier one began, and the earlier one looks before the later one holds."""
    earlier = await look.core.notes.open_note(look.first.id)
    assert earlier is not None
    looked, may_hold = asyncio.Event(), asyncio.Event()

    async def hold_late() -> Held | AskPrice | Wait:
        looked.set()
        await may_hold.wait()
        return await look.hold(look.second.note)

    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        await look.deduplication.begin(look.second.note)
        later = tasks.create_task(look.deduplication.claim(look.second, hold_late))
        await looked.wait()
        await look.deduplication.begin(look.first)
        first = tasks.create_task(look.deduplication.claim(earlier, partial(look.hold, look.first)))
        await asyncio.sleep(0.1)
        may_hold.set()
    assert isinstance(later.result(), Held)
    assert isinstance(first.result(), Wait)
