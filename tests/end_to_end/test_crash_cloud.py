"""Kills (-9) while the cloud works: a note with a ticket costs nothing more, a call without one costs that call."""

import asyncio
import multiprocessing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.note import NoteState
from bot.service.core import open_core
from bot.service.worker import Parts, open_service
from bot.settings import Settings
from tests.doubles.nanogpt.server import KEY, STATUS, TRANSCRIBE, NanoGPTServer, Reply, serve
from tests.doubles.platform import FolderPlatform
from tests.helpers.paths import SAMPLES
from tests.helpers.settings import make_settings

PROCESSES = multiprocessing.get_context("forkserver")
KILLS = 2


@dataclass(frozen=True, slots=True)
class World:
    """A data folder, its provider, and the one note that is sent."""

    folder: Path
    address: str
    model: str

    @property
    def settings(self) -> Settings:
        return make_settings(
            self.folder / "data", plan="open", nanogpt_api_key=KEY, nanogpt_base_url=self.address, stop_seconds=5
        )

    def live(self) -> None:
        """Run Earmark until the note has its end."""
        asyncio.run(self._live())

    async def _live(self) -> None:
        platform = FolderPlatform(self.folder)
        note = platform.note("1", SAMPLES / "voice-note.ogg", model=self.model)
        parts = Parts([platform], look_every=timedelta(seconds=0.2))
        async with open_service(self.settings, parts) as service:
            await service.intake.accept(note)
            while await service.core.notes.unfinished():
                await asyncio.sleep(0.05)

    async def result(self) -> tuple[NoteState, int]:
        """Return the note's end, and what was booked as the operator's loss."""
        async with open_core(self.settings) as core:
            assert await core.ledger.audit() == []
            assert await core.ledger.statements.holds_open() == []
            [standing] = await core.notes.recent(2)
            return standing.state, sum(row.lost for row in await core.ledger.statements.spend())


async def _killed_at_the_next(server: NanoGPTServer, path: str, world: World) -> None:
    """Start a life, and kill it once it has sent a further request."""
    before = len(server.of(path))
    process = PROCESSES.Process(target=world.live)
    process.start()
    async with asyncio.timeout(60):
        while len(server.of(path)) == before:
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    process.kill()
    await asyncio.to_thread(process.join)


async def _lived(world: World) -> None:
    process = PROCESSES.Process(target=world.live)
    process.start()
    await asyncio.to_thread(process.join, 60)
    assert process.exitcode == 0


@pytest.mark.parametrize(
    ("model", "path", "calls"), [("Elevenlabs-STT", STATUS, 1), ("Whisper-Large-V3", TRANSCRIBE, 1 + KILLS)]
)
async def test_a_kill_costs_nothing_once_there_is_a_ticket_and_one_call_before(
    tmp_path: Path, model: str, path: str, calls: int
) -> None:
    async with serve() as server:
        world = World(tmp_path, server.base_url, model)
        server.job_seconds = lambda: 3600.0
        server.always[TRANSCRIBE] = Reply(200, b"", after=3600.0)
        if path == STATUS:
            server.always.clear()
        for _ in range(KILLS):
            await _killed_at_the_next(server, path, world)
        server.always.clear()
        for job in server.jobs.values():
            job.ready_at = 0.0
        await _lived(world)
        assert len(server.of(TRANSCRIBE)) == calls
    state, lost = await world.result()
    price = {"Elevenlabs-STT": 8_070, "Whisper-Large-V3": 2_690}[model]
    assert (state, lost) == (NoteState.DONE, (calls - 1) * price)
