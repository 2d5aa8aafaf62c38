"""Free minutes of a note in chunks: they pay for what was transcribed of it, and for what is submitted, first."""

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.domain.audio import Accepts
from bot.domain.billing import Plan
from bot.domain.errors import ProviderFailed
from bot.domain.money import Micros
from bot.domain.note import Options, Ticket
from bot.domain.ports import Report
from bot.domain.transcript import Transcript
from bot.media.ffmpeg import find_ffmpeg
from bot.settings import Settings
from bot.storage import tables
from tests.doubles.platform import FolderPlatform
from tests.doubles.provider import PER_MINUTE, PaidProvider
from tests.helpers.corpus import ffmpeg
from tests.helpers.services import ADA, opened
from tests.helpers.settings import changed

PER_SECOND = PER_MINUTE / 60


class SecondFails(PaidProvider):
    """Takes a minute in chunks; the job of the second one fails."""

    collected = 0

    async def collect(self, ticket: Ticket, options: Options, report: Report) -> Transcript:
        self.collected += 1
        if self.collected == 2:
            raise ProviderFailed(reason="too quiet")
        return await super().collect(ticket, options, report)


@pytest.fixture
def minute(voice: Path, tmp_path: Path) -> Path:
    target = tmp_path / "minute.ogg"
    ffmpeg(find_ffmpeg(None), "-stream_loop", "3", "-i", voice, "-c", "copy", target)
    return target


@pytest.fixture
def one_free_minute(settings: Settings) -> Settings:
    return changed(settings, plan=Plan.PREPAID, free_minutes=1)


async def test_of_a_note_with_a_gap_only_what_was_transcribed_uses_free_minutes(
    one_free_minute: Settings, minute: Path, tmp_path: Path
) -> None:
    provider = SecondFails(tmp_path / "provider")
    provider.takes = Accepts(bytes=60_000)
    async with opened(one_free_minute, (FolderPlatform(tmp_path / "platform"), provider)) as rig:
        await rig.service.core.ledger.credit(ADA, Micros(1_000_000), "first")
        note = rig.platform.note("1", minute, model="paid-later")
        await rig.take(note)
        standing = await rig.end_of(note)
        costs = [call["cost"] for call in provider.calls()]
        transcribed = sum(costs[:1] + costs[2:]) / PER_SECOND
        assert len(costs) >= 3
        assert transcribed < 60
        assert standing.charged == 0
        async with rig.service.core.db.reading() as connection:
            used = await connection.scalar(sa.select(tables.hold.c.free_seconds))
        assert used == pytest.approx(transcribed, abs=0.01)
        assert sum(row.lost for row in await rig.service.core.ledger.statements.spend()) == costs[1]
        await rig.money_is_right()


async def test_the_price_of_what_the_provider_has_counts_free_minutes_first(
    one_free_minute: Settings, minute: Path, tmp_path: Path
) -> None:
    provider = PaidProvider(tmp_path / "provider")
    provider.takes = Accepts(bytes=60_000)
    provider.free.clear()
    async with opened(one_free_minute, (FolderPlatform(tmp_path / "platform"), provider)) as rig:
        await rig.service.core.ledger.credit(ADA, Micros(1_000_000), "first")
        note = rig.platform.note("1", minute)
        await rig.take(note)
        await asyncio.wait_for(provider.busy.wait(), 20)
        assert await rig.service.core.queries.owed(note.id) == 0, "its first chunk is shorter than a minute"
        provider.free.set()
        charged = (await rig.end_of(note)).charged
        assert charged == pytest.approx(sum(call["cost"] for call in provider.calls()) - 60 * PER_SECOND, abs=10)
        await rig.money_is_right()
