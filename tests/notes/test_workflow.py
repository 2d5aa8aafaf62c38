"""The life of a note, through the doors that adapters use: accept in, a message out, the money right."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
import stamina
from sqlalchemy.exc import IntegrityError

from bot.domain.billing import Plan
from bot.domain.errors import ProviderDown, ProviderRefused, UnknownModel
from bot.domain.money import Micros
from bot.domain.note import NoteState, Progress, Stage
from bot.locales import error_text
from bot.service.core import open_core
from bot.service.worker import open_service
from bot.settings import Settings
from tests.doubles.platform import FolderPlatform
from tests.doubles.provider import MODELS, PaidProvider, transcript_of
from tests.helpers.services import ADA, PRICE, SAID, Application, opened
from tests.helpers.settings import changed


@pytest.fixture(autouse=True)
def no_pauses_between_attempts() -> Iterator[None]:
    with stamina.set_testing(True, attempts=5, cap=True):
        yield


@pytest.fixture
def world(tmp_path: Path) -> tuple[FolderPlatform, PaidProvider]:
    return FolderPlatform(tmp_path / "platform"), PaidProvider(tmp_path / "provider")


@pytest.fixture
async def rig(settings: Settings, world: tuple[FolderPlatform, PaidProvider]) -> AsyncIterator[Application]:
    async with opened(settings, world) as rig:
        yield rig


async def test_a_note_becomes_its_text_and_is_paid(rig: Application, voice: Path, settings: Settings) -> None:
    note = rig.platform.note("1", voice)
    await rig.take(note)
    standing = await rig.end_of(note)
    assert (standing.state, standing.charged) == (NoteState.DONE, PRICE)
    assert rig.platform.messages() == {"1": [SAID]}
    assert (await rig.service.core.ledger.statements.balance(ADA)).spent == PRICE
    assert not any((settings.storage.data_dir / "spool").iterdir())
    await rig.money_is_right()


async def test_the_same_note_sent_again_is_the_same_note(rig: Application, voice: Path) -> None:
    note = rig.platform.note("1", voice)
    assert await rig.service.intake.accept(note)
    assert not await rig.service.intake.accept(note)
    await rig.end_of(note)
    assert not await rig.service.intake.accept(note)
    assert len(rig.provider.calls()) == 1
    assert rig.platform.messages() == {"1": [SAID]}


async def test_what_the_budget_does_not_cover_is_refused_before_the_provider_is_asked(
    settings: Settings, world: tuple[FolderPlatform, PaidProvider], voice: Path
) -> None:
    async with opened(changed(settings, plan=Plan.PREPAID), world) as rig:
        await rig.service.core.ledger.credit(ADA, Micros(100_000), "first")
        note = rig.platform.note("1", voice)
        await rig.take(note)
        standing = await rig.end_of(note)
        assert standing.state == NoteState.FAILED
        assert rig.platform.messages() == {
            "1": ["This would cost $0.1614, and $0.10 is left to spend. Top up, or send less."]
        }
        assert rig.provider.calls() == []
        await rig.money_is_right()


async def test_a_file_that_is_gone_costs_nothing(rig: Application, tmp_path: Path) -> None:
    note = rig.platform.note("1", tmp_path / "gone.ogg")
    await rig.take(note)
    standing = await rig.end_of(note)
    assert standing.charged is None
    assert rig.platform.messages() == {"1": ["There is no file gone.ogg."]}


async def test_a_file_that_is_no_sound_costs_nothing(rig: Application, tmp_path: Path) -> None:
    (tmp_path / "letter.ogg").write_text("Dear reader, this is no sound.")
    note = rig.platform.note("1", tmp_path / "letter.ogg")
    await rig.take(note)
    assert (await rig.end_of(note)).state == NoteState.FAILED
    assert rig.provider.calls() == []
    await rig.money_is_right()


@pytest.mark.parametrize("error", [ProviderDown(), ProviderRefused(reason="too quiet")])
async def test_a_provider_that_refuses_costs_nobody_anything(
    rig: Application, voice: Path, error: ProviderDown | ProviderRefused
) -> None:
    rig.provider.error = error
    note = rig.platform.note("1", voice)
    await rig.take(note)
    await rig.end_of(note)
    assert rig.platform.messages() == {"1": [error_text("en", error)]}
    assert [(row.charged, row.cost) for row in await rig.service.core.ledger.statements.spend()] in ([], [(0, 0)])
    await rig.money_is_right()


async def test_a_failure_of_ours_is_told_with_a_reference_and_the_operator_bears_what_may_be_charged(
    rig: Application, voice: Path
) -> None:
    def explode(_price: Micros) -> Micros:
        raise RuntimeError("the wire broke")

    rig.provider.charges = explode
    note = rig.platform.note("1", voice)
    await rig.take(note)
    await rig.end_of(note)
    (text,) = rig.platform.messages()["1"]
    assert "went wrong on our side" in text
    assert "wire" not in text
    assert (await rig.service.core.ledger.statements.balance(ADA)).spent == 0
    assert [row.cost for row in await rig.service.core.ledger.statements.spend()] == [PRICE]
    await rig.money_is_right()


async def test_a_bill_above_the_hold_is_the_operator_s_loss_where_the_user_has_no_more(
    settings: Settings, world: tuple[FolderPlatform, PaidProvider], voice: Path
) -> None:
    async with opened(changed(settings, plan=Plan.PREPAID), world) as rig:
        await rig.service.core.ledger.credit(ADA, Micros(PRICE + 1000), "first")
        rig.provider.charges = lambda price: Micros(3 * price)
        note = rig.platform.note("1", voice)
        await rig.take(note)
        assert (await rig.end_of(note)).charged == PRICE + 1000
        assert (await rig.service.core.ledger.statements.balance(ADA)).balance == 0
        assert [row.lost for row in await rig.service.core.ledger.statements.spend()] == [2 * PRICE - 1000]
        await rig.money_is_right()


async def test_nothing_said_is_told_and_the_user_pays_nothing(rig: Application, voice: Path) -> None:
    note = rig.platform.note("1", voice, model="paid-silent")
    await rig.take(note)
    await rig.end_of(note)
    assert rig.platform.messages()["1"][0].startswith("No speech was found")
    assert (await rig.service.core.ledger.statements.balance(ADA)).spent == 0
    assert [row.cost for row in await rig.service.core.ledger.statements.spend()] == [PRICE]
    await rig.money_is_right()


async def test_a_note_cancelled_while_it_waits_never_reaches_the_provider(rig: Application, voice: Path) -> None:
    rig.provider.free.clear()
    notes = [rig.platform.note(str(number), voice) for number in range(3)]
    await rig.take(*notes)
    await rig.provider.busy.wait()
    await rig.service.intake.cancel(notes[2].id)
    rig.provider.free.set()
    assert (await rig.end_of(notes[2])).state == NoteState.CANCELLED
    for note in notes[:2]:
        await rig.end_of(note)
    assert notes[2].id not in {call["note"] for call in rig.provider.calls()}


async def test_an_answer_that_could_not_be_posted_is_posted_later(rig: Application, voice: Path) -> None:
    rig.platform.failing_deliveries = 3
    note = rig.platform.note("1", voice)
    await rig.take(note)
    assert (await rig.end_of(note)).state == NoteState.DONE
    assert rig.platform.messages() == {"1": [SAID]}
    assert len(rig.provider.calls()) == 1


async def test_an_answer_that_the_platform_fails_on_is_paid_once_and_delivered_when_it_can_be(
    rig: Application, voice: Path
) -> None:
    rig.platform.failing_deliveries = 5
    note = rig.platform.note("1", voice)
    await rig.take(note)
    soon = sa.text("UPDATE note SET not_before = created_at WHERE not_before IS NOT NULL")
    async with asyncio.timeout(20):
        while rig.platform.failing_deliveries or not await _changed(rig, soon):
            await asyncio.sleep(0.05)
    standing = await rig.end_of(note)
    assert (standing.state, standing.charged) == (NoteState.DONE, PRICE)
    assert rig.platform.messages() == {"1": [SAID]}
    assert len(rig.provider.calls()) == 1
    await rig.money_is_right()


async def _changed(rig: Application, statement: sa.TextClause) -> bool:
    async with rig.service.core.db.writing() as connection:
        return (await connection.execute(statement)).rowcount > 0


async def test_a_heavy_user_does_not_hold_up_the_others(rig: Application, voice: Path) -> None:
    rig.provider.free.clear()
    heavy = [rig.platform.note(str(number), voice, user="folder:heavy") for number in range(12)]
    await rig.take(*heavy)
    await rig.provider.busy.wait()
    light = rig.platform.note("light", voice, user="folder:light", model="paid")
    await rig.take(light)
    async with asyncio.timeout(10):
        while not await rig.service.core.ledger.statements.holds_open() or light.id not in {
            one.note_id for one in await rig.service.core.ledger.statements.holds_open()
        }:
            await asyncio.sleep(0.01)
    assert len(await rig.service.core.ledger.statements.holds_open()) == 3, "two of the heavy user's, and the light one"
    rig.provider.free.set()
    for note in (*heavy, light):
        await rig.end_of(note)


async def test_a_stop_leaves_a_note_to_the_next_start(
    settings: Settings, world: tuple[FolderPlatform, PaidProvider], voice: Path
) -> None:
    note = world[0].note("1", voice)
    world[1].free.clear()
    async with opened(settings, world) as rig:
        await rig.take(note)
        await rig.provider.busy.wait()
    world[1].free.set()
    async with opened(settings, world) as rig:
        assert (await rig.end_of(note)).state == NoteState.DONE
        assert rig.platform.messages() == {"1": [SAID]}
        assert (await rig.service.core.ledger.statements.balance(ADA)).spent == PRICE
        await rig.money_is_right()


async def test_a_note_with_a_ticket_is_never_submitted_again(rig: Application, voice: Path) -> None:
    note = rig.platform.note("1", voice, model="paid-later")
    await rig.take(note)
    assert (await rig.end_of(note)).state == NoteState.DONE
    assert len(rig.provider.calls()) == 1
    assert rig.platform.messages() == {"1": [SAID]}


async def test_what_no_model_can_do_is_refused_at_the_door(rig: Application, voice: Path) -> None:
    with pytest.raises(UnknownModel, match="whisper-base"):
        await rig.take(rig.platform.note("1", voice, model="clairvoyance"))
    assert await rig.service.core.notes.recent(5) == []


async def test_a_slow_note_shows_how_far_it_is(rig: Application, voice: Path) -> None:
    rig.platform.seconds_to_fetch = rig.provider.seconds_of_work = 1.2
    note = rig.platform.note("1", voice)
    await rig.take(note)
    await rig.end_of(note)
    assert Progress(Stage.FETCHING) in rig.platform.shown
    assert Progress(Stage.TRANSCRIBING, 0.1, price=PRICE) in rig.platform.shown, "and what it will cost at most"


async def test_a_note_whose_end_could_not_be_written_down_is_not_paid_or_answered_anew(
    settings: Settings, world: tuple[FolderPlatform, PaidProvider], voice: Path, tmp_path: Path
) -> None:
    source = tmp_path / "v.ogg"
    source.write_bytes(voice.read_bytes())
    note = world[0].note("1", source)
    async with opened(settings, world) as rig:
        rig.platform.while_delivering = rig.forbid_writing
        await rig.take(note)
        await rig.until_forbidden()
    source.unlink()
    world[0].while_delivering = None
    async with opened(settings, world) as rig:
        assert (await rig.end_of(note)).state == NoteState.DONE
        assert set(rig.platform.messages()["1"]) == {SAID}
        assert len(rig.provider.calls()) == 1
        await rig.money_is_right()


async def test_a_refusal_that_broke_off_stays_a_refusal_and_asks_no_provider(
    settings: Settings, world: tuple[FolderPlatform, PaidProvider], voice: Path
) -> None:
    note = world[0].note("1", voice)
    world[1].error = ProviderDown()
    async with opened(settings, world) as rig:
        rig.platform.while_delivering = rig.forbid_writing
        await rig.take(note)
        await rig.until_forbidden()
    world[0].while_delivering = None
    world[1].error = None
    async with opened(settings, world) as rig:
        assert (await rig.end_of(note)).state == NoteState.FAILED
        assert set(rig.platform.messages()["1"]) == {error_text("en", ProviderDown())}
        assert rig.provider.calls() == []
        await rig.money_is_right()


async def test_a_file_name_that_is_no_unicode_is_as_good_as_any(rig: Application, voice: Path, tmp_path: Path) -> None:
    odd = tmp_path / os.fsdecode(b"b\xff.ogg")
    odd.write_bytes(voice.read_bytes())
    note = rig.platform.note("1", odd)
    await rig.take(note)
    assert (await rig.end_of(note)).state == NoteState.DONE


async def test_a_note_that_is_being_acknowledged_is_not_taken_up_again(rig: Application, voice: Path) -> None:
    rig.platform.seconds_to_acknowledge = 0.5
    note = rig.platform.note("1", voice)
    await rig.take(note)
    await rig.service.intake.resume([note.id])
    await rig.end_of(note)
    assert [event for event in rig.platform.events() if "post" in event] == [{"post": "1", "nonce": note.id}]


async def test_notes_of_a_platform_that_is_away_do_not_keep_the_service_from_starting(
    settings: Settings, world: tuple[FolderPlatform, PaidProvider], voice: Path
) -> None:
    note = world[0].note("1", voice)
    async with open_core(settings, MODELS) as core:
        await core.note_repository.add(note)
    async with open_service(settings) as service:
        assert service.leads
        await asyncio.sleep(0.3)
        assert (await service.core.notes.standings([note.id]))[note.id].state == NoteState.ACCEPTED
    async with opened(settings, world) as rig:
        assert (await rig.end_of(note)).state == NoteState.DONE


async def test_what_was_said_is_in_no_error_of_the_database(rig: Application, voice: Path) -> None:
    said = transcript_of(16.14, "paid")
    note = rig.platform.note("unknown", voice)
    with pytest.raises(IntegrityError) as caught:  # there is no such note to keep it for
        await rig.service.core.note_repository.keep_transcript(note.id, said)
    assert said.text not in str(caught.value)
