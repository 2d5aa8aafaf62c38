"""A cancel while the text is on its way: none of it is posted afterwards, and what was posted is taken back."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import stamina

from bot.domain.billing import Plan
from bot.domain.errors import NotNow
from bot.domain.money import Micros
from bot.domain.note import Note, NoteState, Reply
from bot.domain.waiting import WaitReason
from bot.settings import Settings
from tests.doubles.platform import FolderPlatform
from tests.doubles.provider import PaidProvider
from tests.helpers.services import ADA, PRICE, SAID, Application, opened
from tests.helpers.settings import changed

CREDIT = Micros(1_000_000)
DISCARDED = "Cancelled. It was already paid: $0.1614. Only you can read the text: /jobs."


class Watched(FolderPlatform):
    """Has something happen before an attempt to deliver."""

    before: Callable[[], Awaitable[None]] | None = None

    async def deliver(self, note: Note, placeholder: str | None, reply: Reply) -> None:
        if self.before is not None:
            before, self.before = self.before, None
            await before()
        await super().deliver(note, placeholder, reply)


@pytest.fixture(autouse=True)
def no_pauses_between_attempts() -> Iterator[None]:
    with stamina.set_testing(True, attempts=5, cap=True):
        yield


@pytest.fixture
def platform(tmp_path: Path) -> Watched:
    return Watched(tmp_path / "platform")


@pytest.fixture
async def rig(settings: Settings, platform: Watched, tmp_path: Path) -> AsyncIterator[Application]:
    async with opened(changed(settings, plan=Plan.PREPAID), (platform, PaidProvider(tmp_path / "provider"))) as rig:
        await rig.service.core.ledger.credit(ADA, CREDIT, "first")
        yield rig
        await rig.money_is_right()


def cancelling(rig: Application, note: Note) -> Callable[[], Awaitable[None]]:
    async def cancel() -> None:
        await rig.service.intake.cancel(note.id)

    return cancel


async def is_discarded(rig: Application, note: Note) -> None:
    """Check that the note is paid, and that its sender alone can have the text."""
    standing = await rig.end_of(note)
    assert (standing.state, standing.charged) == (NoteState.CANCELLED, PRICE)
    assert (await rig.service.core.ledger.statements.balance(ADA)).balance == CREDIT - PRICE
    result = await rig.service.core.queries.result(note.id)
    assert result is not None
    assert result.answer.transcript.text == SAID


async def test_a_text_is_not_tried_again_after_a_cancel(rig: Application, platform: Watched, voice: Path) -> None:
    note = platform.note("1", voice)
    platform.failing_deliveries, platform.before = 1, cancelling(rig, note)
    await rig.take(note)
    await is_discarded(rig, note)
    assert platform.messages() == {"1": [DISCARDED]}


async def test_a_text_that_was_posted_in_the_very_moment_is_taken_back(
    rig: Application, platform: Watched, voice: Path
) -> None:
    note = platform.note("1", voice)
    platform.while_delivering = cancelling(rig, note)
    await rig.take(note)
    await is_discarded(rig, note)
    assert platform.messages()["1"][-1] == DISCARDED


async def test_a_text_is_taken_back_though_the_platform_asks_for_a_pause_first(
    rig: Application, platform: Watched, voice: Path
) -> None:
    note = platform.note("1", voice)

    async def cancel_and_pause() -> None:
        platform.while_delivering = None
        await rig.service.intake.cancel(note.id)
        platform.pauses = [NotNow(WaitReason.PLATFORM_PAUSE, datetime.now(UTC) + timedelta(seconds=0.3))]

    platform.while_delivering = cancel_and_pause
    await rig.take(note)
    await is_discarded(rig, note)
    assert platform.messages()["1"][-1] == DISCARDED


async def test_a_cancel_after_the_end_is_none(rig: Application, platform: Watched, voice: Path) -> None:
    note = platform.note("1", voice)
    await rig.take(note)
    await rig.end_of(note)
    assert not await rig.service.intake.cancel(note.id)
    await asyncio.sleep(0.3)
    assert platform.messages() == {"1": [SAID]}
