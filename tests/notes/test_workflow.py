"""The life of a note, through the doors that adapters use: accept in, a message out, the money right."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
import stamina
from sqlalchemy.exc import IntegrityError

from bot.domain.errors import ProviderDown, ProviderRefused, UnknownModel
from bot.domain.money import Micros
from bot.domain.note import NoteState, Plan, Progress, Stage
from bot.service.core import open_books
from bot.service.worker import open_service
from bot.settings import Settings
from tests.doubles.platform import FolderPlatform
from tests.doubles.provider import MODELS, PaidProvider, transcript_of
from tests.helpers.services import ADA, PRICE, SAID, House, opened


@pytest.fixture(autouse=True)
def no_pauses_between_attempts() -> Iterator[None]:
    with stamina.set_testing(True, attempts=5, cap=True):
        yield


@pytest.fixture
def world(tmp_path: Path) -> tuple[FolderPlatform, PaidProvider]:
    return FolderPlatform(tmp_path / "platform"), PaidProvider(tmp_path / "provider")


@pytest.fixture
async def house(settings: Settings, world: tuple[FolderPlatform, PaidProvider]) -> AsyncIterator[House]:
    async with opened(settings, world) as house:
        yield house


async def test_a_note_becomes_its_text_and_is_paid(house: House, voice: Path, settings: Settings) -> None:
    note = house.platform.note("1", voice)
    await house.take(note)
    standing = await house.end_of(note)
    assert (standing.state, standing.charged) == (NoteState.DONE, PRICE)
    assert house.platform.messages() == {"1": [SAID]}
    assert (await house.service.books.ledger.balance(ADA)).spent == PRICE
    assert not any((settings.data_dir / "spool").iterdir())
    await house.money_is_right()


async def test_the_same_note_sent_again_is_the_same_note(house: House, voice: Path) -> None:
    note = house.platform.note("1", voice)
    assert await house.service.intake.accept(note)
    assert not await house.service.intake.accept(note)
    await house.end_of(note)
    assert not await house.service.intake.accept(note)
    assert len(house.provider.calls()) == 1
    assert house.platform.messages() == {"1": [SAID]}


async def test_what_the_budget_does_not_cover_is_refused_before_the_provider_is_asked(
    settings: Settings, world: tuple[FolderPlatform, PaidProvider], voice: Path
) -> None:
    async with opened(settings.model_copy(update={"plan": Plan.PREPAID}), world) as house:
        await house.service.books.ledger.credit(ADA, Micros(100_000), "first")
        note = house.platform.note("1", voice)
        await house.take(note)
        standing = await house.end_of(note)
        assert standing.state == NoteState.FAILED
        assert house.platform.messages() == {"1": ["This would cost $0.1614, and $0.10 is left to spend."]}
        assert house.provider.calls() == []
        await house.money_is_right()


async def test_a_file_that_is_gone_costs_nothing(house: House, tmp_path: Path) -> None:
    note = house.platform.note("1", tmp_path / "gone.ogg")
    await house.take(note)
    standing = await house.end_of(note)
    assert standing.charged is None
    assert house.platform.messages() == {"1": ["There is no file gone.ogg."]}


async def test_a_file_that_is_no_sound_costs_nothing(house: House, tmp_path: Path) -> None:
    (tmp_path / "letter.ogg").write_text("Dear reader, this is no sound.")
    note = house.platform.note("1", tmp_path / "letter.ogg")
    await house.take(note)
    assert (await house.end_of(note)).state == NoteState.FAILED
    assert house.provider.calls() == []
    await house.money_is_right()


@pytest.mark.parametrize("error", [ProviderDown(), ProviderRefused(reason="too quiet")])
async def test_a_provider_that_refuses_costs_nobody_anything(
    house: House, voice: Path, error: ProviderDown | ProviderRefused
) -> None:
    house.provider.error = error
    note = house.platform.note("1", voice)
    await house.take(note)
    await house.end_of(note)
    assert house.platform.messages() == {"1": [str(error)]}
    assert [(row.charged, row.cost) for row in await house.service.books.ledger.spend()] in ([], [(0, 0)])
    await house.money_is_right()


async def test_a_failure_of_ours_is_told_with_a_reference_and_the_house_bears_what_may_be_charged(
    house: House, voice: Path
) -> None:
    def explode(_price: Micros) -> Micros:
        raise RuntimeError("the wire broke")

    house.provider.charges = explode
    note = house.platform.note("1", voice)
    await house.take(note)
    await house.end_of(note)
    (text,) = house.platform.messages()["1"]
    assert "went wrong on our side" in text
    assert "wire" not in text
    assert (await house.service.books.ledger.balance(ADA)).spent == 0
    assert [row.cost for row in await house.service.books.ledger.spend()] == [PRICE]
    await house.money_is_right()


async def test_a_bill_above_the_hold_is_the_house_s_loss_where_the_user_has_no_more(
    settings: Settings, world: tuple[FolderPlatform, PaidProvider], voice: Path
) -> None:
    async with opened(settings.model_copy(update={"plan": Plan.PREPAID}), world) as house:
        await house.service.books.ledger.credit(ADA, Micros(PRICE + 1000), "first")
        house.provider.charges = lambda price: Micros(3 * price)
        note = house.platform.note("1", voice)
        await house.take(note)
        assert (await house.end_of(note)).charged == PRICE + 1000
        assert (await house.service.books.ledger.balance(ADA)).balance == 0
        assert [row.lost for row in await house.service.books.ledger.spend()] == [2 * PRICE - 1000]
        await house.money_is_right()


async def test_nothing_said_is_told_and_the_user_pays_nothing(house: House, voice: Path) -> None:
    note = house.platform.note("1", voice, model="paid-silent")
    await house.take(note)
    await house.end_of(note)
    assert house.platform.messages()["1"][0].startswith("Nothing was said")
    assert (await house.service.books.ledger.balance(ADA)).spent == 0
    assert [row.cost for row in await house.service.books.ledger.spend()] == [PRICE]
    await house.money_is_right()


async def test_a_cancelled_note_stops_its_work_and_gives_the_money_back(house: House, voice: Path) -> None:
    house.provider.free.clear()
    note = house.platform.note("1", voice)
    await house.take(note)
    await house.provider.busy.wait()
    assert [one.note_id for one in await house.service.books.ledger.holds_open()] == [note.id]
    assert await house.service.intake.cancel(note.id)
    assert (await house.end_of(note)).state == NoteState.CANCELLED
    assert house.platform.messages() == {"1": ["Cancelled. Nothing was charged."]}
    assert not await house.service.intake.cancel(note.id)
    await house.money_is_right()


async def test_a_note_cancelled_while_it_waits_never_reaches_the_provider(house: House, voice: Path) -> None:
    house.provider.free.clear()
    notes = [house.platform.note(str(number), voice) for number in range(3)]
    await house.take(*notes)
    await house.provider.busy.wait()
    await house.service.intake.cancel(notes[2].id)
    house.provider.free.set()
    assert (await house.end_of(notes[2])).state == NoteState.CANCELLED
    for note in notes[:2]:
        await house.end_of(note)
    assert notes[2].id not in {call["note"] for call in house.provider.calls()}


async def test_an_answer_that_could_not_be_posted_is_posted_later(house: House, voice: Path) -> None:
    house.platform.failing_deliveries = 3
    note = house.platform.note("1", voice)
    await house.take(note)
    assert (await house.end_of(note)).state == NoteState.DONE
    assert house.platform.messages() == {"1": [SAID]}
    assert len(house.provider.calls()) == 1


async def test_an_answer_that_the_platform_fails_on_is_paid_once_and_delivered_when_it_can_be(
    house: House, voice: Path
) -> None:
    house.platform.failing_deliveries = 5
    note = house.platform.note("1", voice)
    await house.take(note)
    soon = sa.text("UPDATE note SET not_before = created_at WHERE not_before IS NOT NULL")
    async with asyncio.timeout(20):
        while house.platform.failing_deliveries or not await _changed(house, soon):
            await asyncio.sleep(0.05)
    standing = await house.end_of(note)
    assert (standing.state, standing.charged) == (NoteState.DONE, PRICE)
    assert house.platform.messages() == {"1": [SAID]}
    assert len(house.provider.calls()) == 1
    await house.money_is_right()


async def _changed(house: House, statement: sa.TextClause) -> bool:
    async with house.service.books.db.writing() as connection:
        return (await connection.execute(statement)).rowcount > 0


async def test_a_heavy_user_does_not_hold_up_the_others(house: House, voice: Path) -> None:
    house.provider.free.clear()
    heavy = [house.platform.note(str(number), voice, user="folder:heavy") for number in range(12)]
    await house.take(*heavy)
    await house.provider.busy.wait()
    light = house.platform.note("light", voice, user="folder:light", model="paid")
    await house.take(light)
    async with asyncio.timeout(10):
        while not await house.service.books.ledger.holds_open() or light.id not in {
            one.note_id for one in await house.service.books.ledger.holds_open()
        }:
            await asyncio.sleep(0.01)
    assert len(await house.service.books.ledger.holds_open()) == 3, "two of the heavy user's, and the light one"
    house.provider.free.set()
    for note in (*heavy, light):
        await house.end_of(note)


async def test_a_stop_leaves_a_note_to_the_next_start(
    settings: Settings, world: tuple[FolderPlatform, PaidProvider], voice: Path
) -> None:
    note = world[0].note("1", voice)
    world[1].free.clear()
    async with opened(settings, world) as house:
        await house.take(note)
        await house.provider.busy.wait()
    world[1].free.set()
    async with opened(settings, world) as house:
        assert (await house.end_of(note)).state == NoteState.DONE
        assert house.platform.messages() == {"1": [SAID]}
        assert (await house.service.books.ledger.balance(ADA)).spent == PRICE
        await house.money_is_right()


async def test_a_note_with_a_ticket_is_never_submitted_again(house: House, voice: Path) -> None:
    note = house.platform.note("1", voice, model="paid-later")
    await house.take(note)
    assert (await house.end_of(note)).state == NoteState.DONE
    assert len(house.provider.calls()) == 1
    assert house.platform.messages() == {"1": [SAID]}


async def test_what_no_model_can_do_is_refused_at_the_door(house: House, voice: Path) -> None:
    with pytest.raises(UnknownModel, match="whisper-base"):
        await house.take(house.platform.note("1", voice, model="clairvoyance"))
    assert await house.service.books.notes.recent(5) == []


async def test_a_slow_note_shows_how_far_it_is(house: House, voice: Path) -> None:
    house.platform.seconds_to_fetch = house.provider.seconds_of_work = 1.2
    note = house.platform.note("1", voice)
    await house.take(note)
    await house.end_of(note)
    assert Progress(Stage.FETCHING) in house.platform.shown
    assert Progress(Stage.TRANSCRIBING, 0.1, price=PRICE) in house.platform.shown, "and what it will cost at most"


async def test_a_note_whose_end_could_not_be_written_down_is_not_paid_or_answered_anew(
    settings: Settings, world: tuple[FolderPlatform, PaidProvider], voice: Path, tmp_path: Path
) -> None:
    source = tmp_path / "v.ogg"
    source.write_bytes(voice.read_bytes())
    note = world[0].note("1", source)
    async with opened(settings, world) as house:
        house.platform.while_delivering = house.forbid_writing
        await house.take(note)
        await house.until_forbidden()
    source.unlink()
    world[0].while_delivering = None
    async with opened(settings, world) as house:
        assert (await house.end_of(note)).state == NoteState.DONE
        assert set(house.platform.messages()["1"]) == {SAID}
        assert len(house.provider.calls()) == 1
        await house.money_is_right()


async def test_a_refusal_that_broke_off_stays_a_refusal_and_asks_no_provider(
    settings: Settings, world: tuple[FolderPlatform, PaidProvider], voice: Path
) -> None:
    note = world[0].note("1", voice)
    world[1].error = ProviderDown()
    async with opened(settings, world) as house:
        house.platform.while_delivering = house.forbid_writing
        await house.take(note)
        await house.until_forbidden()
    world[0].while_delivering = None
    world[1].error = None
    async with opened(settings, world) as house:
        assert (await house.end_of(note)).state == NoteState.FAILED
        assert set(house.platform.messages()["1"]) == {str(ProviderDown())}
        assert house.provider.calls() == []
        await house.money_is_right()


async def test_a_file_name_that_is_no_unicode_is_as_good_as_any(house: House, voice: Path, tmp_path: Path) -> None:
    odd = tmp_path / os.fsdecode(b"b\xff.ogg")
    odd.write_bytes(voice.read_bytes())
    note = house.platform.note("1", odd)
    await house.take(note)
    assert (await house.end_of(note)).state == NoteState.DONE


async def test_a_note_that_is_being_acknowledged_is_not_taken_up_again(house: House, voice: Path) -> None:
    house.platform.seconds_to_acknowledge = 0.5
    note = house.platform.note("1", voice)
    await house.take(note)
    await house.service.intake.take_up([note.id])
    await house.end_of(note)
    assert [event for event in house.platform.events() if "post" in event] == [{"post": "1", "nonce": note.id}]


async def test_notes_of_a_platform_that_is_away_do_not_keep_the_service_from_starting(
    settings: Settings, world: tuple[FolderPlatform, PaidProvider], voice: Path
) -> None:
    note = world[0].note("1", voice)
    async with open_books(settings, MODELS) as books:
        await books.notes.add(note)
    async with open_service(settings) as service:
        assert service.leads
        await asyncio.sleep(0.3)
        assert (await service.books.notes.standing([note.id]))[note.id].state == NoteState.ACCEPTED
    async with opened(settings, world) as house:
        assert (await house.end_of(note)).state == NoteState.DONE


async def test_what_was_said_is_in_no_error_of_the_database(house: House, voice: Path) -> None:
    said = transcript_of(16.14, "paid")
    note = house.platform.note("unknown", voice)
    with pytest.raises(IntegrityError) as caught:  # there is no such note to keep it for
        await house.service.books.notes.keep_transcript(note.id, said)
    assert said.text not in str(caught.value)
