"""The same recording again: its text is given to everybody who asks, and paid once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.domain.billing import Plan
from bot.domain.errors import NotNow, ProviderRefused
from bot.domain.money import Micros
from bot.domain.note import NoteState, Stage
from bot.domain.waiting import WaitReason
from bot.settings import Settings
from tests.doubles.platform import FolderPlatform
from tests.doubles.provider import PaidProvider
from tests.helpers.services import ADA, PRICE, SAID, Application, opened
from tests.helpers.settings import changed

BEA = "folder:bea"


@pytest.fixture
def world(tmp_path: Path) -> tuple[FolderPlatform, PaidProvider]:
    return FolderPlatform(tmp_path / "platform"), PaidProvider(tmp_path / "provider")


@pytest.fixture
async def rig(settings: Settings, world: tuple[FolderPlatform, PaidProvider]) -> AsyncIterator[Application]:
    async with opened(changed(settings, plan=Plan.PREPAID), world) as rig:
        for user in (ADA, BEA):
            await rig.service.core.ledger.credit(user, Micros(1_000_000), user)
        yield rig


async def spent(rig: Application, user: str) -> int:
    return (await rig.service.core.ledger.statements.balance(user)).spent


async def test_a_known_recording_is_answered_without_being_paid_again(rig: Application, voice: Path) -> None:
    first = rig.platform.note("1", voice, identity="file:a")
    await rig.take(first)
    await rig.end_of(first)
    second = rig.platform.note("2", voice, user=BEA, identity="file:a")
    await rig.take(second)
    assert (await rig.end_of(second)).charged == 0
    assert rig.platform.messages() == {"1": [SAID], "2": [SAID]}
    assert len(rig.provider.calls()) == 1
    assert (await spent(rig, ADA), await spent(rig, BEA)) == (PRICE, 0)
    await rig.money_is_right()


async def test_everybody_who_waits_for_a_recording_gets_its_text(rig: Application, voice: Path) -> None:
    rig.provider.free.clear()
    notes = [rig.platform.note(str(number), voice, user=BEA, identity="file:a") for number in range(5)]
    await rig.take(notes[0])
    await rig.provider.busy.wait()
    await rig.take(*notes[1:])
    async with asyncio.timeout(20):
        while sum(one.stage is Stage.WAITING for one in rig.platform.shown) < 4:
            await asyncio.sleep(0.02)
    rig.provider.free.set()
    ends = [await rig.end_of(note) for note in notes]
    assert [end.charged for end in ends] == [PRICE, 0, 0, 0, 0]
    assert rig.platform.messages() == {str(number): [SAID] for number in range(5)}
    assert len(rig.provider.calls()) == 1
    await rig.money_is_right()


async def test_those_who_waited_in_vain_go_on_by_themselves(rig: Application, voice: Path) -> None:
    rig.provider.free.clear()
    first, second = (rig.platform.note(name, voice, identity="file:a") for name in ("1", "2"))
    await rig.take(first)
    await rig.provider.busy.wait()
    await rig.take(second)
    async with asyncio.timeout(20):
        while not any(one.stage is Stage.WAITING for one in rig.platform.shown):
            await asyncio.sleep(0.02)
    await rig.service.intake.cancel(first.id)
    rig.provider.error = ProviderRefused(reason="full")
    rig.provider.free.set()
    assert (await rig.end_of(first)).state is NoteState.CANCELLED
    rig.provider.error = None
    assert (await rig.end_of(second)).state is NoteState.DONE
    await rig.money_is_right()


async def test_what_is_asked_for_otherwise_is_another_transcript(rig: Application, voice: Path) -> None:
    first = rig.platform.note("1", voice, identity="file:a")
    second = rig.platform.note("2", voice, identity="file:a", language="es")
    await rig.take(first)
    await rig.end_of(first)
    await rig.take(second)
    assert (await rig.end_of(second)).charged == PRICE


async def test_a_recording_that_was_refused_is_tried_again(rig: Application, voice: Path) -> None:
    first, second = (rig.platform.note(name, voice, identity="file:a") for name in ("1", "2"))
    rig.provider.error = ProviderRefused(reason="too quiet")
    await rig.take(first)
    await rig.end_of(first)
    rig.provider.error = None
    await rig.take(second)
    assert (await rig.end_of(second)).charged == PRICE


async def test_files_that_the_platform_does_not_know_are_never_the_same(rig: Application, voice: Path) -> None:
    for name in ("1", "2"):
        note = rig.platform.note(name, voice)
        await rig.take(note)
        assert (await rig.end_of(note)).charged == PRICE


async def test_a_service_that_pays_for_each_does(
    settings: Settings, world: tuple[FolderPlatform, PaidProvider], voice: Path
) -> None:
    async with opened(changed(settings, known_files=False), world) as rig:
        for name in ("1", "2"):
            note = rig.platform.note(name, voice, identity="file:a")
            await rig.take(note)
            assert (await rig.end_of(note)).charged == PRICE


async def test_notes_that_waited_for_the_provider_pay_a_recording_once(rig: Application, voice: Path) -> None:
    until = datetime.now(UTC) + timedelta(hours=1)
    rig.provider.pause = NotNow(WaitReason.PROVIDER_UNFUNDED, until)
    notes = [rig.platform.note(str(number), voice, identity="file:a") for number in range(4)]
    await rig.take(*notes)
    async with asyncio.timeout(20):
        while sum(one.stage is Stage.WAITING for one in rig.platform.shown) < 4:
            await asyncio.sleep(0.02)
    rig.provider.pause = None
    async with rig.service.core.db.writing() as connection:
        await connection.execute(sa.text("UPDATE note SET not_before = created_at"))
    assert sum([(await rig.end_of(note)).charged or 0 for note in notes]) == PRICE
    assert len(rig.provider.calls()) == 1
    await rig.money_is_right()


async def test_one_yes_answers_everybody_who_was_asked(rig: Application, voice: Path) -> None:
    notes = [
        rig.platform.note(str(number), voice, identity="file:a", ask_above=Micros(PRICE - 1)) for number in range(3)
    ]
    await rig.take(*notes)
    async with asyncio.timeout(20):
        while sum(one.stage is Stage.ASKING for one in rig.platform.shown) < 3:
            await asyncio.sleep(0.02)
    assert await rig.service.intake.agree(notes[2].id, PRICE)
    assert [(await rig.end_of(note)).charged for note in notes] == [0, 0, PRICE]
    assert len(rig.provider.calls()) == 1
    await rig.money_is_right()
