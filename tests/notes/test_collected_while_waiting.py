"""Tickets of a note that waits for its next chunk are collected first: their texts are neither lost nor booked so."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import stamina

from bot.domain.audio import Accepts, Audio
from bot.domain.billing import Plan
from bot.domain.errors import EarmarkError, NotNow
from bot.domain.money import Micros
from bot.domain.note import Note, NoteState, Options, Stage, Ticket
from bot.domain.ports import Report
from bot.domain.transcript import Transcript
from bot.domain.waiting import WaitReason
from bot.media.ffmpeg import find_ffmpeg
from bot.notes.views import BeforeSubmit
from bot.settings import Settings
from bot.storage import tables
from tests.doubles.platform import FolderPlatform
from tests.doubles.provider import PaidProvider
from tests.helpers.corpus import ffmpeg
from tests.helpers.services import ADA, Application, opened
from tests.helpers.settings import changed

CREDIT = Micros(2_000_000)


class Pausing(PaidProvider):
    """Takes a minute in chunks, and takes no more for now after the first."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.takes = Accepts(bytes=60_000)
        self.pauses = True
        self.no_news: list[EarmarkError] = []
        """Raised by the next collections, one each."""

    def _charge(self, audio: Audio, cost: Micros) -> None:
        super()._charge(audio, cost)
        if self.pauses:
            self.error = NotNow(WaitReason.PROVIDER_UNFUNDED, datetime.now(UTC) + timedelta(hours=3))

    async def collect(self, ticket: Ticket, options: Options, report: Report) -> Transcript:
        if self.no_news:
            raise self.no_news.pop()
        return await super().collect(ticket, options, report)

    def goes_on(self) -> None:
        self.pauses, self.error = False, None


@pytest.fixture(autouse=True)
def no_pauses_between_attempts() -> Iterator[None]:
    with stamina.set_testing(True, attempts=5, cap=True):
        yield


@pytest.fixture
def provider(tmp_path: Path) -> Pausing:
    return Pausing(tmp_path / "provider")


@pytest.fixture
async def rig(settings: Settings, provider: Pausing, tmp_path: Path) -> AsyncIterator[Application]:
    world = FolderPlatform(tmp_path / "platform"), provider
    async with opened(changed(settings, plan=Plan.PREPAID), world) as rig:
        await rig.service.core.ledger.credit(ADA, CREDIT, "first")
        yield rig
        await rig.money_is_right()


@pytest.fixture
def minute(voice: Path, tmp_path: Path) -> Path:
    target = tmp_path / "minute.ogg"
    ffmpeg(find_ffmpeg(None), "-stream_loop", "3", "-i", voice, "-c", "copy", target)
    return target


async def waiting(rig: Application, minute: Path) -> Note:
    """Return a note that waits before its second chunk is submitted."""
    note = rig.platform.note("1", minute, model="paid-later")
    await rig.take(note)
    async with asyncio.timeout(20):
        while True:
            standing = await rig.service.core.notes.standing(note.id)
            if standing is not None and standing.stage is Stage.WAITING:
                return note
            await asyncio.sleep(0.01)


async def submissions(rig: Application, note: Note) -> BeforeSubmit:
    return await rig.service.core.notes.before_submit(note.id)


async def set_times(rig: Application, **times: datetime) -> None:
    async with rig.service.core.db.writing() as connection:
        await connection.execute(sa.update(tables.note).values(**times))


async def lost(rig: Application) -> int:
    return sum(row.lost for row in await rig.service.core.ledger.statements.spend())


async def test_the_text_of_a_ticket_is_kept_before_the_note_waits(rig: Application, minute: Path) -> None:
    note = await waiting(rig, minute)
    before = await submissions(rig, note)
    assert (before.answered, before.tickets) == ({1}, {})
    await rig.service.intake.cancel(note.id)
    assert (await rig.end_of(note)).charged == rig.provider.calls()[0]["cost"]


async def test_a_note_that_waited_too_long_is_settled_on_the_text_of_its_ticket(rig: Application, minute: Path) -> None:
    note = await waiting(rig, minute)
    long_ago = datetime.now(UTC) - timedelta(days=8)
    await set_times(rig, created_at=long_ago, not_before=long_ago)
    standing = await rig.end_of(note)
    assert (standing.state, standing.charged) == (NoteState.DONE, rig.provider.calls()[0]["cost"])
    assert "What was said" in rig.platform.messages()["1"][0]
    assert await lost(rig) == 0


async def test_after_the_wait_only_the_chunks_that_are_missing_are_submitted(
    rig: Application, provider: Pausing, minute: Path
) -> None:
    note = await waiting(rig, minute)
    provider.goes_on()
    await set_times(rig, not_before=datetime.now(UTC))
    standing = await rig.end_of(note)
    costs = [call["cost"] for call in provider.calls()]
    assert (standing.state, standing.charged) == (NoteState.DONE, sum(costs))
    [text] = rig.platform.messages()["1"]
    assert text.count("What was said") == len(costs)


async def test_a_note_does_not_wait_for_the_rest_if_a_part_never_comes(
    rig: Application, provider: Pausing, minute: Path
) -> None:
    provider.job_fails = True
    note = rig.platform.note("1", minute, model="paid-later")
    await rig.take(note)
    standing = await rig.end_of(note)
    assert (standing.state, standing.charged) == (NoteState.FAILED, None)
    assert await lost(rig) == provider.calls()[0]["cost"]


async def test_a_ticket_that_cannot_be_asked_after_is_collected_after_the_wait(
    rig: Application, provider: Pausing, minute: Path
) -> None:
    provider.no_news = [NotNow(WaitReason.PROVIDER_AWAY, datetime.now(UTC))]
    note = await waiting(rig, minute)
    assert set((await submissions(rig, note)).tickets) == {1}
    provider.goes_on()
    await set_times(rig, not_before=datetime.now(UTC))
    assert (await rig.end_of(note)).state is NoteState.DONE
    assert await lost(rig) == 0
