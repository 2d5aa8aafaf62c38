"""A disk that is full in the middle of the work: nothing is lost, and it goes on as soon as there is room."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import stamina

from bot.domain.note import NoteState
from bot.service.worker import Parts, open_service
from tests.doubles.platform import FolderPlatform
from tests.doubles.provider import MODELS, PaidProvider
from tests.helpers.disks import fill, small_disk
from tests.helpers.services import PRICE, SAID, Application
from tests.helpers.settings import make_settings

FULL_SECONDS = 2.0
"""Longer than any number of attempts takes without the pauses between them."""


@pytest.fixture(autouse=True)
def no_pauses_between_attempts() -> Iterator[None]:
    with stamina.set_testing(True, attempts=5, cap=True):
        yield


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", megabytes=24) as disk:
        yield disk


@pytest.fixture
async def rig(disk: Path, tmp_path: Path) -> AsyncIterator[Application]:
    settings = make_settings(disk / "data", stop_seconds=0, spare_megabytes=0)
    platform, provider = FolderPlatform(tmp_path / "platform"), PaidProvider(tmp_path / "provider")
    parts = Parts([platform], [provider], MODELS, look_every=timedelta(minutes=1))  # as it runs
    async with open_service(settings, parts) as service:
        yield Application(service, platform, provider)


@pytest.mark.parametrize("model", ["paid", "paid-later"])
async def test_a_note_whose_step_met_a_full_disk_goes_on_within_ten_seconds(
    rig: Application, disk: Path, voice: Path, model: str
) -> None:
    rig.provider.free.clear()
    notes = [rig.platform.note(str(number), voice, model=model) for number in range(2)]
    await rig.take(*notes)
    await asyncio.wait_for(rig.provider.busy.wait(), 20)
    filler = await asyncio.to_thread(fill, disk)
    rig.provider.free.set()
    await asyncio.sleep(FULL_SECONDS)
    await asyncio.to_thread(filler.unlink)
    mended = time.monotonic()
    ended = [await rig.end_of(note) for note in notes]
    assert time.monotonic() - mended < 10
    assert [(one.state, one.charged) for one in ended] == [(NoteState.DONE, PRICE)] * 2
    assert rig.platform.messages() == {note.key.message: [SAID] for note in notes}
    assert len(rig.provider.calls()) == 2, "what was paid for is kept until it can be written down"
    await rig.money_is_right()


async def test_a_service_whose_databases_cannot_be_written_is_not_ready(rig: Application, disk: Path) -> None:
    readiness = rig.service.readiness
    filler = await asyncio.to_thread(fill, disk)
    found = await readiness.check()
    assert {name: said for name, said in found.items() if said != "ok"} == {"database": "failed", "engine": "failed"}
    await asyncio.to_thread(filler.unlink)
    await asyncio.sleep(2.1)  # so long an answer is kept
    assert set((await readiness.check()).values()) == {"ok"}
