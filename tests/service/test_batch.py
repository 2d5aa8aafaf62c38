"""Results of the command line's notes, as another process left them."""

import asyncio
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

from bot.domain.billing import Quote
from bot.domain.errors import ProviderRefused
from bot.domain.note import NoteState, Options
from bot.notes.views import Standing
from bot.service.batch import Ending, submit_files
from bot.service.core import open_core
from bot.service.lead import lead
from bot.settings import Settings
from tests.doubles.provider import transcript_of

ACCOUNT = "console:ada"
PART = replace(transcript_of(16.0, "whisper-base"), partial=True)


async def the_only_ending(settings: Settings, file: Path) -> Ending:
    def watch(file: Path, standing: Standing) -> None:
        pass

    async with aclosing(submit_files(settings, [file], ACCOUNT, Options("whisper-base"), watch)) as endings:
        return await anext(endings)


async def test_a_paid_part_of_a_note_that_failed_is_returned_with_the_reason(settings: Settings, voice: Path) -> None:
    reason = ProviderRefused(reason="full")
    async with open_core(settings) as core, lead(settings.storage) as kept:
        assert kept is not None
        ending = asyncio.create_task(the_only_ending(settings, voice))
        async with asyncio.timeout(20):
            while not (ids := await core.notes.unfinished_of(ACCOUNT)):
                await asyncio.sleep(0.02)
        order = await core.notes.order(ids[0])
        assert order is not None
        await core.ledger.hold(ids[0], ACCOUNT, "paid", Quote("whisper-base", 60.0, PART.cost, PART.cost))
        await core.note_repository.keep_text(ids[0], PART)
        await core.ledger.settle(ids[0], PART.cost)
        await core.note_repository.close(order.note, NoteState.FAILED, reason)
        async with asyncio.timeout(20):
            found = await ending
    assert found.transcript == PART
    assert found.error is not None
    assert found.error.to_json() == reason.to_json()
