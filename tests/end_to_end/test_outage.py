"""The provider is away for a minute: every note ends in its text, in order, and nothing is charged twice."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import stamina

from bot.domain.note import Note, NoteState, Stage
from bot.domain.waiting import WaitReason
from bot.service.core import open_core
from bot.service.worker import Parts, Service, open_service
from bot.settings import Settings
from tests.doubles.nanogpt.server import KEY, TRANSCRIBE, NanoGPTServer, Reply, serve
from tests.doubles.platform import FolderPlatform
from tests.helpers.settings import changed

USERS = [f"folder:user{number}" for number in range(4)]
MODEL = "Whisper-Large-V3"


@pytest.fixture(autouse=True)
def no_pauses_between_attempts() -> Iterator[None]:
    with stamina.set_testing(True, attempts=5, cap=True):
        yield


class Clock:
    """The time, which can be moved forward."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def pass_by(self, seconds: float) -> None:
        self._ahead += timedelta(seconds=seconds)


@dataclass
class Rig:
    """A running Earmark whose provider can be taken away."""

    service: Service
    platform: FolderPlatform
    nanogpt: NanoGPTServer
    clock: Clock
    voice: Path

    async def take(self, *messages: str) -> list[Note]:
        """Accept a note of each user for each message, in order."""
        taken = []
        for message in messages:
            for user in USERS:
                note = self.platform.note(f"{user} {message}", self.voice, user=user, model=MODEL)
                await self.service.intake.accept(note)
                taken.append(note)
        return taken

    async def until(self, notes: list[Note], *, waits: bool = False) -> None:
        """Wait until all these notes have their end, or until all wait."""
        async with asyncio.timeout(120):
            while True:
                standings = await self.service.core.notes.standings([note.id for note in notes])
                if all(one.stage is Stage.WAITING if waits else one.state.is_final for one in standings.values()):
                    return
                await asyncio.sleep(0.05)

    async def pass_by(self, seconds: float) -> None:
        """Let the time pass in steps, with room for what happens meanwhile."""
        for _ in range(round(seconds / 5)):
            self.clock.pass_by(5)
            await asyncio.sleep(0.3)

    def answered(self) -> dict[str, list[int]]:
        """Return the messages of each user in the order in which their texts came."""
        order = defaultdict(list)
        for event in self.platform.events():
            if "edit" in event:
                user, number = event["edit"].split()
                order[user].append(int(number))
        return order


@asynccontextmanager
async def opened(settings: Settings, folder: Path, nanogpt: NanoGPTServer, voice: Path) -> AsyncIterator[Rig]:
    platform, clock = FolderPlatform(folder / "platform"), Clock()
    async with open_core(settings, clock=clock) as core:
        parts = Parts([platform], look_every=timedelta(seconds=0.2))
        async with open_service(settings, parts, core) as service:
            yield Rig(service, platform, nanogpt, clock, voice)
            assert await core.ledger.audit() == []
            assert await core.ledger.statements.holds_open() == []


@pytest.fixture
async def nanogpt() -> AsyncIterator[NanoGPTServer]:
    async with serve() as server:
        yield server


@pytest.fixture
async def rig(settings: Settings, nanogpt: NanoGPTServer, tmp_path: Path, voice: Path) -> AsyncIterator[Rig]:
    cloud = changed(settings, nanogpt_api_key=KEY, nanogpt_base_url=nanogpt.base_url, plan="open", notes_per_user=1)
    async with opened(cloud, tmp_path, nanogpt, voice) as rig:
        yield rig


async def test_forty_notes_in_an_outage_of_a_minute_all_end_in_text_in_order_and_are_charged_once(rig: Rig) -> None:
    rig.nanogpt.always[TRANSCRIBE] = Reply(503, b"<html>Service Unavailable</html>")
    early = await rig.take(*(str(number) for number in range(10)))
    await rig.until(early, waits=True)
    standing = await rig.service.core.notes.standing(early[0].id)
    assert standing is not None
    assert standing.wait is not None
    assert any(shown.wait and shown.wait.reason is WaitReason.PROVIDER_AWAY for shown in rig.platform.shown)
    await rig.pass_by(60)
    calls_in_the_outage = len(rig.nanogpt.of(TRANSCRIBE))
    assert calls_in_the_outage <= 5 * 8
    rig.nanogpt.always.clear()
    late = await rig.take("10")
    await rig.pass_by(60)
    await rig.until(early + late)
    standings = (await rig.service.core.notes.standings([note.id for note in early + late])).values()
    assert {one.state for one in standings} == {NoteState.DONE}
    assert len(rig.nanogpt.charged) == len(early + late)
    assert rig.answered() == {user: list(range(11)) for user in USERS}
    assert [row.lost for row in await rig.service.core.ledger.statements.spend()] in ([], [0])
