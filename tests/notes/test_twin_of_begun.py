"""A note whose provider has a part of it already: the text of the same recording does not undo what that costs."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from bot.domain.audio import Accepts, Audio
from bot.domain.billing import Plan
from bot.domain.errors import NotNow
from bot.domain.money import Micros
from bot.domain.note import NoteState, Stage
from bot.domain.waiting import WaitReason
from bot.media.ffmpeg import find_ffmpeg
from bot.settings import Settings
from tests.doubles.platform import FolderPlatform
from tests.doubles.provider import PaidProvider
from tests.helpers.corpus import ffmpeg
from tests.helpers.services import ADA, opened
from tests.helpers.settings import changed

BEA = "folder:bea"


class Pausing(PaidProvider):
    """Takes a minute in chunks, and takes no more for now after the first."""

    pauses = True

    def _charge(self, audio: Audio, cost: Micros) -> None:
        super()._charge(audio, cost)
        if self.pauses:
            self.error = NotNow(WaitReason.PROVIDER_UNFUNDED, datetime.now(UTC) + timedelta(hours=3))


async def test_a_note_with_an_answered_chunk_goes_on_though_another_has_the_whole_text(
    settings: Settings, tmp_path: Path, voice: Path
) -> None:
    minute = tmp_path / "minute.ogg"
    ffmpeg(find_ffmpeg(None), "-stream_loop", "3", "-i", voice, "-c", "copy", minute)
    provider = Pausing(tmp_path / "provider")
    provider.takes = Accepts(bytes=60_000)
    world = FolderPlatform(tmp_path / "platform"), provider
    async with opened(changed(settings, plan=Plan.PREPAID, known_files="all"), world) as rig:
        for user in (ADA, BEA):
            await rig.service.core.ledger.credit(user, Micros(2_000_000), user)
        first = rig.platform.note("1", minute, identity="file:a")
        await rig.take(first)
        async with asyncio.timeout(20):
            while not any(one.stage is Stage.WAITING for one in rig.platform.shown):
                await asyncio.sleep(0.01)
        provider.pauses, provider.error = False, None
        second = rig.platform.note("2", minute, user=BEA, identity="file:a")
        await rig.take(second)
        assert (await rig.end_of(second)).state is NoteState.DONE
        async with rig.service.core.db.writing() as connection:  # the hours pass
            await connection.execute(sa.text("UPDATE note SET not_before = created_at"))
        standing = await rig.end_of(first)
        assert standing.state is NoteState.DONE
        assert standing.charged == sum(call["cost"] for call in provider.calls() if call["note"] == first.id)
        booked = sum(row.cost for row in await rig.service.core.ledger.statements.spend())
        assert booked == sum(call["cost"] for call in provider.calls())
        await rig.money_is_right()
