"""A cancel: before the first intent it gives everything back; after it the call's result decides who pays."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
import stamina

from bot.domain.billing import Plan
from bot.domain.errors import ProviderRefused
from bot.domain.money import Micros
from bot.domain.note import Note, NoteState
from bot.notes.repository import NoteRepository
from bot.settings import Settings
from bot.storage import tables
from bot.storage.database import Database
from tests.doubles.platform import FolderPlatform
from tests.doubles.provider import PaidProvider
from tests.helpers.ledgers import Clock
from tests.helpers.services import ADA, PRICE, SAID, Application, opened
from tests.helpers.settings import changed

World = tuple[FolderPlatform, PaidProvider]
CREDIT = Micros(1_000_000)


@pytest.fixture(autouse=True)
def no_pauses_between_attempts() -> Iterator[None]:
    with stamina.set_testing(True, attempts=5, cap=True):
        yield


@pytest.fixture
def world(tmp_path: Path) -> World:
    return FolderPlatform(tmp_path / "platform"), PaidProvider(tmp_path / "provider")


@pytest.fixture
async def rig(settings: Settings, world: World) -> AsyncIterator[Application]:
    async with opened(changed(settings, plan=Plan.PREPAID), world) as rig:
        await rig.service.core.ledger.credit(ADA, CREDIT, "first")
        yield rig
        await rig.money_is_right()


async def balance(rig: Application) -> int:
    return (await rig.service.core.ledger.statements.balance(ADA)).balance


async def lost(rig: Application) -> int:
    return sum(row.lost for row in await rig.service.core.ledger.statements.spend())


async def cancelled_at_work(rig: Application, note: Note) -> None:
    """Cancel a note that the provider has, and let the provider go on."""
    rig.provider.free.clear()
    await rig.take(note)
    await rig.provider.busy.wait()
    assert await rig.service.intake.cancel(note.id)
    await asyncio.sleep(0.7)  # a cancel is looked for twice a second
    rig.provider.free.set()


@pytest.mark.parametrize("model", ["paid", "paid-later"])
async def test_a_text_or_a_ticket_is_paid_and_not_posted(rig: Application, voice: Path, model: str) -> None:
    note = rig.platform.note("1", voice, model=model)
    await cancelled_at_work(rig, note)
    standing = await rig.end_of(note)
    assert (standing.state, standing.charged) == (NoteState.CANCELLED, PRICE)
    assert rig.platform.messages() == {
        "1": ["Cancelled. It was already paid: $0.1614. Only you can read the text: /jobs."]
    }
    assert (await balance(rig), await lost(rig)) == (CREDIT - PRICE, 0)
    result = await rig.service.core.queries.result(note.id)
    assert result is not None
    assert result.answer.transcript.text == SAID
    assert not await rig.service.intake.cancel(note.id)


async def test_a_call_that_the_provider_did_not_charge_is_not_paid(rig: Application, voice: Path) -> None:
    rig.provider.error = ProviderRefused(reason="full")
    note = rig.platform.note("1", voice)
    await cancelled_at_work(rig, note)
    assert (await rig.end_of(note)).state == NoteState.CANCELLED
    assert rig.platform.messages() == {"1": ["Cancelled. Nothing was charged."]}
    assert (await balance(rig), await lost(rig)) == (CREDIT, 0)


async def test_a_call_without_an_answer_is_the_operator_s_loss_and_is_not_repeated(
    rig: Application, voice: Path
) -> None:
    rig.provider.silences = 99
    note = rig.platform.note("1", voice)
    await cancelled_at_work(rig, note)
    assert (await rig.end_of(note)).state == NoteState.CANCELLED
    assert len(rig.provider.calls()) == 1
    assert (await balance(rig), await lost(rig)) == (CREDIT, PRICE)
    assert rig.platform.messages() == {"1": ["Cancelled. Nothing was charged."]}


async def test_before_the_provider_has_it_a_cancel_gives_everything_back(rig: Application, voice: Path) -> None:
    rig.platform.seconds_to_fetch = 5
    note = rig.platform.note("1", voice)
    await rig.take(note)
    await asyncio.sleep(0.2)
    assert await rig.service.intake.cancel(note.id)
    assert (await rig.end_of(note)).state == NoteState.CANCELLED
    assert rig.platform.messages() == {"1": ["Cancelled. Nothing was charged."]}
    assert rig.provider.calls() == []
    assert await balance(rig) == CREDIT


async def test_a_ticket_is_collected_though_the_note_was_cancelled_and_stopped_meanwhile(
    settings: Settings, world: World, voice: Path, tmp_path: Path
) -> None:
    source = tmp_path / "v.ogg"
    source.write_bytes(voice.read_bytes())
    note = world[0].note("1", source, model="paid-later")
    world[1].later.clear()
    prepaid = changed(settings, plan=Plan.PREPAID)
    async with opened(prepaid, world) as rig:
        await rig.service.core.ledger.credit(ADA, CREDIT, "first")
        await rig.take(note)
        async with asyncio.timeout(10):
            while not (await rig.service.core.notes.before_submit(note.id)).tickets:
                await asyncio.sleep(0.01)
        assert await rig.service.intake.cancel(note.id)
    source.unlink()
    world[1].later.set()
    async with opened(prepaid, world) as rig:
        standing = await rig.end_of(note)
        assert (standing.state, standing.charged) == (NoteState.CANCELLED, PRICE)
        assert SAID not in rig.platform.messages()["1"]
        await rig.money_is_right()


async def test_while_the_provider_has_it_the_price_that_is_owed_is_told(rig: Application, voice: Path) -> None:
    note = rig.platform.note("1", voice)
    rig.provider.seconds_of_work = 1.2
    await rig.take(note)
    await rig.end_of(note)
    assert PRICE in {shown.owed for shown in rig.platform.shown}


async def test_where_nothing_is_charged_no_price_is_owed(settings: Settings, world: World, voice: Path) -> None:
    async with opened(changed(settings, plan=Plan.OPEN), world) as rig:
        note = rig.platform.note("1", voice)
        rig.provider.seconds_of_work = 1.2
        await rig.take(note)
        await rig.end_of(note)
        assert {shown.owed for shown in rig.platform.shown} == {None}


async def test_a_cancel_waits_for_an_intent_that_is_being_written_down(
    database: Database, clock: Clock, voice: Path, tmp_path: Path
) -> None:
    note, notes = FolderPlatform(tmp_path / "platform").note("1", voice), NoteRepository(database, clock)
    await notes.add(note)
    async with database.writing() as connection:  # as `intend` does
        row = sa.select(tables.note.c.id).where(tables.note.c.id == note.id).with_for_update()
        await connection.execute(row)
        cancelled = asyncio.create_task(notes.cancel_unsubmitted(note.id))
        await asyncio.sleep(0.3)
        intent = {"note_id": note.id, "attempt": 1, "chunk": 1, "state": "intended", "cost": PRICE}
        await connection.execute(sa.insert(tables.submission).values(intent | {"intended_at": clock()}))
    async with asyncio.timeout(10):
        assert not await cancelled
