"""Submission to a provider that charges: paused, unanswered, in chunks, by a link; the money right each time."""

import asyncio
import wave
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import stamina

from bot.domain.audio import Accepts
from bot.domain.billing import Plan
from bot.domain.errors import NotNow, Unanswered, WaitedTooLong
from bot.domain.money import Micros
from bot.domain.note import Note, NoteState, Stage
from bot.domain.waiting import WaitReason
from bot.locales import error_text, wait_text
from bot.media.ffmpeg import find_ffmpeg
from bot.service.worker import Parts, open_service
from bot.settings import Settings
from bot.storage import tables
from tests.doubles.platform import FolderPlatform
from tests.doubles.provider import MODELS, PaidProvider
from tests.helpers.corpus import ffmpeg
from tests.helpers.services import ADA, PRICE, SAID, Application, opened
from tests.helpers.settings import changed

World = tuple[FolderPlatform, PaidProvider]
SMALL = Accepts(bytes=60_000)
"""A limit into which a minute of speech fits in several chunks."""


@pytest.fixture(autouse=True)
def no_pauses_between_attempts() -> Iterator[None]:
    with stamina.set_testing(True, attempts=5, cap=True):
        yield


@pytest.fixture
def world(tmp_path: Path) -> World:
    return FolderPlatform(tmp_path / "platform"), PaidProvider(tmp_path / "provider")


@pytest.fixture
def prepaid(settings: Settings) -> Settings:
    return changed(settings, plan=Plan.PREPAID)


@pytest.fixture
def minute(voice: Path, tmp_path: Path) -> Path:
    """A minute of speech."""
    target = tmp_path / "minute.ogg"
    ffmpeg(find_ffmpeg(None), "-stream_loop", "3", "-i", voice, "-c", "copy", target)
    return target


def not_before(moment: datetime) -> NotNow:
    return NotNow(WaitReason.PROVIDER_UNFUNDED, moment)


async def waits(rig: Application, note: Note) -> None:
    """Until the note waits, and its sender was told."""

    async def is_waiting() -> bool:
        standing = (await rig.service.core.notes.standings([note.id]))[note.id]
        return standing.stage is Stage.WAITING and any(one.stage is Stage.WAITING for one in rig.platform.shown)

    async with asyncio.timeout(10):
        while not await is_waiting():
            await asyncio.sleep(0.01)


async def spent(rig: Application) -> tuple[int, int, int]:
    """Return the user's payment, the provider's charge, the operator's loss."""
    rows = await rig.service.core.ledger.statements.spend()
    return sum(row.charged for row in rows), sum(row.cost for row in rows), sum(row.lost for row in rows)


async def test_a_note_waits_while_the_provider_takes_nothing_and_goes_on_by_itself(
    settings: Settings, world: World, voice: Path
) -> None:
    note = world[0].note("1", voice)
    world[1].pause = not_before(datetime.now(UTC))
    async with opened(settings, world) as rig:
        await rig.take(note)
        await waits(rig, note)
        assert rig.platform.shown[-1].wait == world[1].pause.wait
        assert wait_text("en", world[1].pause.wait).startswith("The operator has to top up")
        assert rig.platform.messages() == {"1": []}
        assert await rig.service.core.ledger.statements.holds_open() == []
        world[1].pause = None
        assert (await rig.end_of(note)).state == NoteState.DONE
        assert rig.platform.messages() == {"1": [SAID]}
        await rig.money_is_right()


async def test_a_note_is_not_taken_up_before_its_time(settings: Settings, world: World, voice: Path) -> None:
    note = world[0].note("1", voice)
    world[1].pause = not_before(datetime.now(UTC) + timedelta(hours=3))
    async with opened(settings, world) as rig:
        await rig.take(note)
        await waits(rig, note)
    world[1].pause = None
    async with opened(settings, world) as rig:
        assert await rig.service.core.notes.unfinished() == []
        await asyncio.sleep(0.3)
        assert rig.provider.calls() == []


async def test_a_pause_at_the_submit_keeps_the_money_held_and_pays_once(
    prepaid: Settings, world: World, voice: Path
) -> None:
    note = world[0].note("1", voice)
    world[1].error = not_before(datetime.now(UTC))
    async with opened(prepaid, world) as rig:
        await rig.service.core.ledger.credit(ADA, Micros(1_000_000), "first")
        await rig.take(note)
        await waits(rig, note)
        assert (await rig.service.core.ledger.statements.balance(ADA)).held == PRICE
        world[1].error = None
        assert (await rig.end_of(note)).charged == PRICE
        assert await spent(rig) == (PRICE, PRICE, 0)
        assert (await rig.service.core.ledger.statements.balance(ADA)).balance == 1_000_000 - PRICE
        await rig.money_is_right()


async def test_a_waiting_note_can_be_cancelled_and_gives_its_money_back(
    prepaid: Settings, world: World, voice: Path
) -> None:
    note = world[0].note("1", voice)
    world[1].error = not_before(datetime.now(UTC) + timedelta(hours=3))
    async with opened(prepaid, world) as rig:
        await rig.service.core.ledger.credit(ADA, Micros(1_000_000), "first")
        await rig.take(note)
        await waits(rig, note)
        assert await rig.service.intake.cancel(note.id)
        assert (await rig.end_of(note)).state == NoteState.CANCELLED
        assert (await rig.service.core.ledger.statements.balance(ADA)).balance == 1_000_000
        await rig.money_is_right()


async def test_a_note_does_not_wait_for_ever(prepaid: Settings, world: World, voice: Path) -> None:
    note = world[0].note("1", voice)
    world[1].error = not_before(datetime.now(UTC) + timedelta(hours=3))
    async with opened(prepaid, world) as rig:
        await rig.service.core.ledger.credit(ADA, Micros(1_000_000), "first")
        await rig.take(note)
        await waits(rig, note)
        async with rig.service.core.db.writing() as connection:  # eight days pass
            long_ago = datetime.now(UTC) - timedelta(days=8)
            await connection.execute(sa.update(tables.note).values(created_at=long_ago, not_before=long_ago))
        assert (await rig.end_of(note)).state == NoteState.FAILED
        assert rig.platform.messages() == {"1": [error_text("en", WaitedTooLong())]}
        assert (await rig.service.core.ledger.statements.balance(ADA)).balance == 1_000_000
        await rig.money_is_right()


async def test_lost_answers_are_counted_over_restarts(settings: Settings, world: World, voice: Path) -> None:
    note = world[0].note("1", voice)
    for _ in range(3):
        world[1].free.clear()
        world[1].busy.clear()
        async with opened(settings, world) as rig:
            await rig.take(note)
            await asyncio.wait_for(world[1].busy.wait(), 20)
    world[1].free.set()
    async with opened(settings, world) as rig:
        assert (await rig.end_of(note)).state == NoteState.FAILED
        assert rig.platform.messages() == {"1": [error_text("en", Unanswered())]}
        assert await spent(rig) == (0, 3 * PRICE, 3 * PRICE)
        await rig.money_is_right()


async def test_a_ticket_s_text_is_fetched_though_its_model_left_the_catalog(
    settings: Settings, world: World, voice: Path
) -> None:
    note = world[0].note("1", voice, model="paid-later")
    world[1].later.clear()
    async with opened(settings, world) as rig:
        await rig.take(note)
        async with asyncio.timeout(10):
            while not (await rig.service.core.notes.before_submit(note.id)).tickets:
                await asyncio.sleep(0.01)
    world[1].later.set()
    left = [model for model in MODELS if model.name != "paid-later"]
    async with open_service(settings, Parts([world[0]], [world[1]], left)) as service:
        rig = Application(service, *world)
        assert (await rig.end_of(note)).charged == PRICE
        assert rig.platform.messages() == {"1": [SAID]}


async def test_an_answer_that_never_came_is_the_operator_s_loss_and_the_note_is_handed_over_once_more(
    settings: Settings, world: World, voice: Path
) -> None:
    world[1].silences = 1
    async with opened(settings, world) as rig:
        note = rig.platform.note("1", voice)
        await rig.take(note)
        assert (await rig.end_of(note)).charged == PRICE
        assert rig.platform.messages() == {"1": [SAID]}
        assert await spent(rig) == (PRICE, 2 * PRICE, PRICE)
        await rig.money_is_right()


async def test_a_provider_that_never_answers_is_not_asked_for_ever(
    settings: Settings, world: World, voice: Path
) -> None:
    world[1].silences = 99
    async with opened(settings, world) as rig:
        note = rig.platform.note("1", voice)
        await rig.take(note)
        await rig.end_of(note)
        assert rig.platform.messages() == {"1": [error_text("en", Unanswered())]}
        assert len(rig.provider.calls()) == 3
        assert await spent(rig) == (0, 3 * PRICE, 3 * PRICE)
        await rig.money_is_right()


async def test_a_job_that_failed_is_the_operator_s_possible_loss_and_never_the_user_s(
    settings: Settings, world: World, voice: Path
) -> None:
    world[1].job_fails = True
    async with opened(settings, world) as rig:
        note = rig.platform.note("1", voice, model="paid-later")
        await rig.take(note)
        await rig.end_of(note)
        assert rig.platform.messages()["1"][0].startswith("The speech service could not transcribe")
        assert await spent(rig) == (0, PRICE, PRICE)
        await rig.money_is_right()


@pytest.mark.parametrize("model", ["paid", "paid-later"])
async def test_what_is_too_large_is_handed_over_in_chunks_and_joined(
    settings: Settings, world: World, minute: Path, model: str
) -> None:
    world[1].takes = SMALL
    async with opened(settings, world) as rig:
        note = rig.platform.note("1", minute, model=model)
        await rig.take(note)
        standing = await rig.end_of(note)
        costs = [call["cost"] for call in rig.provider.calls()]
        said = await rig.service.core.notes.transcript(note.id)
    assert len(costs) >= 3
    assert standing.charged == sum(costs)
    assert said is not None
    assert said.text.count("What was said") == len(costs)
    assert [one.start for one in said.segments] == sorted(one.start for one in said.segments)
    assert said.seconds == pytest.approx(4 * 16.14, abs=0.5)


async def test_what_is_too_large_goes_by_its_platform_s_own_link_where_the_provider_takes_it_as_it_is(
    settings: Settings, world: World, minute: Path
) -> None:
    world[0].link_to_media = "https://cdn.example.org/minute.ogg?ex=1"
    world[1].takes = replace(SMALL, containers=frozenset({"ogg", "mp3"}), linked_bytes=10_000_000)
    async with opened(settings, world) as rig:
        note = rig.platform.note("1", minute)
        await rig.take(note)
        await rig.end_of(note)
        assert rig.provider.links == [world[0].link_to_media]
        await rig.money_is_right()


@pytest.mark.parametrize("containers", [{"mp3"}, {"ogg", "mp3"}])
async def test_without_use_for_a_link_it_goes_in_chunks(
    settings: Settings, world: World, minute: Path, containers: set[str]
) -> None:
    """Either the file must be converted first, and the link leads to the wrong one; or there is no link."""
    world[0].link_to_media = "https://cdn.example.org/minute.ogg?ex=1" if "ogg" not in containers else None
    world[1].takes = replace(SMALL, containers=frozenset(containers), linked_bytes=10_000_000)
    async with opened(settings, world) as rig:
        note = rig.platform.note("1", minute)
        await rig.take(note)
        await rig.end_of(note)
        assert len(rig.provider.links) >= 3
        assert set(rig.provider.links) == {None}


async def test_after_a_stop_only_the_chunks_that_are_missing_are_handed_over(
    settings: Settings, world: World, minute: Path
) -> None:
    world[1].takes = SMALL
    note = world[0].note("1", minute)
    async with opened(settings, world) as rig:
        await rig.take(note)
        async with asyncio.timeout(20):
            while not rig.provider.calls():
                await asyncio.sleep(0.001)
        rig.provider.free.clear()
        await asyncio.sleep(0.5)
    before = len(world[1].calls())
    world[1].free.set()
    async with opened(settings, world) as rig:
        assert (await rig.end_of(note)).state == NoteState.DONE
        said = await rig.service.core.notes.transcript(note.id)
        await rig.money_is_right()
    assert said is not None
    assert 1 <= before < len(world[1].calls()) == said.text.count("What was said")


async def test_speakers_are_not_told_apart_in_chunks_and_nothing_is_held_for_it(
    settings: Settings, world: World, voice: Path
) -> None:
    world[1].takes = Accepts(bytes=30_000)
    note = world[0].note("1", voice, model="paid-speakers")
    note = replace(note, options=replace(note.options, speakers=True))
    async with opened(settings, world) as rig:
        await rig.take(note)
        await rig.end_of(note)
        assert "EARMARK_PUBLIC_URL" in rig.platform.messages()["1"][0]
        assert rig.provider.calls() == []
        assert await spent(rig) == (0, 0, 0)


class OneShelf:
    """A store that remembers what stands in it."""

    def __init__(self) -> None:
        self.stands: dict[str, bytes] = {}
        self.links: list[str] = []

    async def publish(self, key: str, path: Path, mime: str, seconds: float) -> str:
        self.stands[key] = path.read_bytes()
        self.links.append(f"https://shelf.example/{key}")
        return self.links[-1]

    async def withdraw(self, key: str) -> None:
        self.stands.pop(key, None)

    async def sweep(self, before: datetime) -> int:
        return 0


async def test_what_is_too_large_goes_by_link_where_there_is_a_store_and_the_link_ends_with_the_note(
    settings: Settings, world: World, voice: Path
) -> None:
    world[1].takes = Accepts(bytes=30_000, linked_bytes=10_000_000)
    shelf = OneShelf()
    async with opened(settings, world, shelf) as rig:
        note = rig.platform.note("1", voice)
        await rig.take(note)
        assert (await rig.end_of(note)).state == NoteState.DONE
    assert world[1].links == shelf.links == [f"https://shelf.example/{note.id}"]
    assert shelf.stands == {}


async def test_what_is_small_enough_never_goes_by_link(settings: Settings, world: World, voice: Path) -> None:
    world[1].takes = Accepts(bytes=3_000_000, linked_bytes=10_000_000)
    shelf = OneShelf()
    async with opened(settings, world, shelf) as rig:
        note = rig.platform.note("1", voice)
        await rig.take(note)
        await rig.end_of(note)
    assert world[1].links == [None]
    assert shelf.links == []


async def test_where_nobody_speaks_a_provider_that_charges_for_it_is_not_asked(
    settings: Settings, world: World, tmp_path: Path
) -> None:
    world[1].charges_for_silence = True
    with wave.open(str(tmp_path / "silence.wav"), "wb") as silence:
        silence.setparams((1, 2, 16_000, 0, "NONE", ""))
        silence.writeframes(bytes(2 * 16_000 * 5))
    async with opened(settings, world) as rig:
        note = rig.platform.note("1", tmp_path / "silence.wav")
        await rig.take(note)
        await rig.end_of(note)
        assert rig.platform.messages()["1"][0].startswith("No speech was found")
        assert rig.provider.calls() == []
        assert await spent(rig) == (0, 0, 0)


async def test_a_recording_with_speech_is_submitted(settings: Settings, world: World, voice: Path) -> None:
    world[1].charges_for_silence = True
    async with opened(settings, world) as rig:
        note = rig.platform.note("1", voice)
        await rig.take(note)
        assert (await rig.end_of(note)).state == NoteState.DONE
