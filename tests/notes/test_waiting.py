"""Waits of notes: none outlasts a clock that was wrong, and none is counted that was a queue's."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.domain.errors import NotNow
from bot.domain.money import Micros
from bot.domain.note import NoteState, Stage
from bot.domain.waiting import LONGEST_PAUSE, WaitReason
from bot.settings import Settings
from tests.doubles.platform import FolderPlatform
from tests.doubles.provider import PaidProvider
from tests.helpers.services import Application, opened


@pytest.fixture
async def rig(settings: Settings, tmp_path: Path) -> AsyncIterator[Application]:
    async with opened(settings, (FolderPlatform(tmp_path / "platform"), PaidProvider(tmp_path / "provider"))) as rig:
        yield rig


async def set_times(rig: Application, **times: datetime) -> None:
    async with rig.service.core.db.writing() as connection:  # as a clock that was wrong, or a queue, left it
        for name, value in times.items():
            await connection.execute(sa.text(f"UPDATE note SET {name} = :at"), {"at": f"{value:%FT%T.%fZ}"})


async def end_of_wait(rig: Application) -> datetime:
    """Return the time until which the note waits, as soon as it does."""
    async with asyncio.timeout(20):
        while True:
            async with rig.service.core.db.reading() as connection:
                if found := await connection.scalar(sa.text("SELECT not_before FROM note")):
                    return datetime.fromisoformat(found)
            await asyncio.sleep(0.02)


async def parked(rig: Application, voice: Path, until_when: datetime) -> datetime:
    rig.platform.pauses = [NotNow(WaitReason.PLATFORM_PAUSE, until_when)]
    await rig.take(rig.platform.note("1", voice))
    return await end_of_wait(rig)


async def test_a_note_that_a_wrong_clock_parked_goes_on(rig: Application, voice: Path) -> None:
    await parked(rig, voice, datetime.now(UTC) + timedelta(hours=1))
    await set_times(rig, not_before=datetime.now(UTC) + timedelta(days=40))
    assert (await rig.end_of(rig.platform.note("1", voice))).state is NoteState.DONE


async def test_no_note_is_parked_for_longer_than_it_may_wait(rig: Application, voice: Path) -> None:
    found = await parked(rig, voice, datetime.now(UTC) + timedelta(days=40))
    assert found <= datetime.now(UTC) + LONGEST_PAUSE


async def test_a_question_is_asked_however_long_the_note_was_queued(rig: Application, voice: Path) -> None:
    rig.platform.seconds_to_acknowledge = 0.5
    note = rig.platform.note("1", voice, ask_above=Micros(1))
    await rig.take(note)
    await set_times(rig, created_at=datetime.now(UTC) - timedelta(days=2))
    assert await end_of_wait(rig) > datetime.now(UTC) + timedelta(hours=23)
    standing = await rig.service.core.notes.standing(note.id)
    assert standing is not None
    assert standing.stage is Stage.ASKING
