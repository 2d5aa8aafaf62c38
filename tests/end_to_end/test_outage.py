"""The provider is away for a minute: every note ends in its text, in order, and nothing is charged twice."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import stamina

from bot.domain.note import Note, NoteState, Stage
from bot.locales import wait_text
from bot.service.core import open_core
from bot.service.worker import Parts, Service, open_service
from bot.settings import Settings
from tests.doubles.nanogpt.server import KEY, TRANSCRIBE, NanoGPTServer, Reply, serve
from tests.doubles.platform import FolderPlatform
from tests.helpers.settings import changed

USERS = [f"folder:user{number}" for number in range(4)]
MODEL = "Whisper-Large-V3"
PRICE = 2_690
STEP = 5
"""Seconds by which the time moves at once."""


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
            while not await self._are(notes, waits=waits):
                await asyncio.sleep(0.05)

    async def _are(self, notes: list[Note], *, waits: bool) -> bool:
        standings = await self.service.core.notes.standings([note.id for note in notes])
        return all(one.stage is Stage.WAITING if waits else one.state.is_final for one in standings.values())

    async def end_within(self, seconds: float, notes: list[Note]) -> None:
        """Let at most so much time pass, as `pass_by` does, until all these notes have their end."""
        for _ in range(round(seconds / STEP)):
            if await self._are(notes, waits=False):
                return
            await self.pass_by(STEP)
        await self.until(notes)

    async def pass_by(self, seconds: float) -> None:
        """Let the time pass in steps, with room for what happens meanwhile."""
        for _ in range(round(seconds / STEP)):
            self.clock.pass_by(STEP)
            await asyncio.sleep(0.3)

    def reasons(self) -> str:
        return " ".join(wait_text("en", shown.wait) for shown in self.platform.shown if shown.wait)

    async def money(self) -> tuple[int, int]:
        """Return the cost of the texts, and what was booked as the operator's loss."""
        rows = await self.service.core.ledger.statements.spend()
        lost = sum(row.lost for row in rows)
        return sum(row.cost for row in rows) - lost, lost

    async def lost(self, notes: list[Note]) -> set[str]:
        """Return the messages of the notes of which an answer was lost."""
        known = {note.key.message: await self.service.core.notes.before_submit(note.id) for note in notes}
        return {message for message, before in known.items() if any(one.was_lost for one in before.submissions)}

    def answered(self) -> dict[str, list[int]]:
        """Return the messages of each user in the order in which their texts came."""
        order = defaultdict(list)
        for event in self.platform.events():
            if "edit" in event:
                user, number = event["edit"].split()
                order[user].append(int(number))
        return order


class Provider:
    """NanoGPT's double, which can go away and come back under the same address."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self.server = NanoGPTServer()
        self._whole = stack
        self._serving = AsyncExitStack()

    async def go_away(self) -> None:
        await self._serving.aclose()

    async def come_back(self) -> None:
        self._serving = await self._whole.enter_async_context(AsyncExitStack())
        await self._serving.enter_async_context(serve(self.server, self.server.port))

    async def break_down(self, outage: int | None) -> None:
        """Answer each submit with this status; None: be out of reach."""
        if outage is None:
            await self.go_away()
        else:
            self.server.always[TRANSCRIBE] = Reply(outage, b"<html>Not now</html>")

    async def recover(self, outage: int | None) -> None:
        if outage is None:
            await self.come_back()
        self.server.always.clear()


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with AsyncExitStack() as stack:
        provider = Provider(stack)
        await provider.come_back()
        yield provider


@asynccontextmanager
async def running(settings: Settings, provider: Provider, folder: Path, voice: Path) -> AsyncIterator[Rig]:
    """Run an Earmark; what still waits may have money held."""
    address = provider.server.base_url
    cloud = changed(settings, nanogpt_api_key=KEY, nanogpt_base_url=address, plan="open", notes_per_user=1)
    platform, clock = FolderPlatform(folder / "platform"), Clock()
    async with open_core(cloud, clock=clock) as core:
        parts = Parts([platform], look_every=timedelta(seconds=0.2))
        async with open_service(cloud, parts, core) as service:
            yield Rig(service, platform, provider.server, clock, voice)
            assert await core.ledger.audit() == []


@pytest.fixture
async def rig(settings: Settings, provider: Provider, tmp_path: Path, voice: Path) -> AsyncIterator[Rig]:
    async with running(settings, provider, tmp_path, voice) as rig:
        yield rig
        assert await rig.service.core.ledger.statements.holds_open() == []


@pytest.mark.parametrize("outage", [503, 502, None])
async def test_forty_notes_in_an_outage_of_a_minute_all_end_in_text_in_order_and_are_charged_once(
    rig: Rig, provider: Provider, outage: int | None
) -> None:
    await provider.break_down(outage)
    early = await rig.take(*(str(number) for number in range(10)))
    await rig.until(early, waits=True)
    assert "The speech service does not answer at the moment." in rig.reasons()
    await rig.pass_by(60)
    assert len(rig.nanogpt.of(TRANSCRIBE)) <= 5 * 8, "forty notes are not forty times five calls"
    await provider.recover(outage)
    late = await rig.take("10")
    await rig.end_within(180, early + late)
    standings = (await rig.service.core.notes.standings([note.id for note in early + late])).values()
    assert {one.state for one in standings} == {NoteState.DONE}
    assert len(rig.nanogpt.charged) == len(early + late)
    lost_ones = await rig.lost(early)
    assert outage == 502 or lost_ones == set()
    for user, order in rig.answered().items():
        kept = [number for number in order if f"{user} {number}" not in lost_ones]
        assert kept == sorted(kept), "only a note whose answer was lost comes later: it may have been charged"
        assert sorted(order) == list(range(11))
    charged, lost = await rig.money()
    assert charged == len(early + late) * PRICE
    assert lost <= (8 * PRICE if outage == 502 else 0), "an answer that a gateway lost may be charged"


async def test_a_note_can_be_cancelled_in_the_middle_of_the_line(rig: Rig, provider: Provider) -> None:
    await provider.break_down(503)
    notes = await rig.take("0", "1", "2")
    await rig.until(notes, waits=True)
    cancelled = notes[len(USERS) + 1]
    assert await rig.service.intake.cancel(cancelled.id)
    await rig.until([cancelled])
    await provider.recover(503)
    await rig.end_within(60, notes)
    assert len(rig.nanogpt.charged) == len(notes) - 1


async def test_notes_that_wait_go_on_in_order_after_a_restart(
    settings: Settings, provider: Provider, tmp_path: Path, voice: Path
) -> None:
    await provider.break_down(503)
    async with running(settings, provider, tmp_path, voice) as rig:
        early = await rig.take("0", "1", "2")
        await rig.until(early, waits=True)
    await provider.recover(503)
    async with running(settings, provider, tmp_path, voice) as rig:
        late = await rig.take("3")
        await rig.until(early + late)
        assert rig.answered() == {user: [0, 1, 2, 3] for user in USERS}
