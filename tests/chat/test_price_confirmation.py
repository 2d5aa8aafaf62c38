"""What costs more than its sender pays unasked is asked first; what cannot be delivered for now is delivered later."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.domain.errors import NotNow, Undelivered
from bot.domain.money import Micros
from bot.domain.note import Note, NoteState, Progress, Stage
from bot.settings import Settings
from tests.doubles.platform import FolderPlatform
from tests.doubles.provider import PaidProvider
from tests.helpers.services import ADA, PRICE, SAID, House, opened


@pytest.fixture
async def house(settings: Settings, tmp_path: Path) -> AsyncIterator[House]:
    async with opened(settings, (FolderPlatform(tmp_path / "platform"), PaidProvider(tmp_path / "provider"))) as house:
        yield house


async def asked(house: House) -> Progress:
    async with asyncio.timeout(20):
        while True:
            for one in house.platform.shown:
                if one.stage is Stage.ASKING:
                    return one
            await asyncio.sleep(0.02)


def dear(house: House, voice: Path) -> Note:
    return house.platform.note("1", voice, ask_above=Micros(PRICE - 1))


async def test_a_dear_note_asks_and_goes_on_with_a_yes(house: House, voice: Path) -> None:
    note = dear(house, voice)
    await house.take(note)
    question = await asked(house)
    assert question.price == PRICE
    assert house.provider.calls() == []
    assert (await house.service.books.ledger.balance(ADA)).spent == 0
    assert await house.service.intake.agree(note.id, PRICE)
    assert (await house.end_of(note)).charged == PRICE
    assert house.platform.messages() == {"1": [SAID]}
    assert not await house.service.intake.agree(note.id, PRICE), "it does not ask any more"
    await house.money_is_right()


async def test_a_yes_to_less_is_no_yes(house: House, voice: Path) -> None:
    note = dear(house, voice)
    await house.take(note)
    await asked(house)
    house.platform.shown.clear()
    assert await house.service.intake.agree(note.id, Micros(PRICE - 1))
    assert (await asked(house)).price == PRICE
    assert house.provider.calls() == []


async def test_a_note_that_asks_can_be_cancelled(house: House, voice: Path) -> None:
    note = dear(house, voice)
    await house.take(note)
    await asked(house)
    await house.service.intake.cancel(note.id)
    assert (await house.end_of(note)).state is NoteState.CANCELLED
    assert house.platform.messages() == {"1": ["Cancelled. Nothing was charged."]}
    await house.money_is_right()


async def test_a_question_without_an_answer_ends_after_a_day(house: House, voice: Path) -> None:
    note = dear(house, voice)
    await house.take(note)
    await asked(house)
    yesterday = datetime.now(UTC) - timedelta(days=1, minutes=1)
    async with house.service.books.db.writing() as connection:
        await connection.execute(
            sa.text("UPDATE note SET created_at = :then, not_before = :then"), {"then": yesterday.isoformat()}
        )
    assert (await house.end_of(note)).state is NoteState.FAILED
    assert house.platform.messages() == {"1": ["Nobody said yes to the price within a day. Nothing was charged."]}


async def test_a_question_that_nobody_can_hear_ends_the_note(house: House, voice: Path) -> None:
    house.platform.unreachable = Undelivered(reason="the chat is gone")
    note = dear(house, voice)
    await house.take(note)
    assert (await house.end_of(note)).state is NoteState.FAILED
    await house.money_is_right()


async def test_a_cheap_note_is_not_asked_about(house: House, voice: Path) -> None:
    note = house.platform.note("1", voice, ask_above=PRICE)
    await house.take(note)
    assert (await house.end_of(note)).charged == PRICE
    assert not any(one.stage is Stage.ASKING for one in house.platform.shown)


@pytest.mark.parametrize("times", [1, 3])
async def test_an_answer_that_the_platform_cannot_take_now_is_delivered_later_and_paid_once(
    house: House, voice: Path, times: int
) -> None:
    until = datetime.now(UTC) + timedelta(seconds=0.3)
    house.platform.pauses = [NotNow(reason="It floods.", until=until.isoformat()) for _ in range(times)]
    note = house.platform.note("1", voice)
    await house.take(note)
    assert (await house.end_of(note)).charged == PRICE
    assert house.platform.messages() == {"1": [SAID]}
    assert len(house.provider.calls()) == 1
    await house.money_is_right()


async def test_a_refusal_that_the_platform_cannot_take_now_is_told_later(house: House, tmp_path: Path) -> None:
    until = datetime.now(UTC) + timedelta(seconds=0.3)
    house.platform.pauses = [NotNow(reason="It floods.", until=until.isoformat())]
    note = house.platform.note("1", tmp_path / "gone.ogg")
    await house.take(note)
    assert (await house.end_of(note)).state is NoteState.FAILED
    assert house.platform.messages() == {"1": ["There is no file gone.ogg."]}


async def test_an_answer_that_the_platform_does_not_take_for_a_week_is_kept_and_given_up(
    house: House, voice: Path
) -> None:
    now = datetime.now(UTC)
    house.platform.pauses = [NotNow(reason="It floods.", until=now.isoformat()) for _ in range(3)]
    note = house.platform.note("1", voice)
    house.provider.free.clear()
    await house.take(note)
    await house.provider.busy.wait()
    async with house.service.books.db.writing() as connection:
        await connection.execute(
            sa.text("UPDATE note SET created_at = :then"), {"then": (now - timedelta(days=8)).isoformat()}
        )
    house.provider.free.set()
    standing = await house.end_of(note)
    assert standing.state is NoteState.FAILED
    assert standing.charged == PRICE
    said = await house.service.books.notes.transcript(note.id)
    assert said is not None
    assert said.text == SAID
