"""A note that ends early with answered chunks: they are paid, their text is delivered, and nothing else is shown."""

import asyncio
import json
import zipfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import stamina

from bot.domain.audio import Accepts, Audio
from bot.domain.billing import Plan
from bot.domain.errors import EarmarkError, NotNow, ProviderRefused
from bot.domain.money import Micros
from bot.domain.note import NoteState, Stage
from bot.domain.waiting import WaitReason
from bot.media.ffmpeg import find_ffmpeg
from bot.settings import Settings
from bot.storage import tables
from tests.doubles.platform import FolderPlatform
from tests.doubles.provider import PaidProvider
from tests.helpers.corpus import ffmpeg
from tests.helpers.services import ADA, PRICE, Application, opened
from tests.helpers.settings import changed

CREDIT = Micros(1_000_000)


class Failing(PaidProvider):
    """Takes a minute in chunks, and has a fault after two of them."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.takes = Accepts(bytes=60_000)
        self.fault: EarmarkError | None = None

    def _charge(self, audio: Audio, cost: Micros) -> None:
        super()._charge(audio, cost)
        if len(self.calls()) == 2 and self.fault is not None:
            self.error = self.fault


World = tuple[FolderPlatform, Failing]


@pytest.fixture(autouse=True)
def no_pauses_between_attempts() -> Iterator[None]:
    with stamina.set_testing(True, attempts=5, cap=True):
        yield


@pytest.fixture
def world(tmp_path: Path) -> World:
    return FolderPlatform(tmp_path / "platform"), Failing(tmp_path / "provider")


@pytest.fixture
def prepaid(settings: Settings) -> Settings:
    return changed(settings, plan=Plan.PREPAID)


@pytest.fixture
async def rig(prepaid: Settings, world: World) -> AsyncIterator[Application]:
    async with opened(prepaid, world) as rig:
        await rig.service.core.ledger.credit(ADA, CREDIT, "first")
        yield rig
        await rig.money_is_right()


@pytest.fixture
def minute(voice: Path, tmp_path: Path) -> Path:
    target = tmp_path / "minute.ogg"
    ffmpeg(find_ffmpeg(None), "-stream_loop", "3", "-i", voice, "-c", "copy", target)
    return target


def cost_of(rig: Application) -> int:
    return sum(call["cost"] for call in rig.provider.calls())


async def balance(rig: Application) -> int:
    return (await rig.service.core.ledger.statements.balance(ADA)).balance


@pytest.mark.parametrize("model", ["paid", "paid-later"])
async def test_what_was_answered_before_a_fault_is_paid_and_delivered(
    rig: Application, world: World, minute: Path, model: str
) -> None:
    world[1].fault = ProviderRefused(reason="full")
    note = rig.platform.note("1", minute, model=model)
    await rig.take(note)
    standing = await rig.end_of(note)
    assert (standing.state, standing.charged) == (NoteState.DONE, cost_of(rig))
    [text] = rig.platform.messages()["1"]
    assert text.count("What was said") == 2
    assert await balance(rig) == CREDIT - cost_of(rig)
    result = await rig.service.core.queries.result(note.id)
    assert result is not None
    assert (result.answer.transcript.partial, result.answer.cut_short) == (True, "ProviderRefused")


async def test_a_part_is_not_taken_for_the_whole_of_the_same_recording(
    rig: Application, world: World, minute: Path
) -> None:
    world[1].fault = ProviderRefused(reason="full")
    first = rig.platform.note("1", minute, identity="file:a")
    await rig.take(first)
    await rig.end_of(first)
    world[1].error = world[1].fault = None
    second = rig.platform.note("2", minute, identity="file:a")
    await rig.take(second)
    await rig.end_of(second)
    [text] = rig.platform.messages()["2"]
    assert text.count("What was said") > 2


async def test_the_chunks_of_a_cancelled_note_are_paid_and_no_further_one_is_submitted(
    rig: Application, minute: Path, tmp_path: Path
) -> None:
    note = rig.platform.note("1", minute)
    rig.provider.seconds_of_work = 0.3
    await rig.take(note)
    async with asyncio.timeout(20):
        while len(rig.provider.calls()) < 2:
            await asyncio.sleep(0.005)
    rig.provider.free.clear()
    exported = await rig.service.core.privacy.export(ADA, tmp_path / "early.zip")
    assert await rig.service.intake.cancel(note.id)
    rig.provider.free.set()
    standing = await rig.end_of(note)
    assert (standing.state, standing.charged) == (NoteState.CANCELLED, cost_of(rig))
    assert len(rig.provider.calls()) <= 3
    assert await balance(rig) == CREDIT - cost_of(rig)
    assert "What was said" not in str(rig.platform.messages())
    assert exported == 1
    assert "What was said" not in _all_of(tmp_path / "early.zip"), "nothing was settled yet"
    await rig.service.core.privacy.export(ADA, tmp_path / "late.zip")
    assert "What was said" in _all_of(tmp_path / "late.zip"), "it is paid"


async def test_a_note_that_waited_too_long_is_settled_on_what_was_answered(
    rig: Application, world: World, minute: Path
) -> None:
    pause = NotNow(WaitReason.PROVIDER_UNFUNDED, datetime.now(UTC) + timedelta(hours=3))
    world[1].fault = pause
    note = rig.platform.note("1", minute)
    await rig.take(note)
    async with asyncio.timeout(20):
        while not any(one.stage is Stage.WAITING for one in rig.platform.shown):
            await asyncio.sleep(0.01)
    async with rig.service.core.db.writing() as connection:  # eight days pass
        long_ago = datetime.now(UTC) - timedelta(days=8)
        await connection.execute(sa.update(tables.note).values(created_at=long_ago, not_before=long_ago))
    standing = await rig.end_of(note)
    assert (standing.state, standing.charged) == (NoteState.DONE, cost_of(rig))
    assert await balance(rig) == CREDIT - cost_of(rig)


async def test_losses_that_a_user_causes_make_the_account_wait_until_tomorrow(
    settings: Settings, world: World, voice: Path
) -> None:
    world[1].takes = Accepts()
    async with opened(changed(settings, plan=Plan.PREPAID, loss_limit="0.10"), world) as rig:
        await rig.service.core.ledger.credit(ADA, CREDIT, "first")
        world[1].silences = 1
        world[1].free.clear()
        lost = rig.platform.note("1", voice)
        await rig.take(lost)
        await rig.provider.busy.wait()
        await rig.service.intake.cancel(lost.id)
        world[1].free.set()
        assert (await rig.end_of(lost)).charged is None
        assert cost_of(rig) == PRICE
        next_one = rig.platform.note("2", voice)
        await rig.take(next_one)
        async with asyncio.timeout(20):
            while not any(one.wait and one.wait.reason is WaitReason.USER_LOSSES for one in rig.platform.shown):
                await asyncio.sleep(0.01)
        assert len(rig.provider.calls()) == 1
        assert await rig.service.core.ledger.audit() == []


def _all_of(archive: Path) -> str:
    with zipfile.ZipFile(archive) as opened_archive:
        return json.dumps([opened_archive.read(name).decode() for name in opened_archive.namelist()])
