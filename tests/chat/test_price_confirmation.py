"""A price above the sender's limit is asked first; an answer that cannot be delivered now is delivered later."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.domain.errors import NotNow, Undelivered
from bot.domain.money import Micros
from bot.domain.note import Note, NoteState, Progress, Stage
from bot.domain.waiting import WaitReason
from bot.settings import Settings
from tests.doubles.platform import FolderPlatform
from tests.doubles.provider import PaidProvider
from tests.helpers.services import ADA, PRICE, SAID, Application, opened


@pytest.fixture
async def rig(settings: Settings, tmp_path: Path) -> AsyncIterator[Application]:
    async with opened(settings, (FolderPlatform(tmp_path / "platform"), PaidProvider(tmp_path / "provider"))) as rig:
        yield rig


async def asked(rig: Application) -> Progress:
    async with asyncio.timeout(20):
        while True:
            for one in rig.platform.shown:
                if one.stage is Stage.ASKING:
                    return one
            await asyncio.sleep(0.02)


def dear(rig: Application, voice: Path) -> Note:
    return rig.platform.note("1", voice, ask_above=Micros(PRICE - 1))


async def test_a_dear_note_asks_and_goes_on_with_a_yes(rig: Application, voice: Path) -> None:
    note = dear(rig, voice)
    await rig.take(note)
    question = await asked(rig)
    assert question.price == PRICE
    assert rig.provider.calls() == []
    assert (await rig.service.core.ledger.statements.balance(ADA)).spent == 0
    assert await rig.service.intake.agree(note.id, PRICE)
    assert (await rig.end_of(note)).charged == PRICE
    assert rig.platform.messages() == {"1": [SAID]}
    assert not await rig.service.intake.agree(note.id, PRICE), "it does not ask any more"
    await rig.money_is_right()


async def test_a_yes_to_less_is_no_yes(rig: Application, voice: Path) -> None:
    note = dear(rig, voice)
    await rig.take(note)
    await asked(rig)
    rig.platform.shown.clear()
    assert await rig.service.intake.agree(note.id, Micros(PRICE - 1))
    assert (await asked(rig)).price == PRICE
    assert rig.provider.calls() == []


async def test_a_note_that_asks_can_be_cancelled(rig: Application, voice: Path) -> None:
    note = dear(rig, voice)
    await rig.take(note)
    await asked(rig)
    await rig.service.intake.cancel(note.id)
    assert (await rig.end_of(note)).state is NoteState.CANCELLED
    assert rig.platform.messages() == {"1": ["Cancelled. Nothing was charged."]}
    await rig.money_is_right()


async def test_a_question_without_an_answer_ends_after_a_day(rig: Application, voice: Path) -> None:
    note = dear(rig, voice)
    await rig.take(note)
    await asked(rig)
    yesterday = datetime.now(UTC) - timedelta(days=1, minutes=1)
    async with rig.service.core.db.writing() as connection:
        await connection.execute(
            sa.text("UPDATE note SET created_at = :then, not_before = :then"), {"then": yesterday.isoformat()}
        )
    assert (await rig.end_of(note)).state is NoteState.FAILED
    assert rig.platform.messages() == {
        "1": ["The price was not confirmed within a day. Nothing was charged. Send it again to be asked again."]
    }


async def test_a_question_that_nobody_can_hear_ends_the_note(rig: Application, voice: Path) -> None:
    rig.platform.unreachable = Undelivered(reason="the chat is gone")
    note = dear(rig, voice)
    await rig.take(note)
    assert (await rig.end_of(note)).state is NoteState.FAILED
    await rig.money_is_right()


async def test_a_cheap_note_is_not_asked_about(rig: Application, voice: Path) -> None:
    note = rig.platform.note("1", voice, ask_above=PRICE)
    await rig.take(note)
    assert (await rig.end_of(note)).charged == PRICE
    assert not any(one.stage is Stage.ASKING for one in rig.platform.shown)


@pytest.mark.parametrize("times", [1, 3])
async def test_an_answer_that_the_platform_cannot_take_now_is_delivered_later_and_paid_once(
    rig: Application, voice: Path, times: int
) -> None:
    until = datetime.now(UTC) + timedelta(seconds=0.3)
    rig.platform.pauses = [NotNow(WaitReason.PLATFORM_PAUSE, until) for _ in range(times)]
    note = rig.platform.note("1", voice)
    await rig.take(note)
    assert (await rig.end_of(note)).charged == PRICE
    assert rig.platform.messages() == {"1": [SAID]}
    assert len(rig.provider.calls()) == 1
    await rig.money_is_right()


async def test_a_refusal_that_the_platform_cannot_take_now_is_told_later(rig: Application, tmp_path: Path) -> None:
    until = datetime.now(UTC) + timedelta(seconds=0.3)
    rig.platform.pauses = [NotNow(WaitReason.PLATFORM_PAUSE, until)]
    note = rig.platform.note("1", tmp_path / "gone.ogg")
    await rig.take(note)
    assert (await rig.end_of(note)).state is NoteState.FAILED
    assert rig.platform.messages() == {"1": ["There is no file gone.ogg."]}


async def test_an_answer_that_the_platform_does_not_take_for_a_week_is_kept_and_given_up(
    rig: Application, voice: Path
) -> None:
    now = datetime.now(UTC)
    rig.platform.pauses = [NotNow(WaitReason.PLATFORM_PAUSE, now) for _ in range(3)]
    note = rig.platform.note("1", voice)
    rig.provider.free.clear()
    await rig.take(note)
    await rig.provider.busy.wait()
    async with rig.service.core.db.writing() as connection:
        await connection.execute(
            sa.text("UPDATE note SET created_at = :then"), {"then": (now - timedelta(days=8)).isoformat()}
        )
    rig.provider.free.set()
    standing = await rig.end_of(note)
    assert standing.state is NoteState.FAILED
    assert standing.charged == PRICE
    said = await rig.service.core.notes.transcript(note.id)
    assert said is not None
    assert said.text == SAID
