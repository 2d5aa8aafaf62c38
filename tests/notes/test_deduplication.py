"""The same recording again: its text is given to everybody who asks, and paid once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.domain.errors import NotNow, ProviderRefused
from bot.domain.money import Micros
from bot.domain.note import NoteState, Plan, Stage
from bot.settings import Settings
from tests.doubles.platform import FolderPlatform
from tests.doubles.provider import PaidProvider
from tests.helpers.services import ADA, PRICE, SAID, House, opened

BEA = "folder:bea"


@pytest.fixture
def world(tmp_path: Path) -> tuple[FolderPlatform, PaidProvider]:
    return FolderPlatform(tmp_path / "platform"), PaidProvider(tmp_path / "provider")


@pytest.fixture
async def house(settings: Settings, world: tuple[FolderPlatform, PaidProvider]) -> AsyncIterator[House]:
    async with opened(settings.model_copy(update={"plan": Plan.PREPAID}), world) as house:
        for user in (ADA, BEA):
            await house.service.books.ledger.credit(user, Micros(1_000_000), user)
        yield house


async def spent(house: House, user: str) -> int:
    return (await house.service.books.ledger.balance(user)).spent


async def test_a_known_recording_is_answered_without_being_paid_again(house: House, voice: Path) -> None:
    first = house.platform.note("1", voice, identity="file:a")
    await house.take(first)
    await house.end_of(first)
    second = house.platform.note("2", voice, user=BEA, identity="file:a")
    await house.take(second)
    assert (await house.end_of(second)).charged == 0
    assert house.platform.messages() == {"1": [SAID], "2": [SAID]}
    assert len(house.provider.calls()) == 1
    assert (await spent(house, ADA), await spent(house, BEA)) == (PRICE, 0)
    await house.money_is_right()


async def test_everybody_who_waits_for_a_recording_gets_its_text(house: House, voice: Path) -> None:
    house.provider.free.clear()
    notes = [house.platform.note(str(number), voice, user=BEA, identity="file:a") for number in range(5)]
    await house.take(notes[0])
    await house.provider.busy.wait()
    await house.take(*notes[1:])
    async with asyncio.timeout(20):
        while sum(one.stage is Stage.WAITING for one in house.platform.shown) < 4:
            await asyncio.sleep(0.02)
    house.provider.free.set()
    ends = [await house.end_of(note) for note in notes]
    assert [end.charged for end in ends] == [PRICE, 0, 0, 0, 0]
    assert house.platform.messages() == {str(number): [SAID] for number in range(5)}
    assert len(house.provider.calls()) == 1
    await house.money_is_right()


async def test_those_who_waited_in_vain_go_on_by_themselves(house: House, voice: Path) -> None:
    house.provider.free.clear()
    first, second = (house.platform.note(name, voice, identity="file:a") for name in ("1", "2"))
    await house.take(first)
    await house.provider.busy.wait()
    await house.take(second)
    async with asyncio.timeout(20):
        while not any(one.stage is Stage.WAITING for one in house.platform.shown):
            await asyncio.sleep(0.02)
    await house.service.intake.cancel(first.id)
    assert (await house.end_of(first)).state is NoteState.CANCELLED
    house.provider.free.set()
    assert (await house.end_of(second)).state is NoteState.DONE
    await house.money_is_right()


async def test_what_is_asked_for_otherwise_is_another_transcript(house: House, voice: Path) -> None:
    first = house.platform.note("1", voice, identity="file:a")
    second = house.platform.note("2", voice, identity="file:a", language="es")
    await house.take(first)
    await house.end_of(first)
    await house.take(second)
    assert (await house.end_of(second)).charged == PRICE


async def test_a_recording_that_was_refused_is_tried_again(house: House, voice: Path) -> None:
    first, second = (house.platform.note(name, voice, identity="file:a") for name in ("1", "2"))
    house.provider.error = ProviderRefused(reason="too quiet")
    await house.take(first)
    await house.end_of(first)
    house.provider.error = None
    await house.take(second)
    assert (await house.end_of(second)).charged == PRICE


async def test_files_that_the_platform_does_not_know_are_never_the_same(house: House, voice: Path) -> None:
    for name in ("1", "2"):
        note = house.platform.note(name, voice)
        await house.take(note)
        assert (await house.end_of(note)).charged == PRICE


async def test_a_house_that_pays_for_each_does(
    settings: Settings, world: tuple[FolderPlatform, PaidProvider], voice: Path
) -> None:
    async with opened(settings.model_copy(update={"known_files": False}), world) as house:
        for name in ("1", "2"):
            note = house.platform.note(name, voice, identity="file:a")
            await house.take(note)
            assert (await house.end_of(note)).charged == PRICE


async def test_notes_that_waited_for_the_provider_pay_a_recording_once(house: House, voice: Path) -> None:
    until = datetime.now(UTC) + timedelta(hours=1)
    house.provider.pause = NotNow(reason="The provider's account is empty.", until=until.isoformat())
    notes = [house.platform.note(str(number), voice, identity="file:a") for number in range(4)]
    await house.take(*notes)
    async with asyncio.timeout(20):
        while sum(one.stage is Stage.WAITING for one in house.platform.shown) < 4:
            await asyncio.sleep(0.02)
    house.provider.pause = None
    async with house.service.books.db.writing() as connection:
        await connection.execute(sa.text("UPDATE note SET not_before = created_at"))
    assert sum([(await house.end_of(note)).charged or 0 for note in notes]) == PRICE
    assert len(house.provider.calls()) == 1
    await house.money_is_right()


async def test_one_yes_answers_everybody_who_was_asked(house: House, voice: Path) -> None:
    notes = [
        house.platform.note(str(number), voice, identity="file:a", ask_above=Micros(PRICE - 1)) for number in range(3)
    ]
    await house.take(*notes)
    async with asyncio.timeout(20):
        while sum(one.stage is Stage.ASKING for one in house.platform.shown) < 3:
            await asyncio.sleep(0.02)
    assert await house.service.intake.agree(notes[2].id, PRICE)
    assert [(await house.end_of(note)).charged for note in notes] == [0, 0, PRICE]
    assert len(house.provider.calls()) == 1
    await house.money_is_right()
