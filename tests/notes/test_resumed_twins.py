"""The end of a note resumes the notes that wait for it, and no others of its recording."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.domain.errors import NotNow
from bot.domain.money import Micros
from bot.domain.note import Note, NoteState, Stage
from bot.domain.waiting import WaitReason
from bot.settings import Settings
from bot.storage import tables
from tests.doubles.platform import FolderPlatform
from tests.doubles.provider import PaidProvider
from tests.helpers.services import PRICE, SAID, Application, opened

BEA = "folder:bea"


@pytest.fixture
async def rig(settings: Settings, tmp_path: Path) -> AsyncIterator[Application]:
    """Run a service in which only a user's own texts answer a note."""
    async with opened(settings, (FolderPlatform(tmp_path / "platform"), PaidProvider(tmp_path / "provider"))) as rig:
        yield rig


async def put_off(rig: Application, note: Note, stage: Stage) -> datetime:
    """Return the time until which the note waits or asks, as soon as it does."""
    query = sa.select(tables.note.c.not_before).where(tables.note.c.id == note.id, tables.note.c.stage == stage.value)
    async with asyncio.timeout(20):
        while True:
            async with rig.service.core.db.reading() as connection:
                if (until := await connection.scalar(query)) is not None:
                    assert isinstance(until, datetime)
                    return until
            await asyncio.sleep(0.02)


async def twin_ended(rig: Application, voice: Path) -> None:
    """Let another user's note of the same recording end, and the service look for notes to resume."""
    twin = rig.platform.note("2", voice, user=BEA, identity="file:a")
    await rig.take(twin)
    assert (await rig.end_of(twin)).state is NoteState.DONE
    await asyncio.sleep(0.5)


async def test_a_question_keeps_its_day_though_another_note_of_the_recording_ends(
    rig: Application, voice: Path
) -> None:
    asking = rig.platform.note("1", voice, identity="file:a", ask_above=Micros(PRICE - 1))
    await rig.take(asking)
    until = await put_off(rig, asking, Stage.ASKING)
    await twin_ended(rig, voice)
    assert await put_off(rig, asking, Stage.ASKING) == until


async def test_a_question_is_spared_by_the_text_of_another_note(rig: Application, voice: Path) -> None:
    asking = rig.platform.note("1", voice, identity="file:a", ask_above=Micros(PRICE - 1))
    await rig.take(asking)
    await put_off(rig, asking, Stage.ASKING)
    twin = rig.platform.note("2", voice, identity="file:a")
    await rig.take(twin)
    await rig.end_of(twin)
    assert (await rig.end_of(asking)).charged == 0
    assert rig.platform.messages()["1"] == [SAID]


async def test_a_note_that_waits_for_the_provider_is_not_resumed_by_the_end_of_another(
    rig: Application, voice: Path
) -> None:
    waiting = rig.platform.note("1", voice, identity="file:a")
    rig.provider.pause = NotNow(WaitReason.PROVIDER_BUSY, datetime.now(UTC) + timedelta(hours=3))
    await rig.take(waiting)
    until = await put_off(rig, waiting, Stage.WAITING)
    rig.provider.pause = None
    await twin_ended(rig, voice)
    assert await put_off(rig, waiting, Stage.WAITING) == until
    assert len(rig.provider.calls()) == 1
