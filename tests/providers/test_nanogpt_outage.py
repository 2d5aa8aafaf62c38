"""The breaker of outages: one recording tries at a time, a broken one holds up no other, lost answers are few."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.audio import Audio
from bot.domain.catalog import NANOGPT, ModelInfo
from bot.domain.errors import NotNow, ProviderDown, Unanswered
from bot.domain.money import Micros
from bot.domain.note import Options, Reached
from bot.domain.transcript import Transcript
from bot.domain.waiting import WaitReason
from bot.providers.nanogpt.client import NanoGPT, client
from bot.providers.nanogpt.retries import Timeouts
from bot.providers.nanogpt.transport import Pace
from tests.doubles.nanogpt.server import KEY, TRANSCRIBE, NanoGPTServer, Reply, serve
from tests.helpers.ledgers import Clock

PLAIN = Options("Whisper-Large-V3")
ATTEMPTS = 2


async def no_report(_reached: Reached) -> None:
    """Take nothing."""


@dataclass
class Rig:
    """NanoGPT's client, its double, and recordings of any name."""

    nanogpt: NanoGPT
    server: NanoGPTServer
    clock: Clock
    folder: Path
    returns: list[datetime] = field(default_factory=list)

    def break_down(self, status: int = 503) -> None:
        self.server.always[TRANSCRIBE] = Reply(status)

    def recover(self) -> None:
        self.server.always.clear()

    def pass_by(self, seconds: float) -> None:
        self.clock.now += timedelta(seconds=seconds)

    async def submit(self, name: str) -> bool:
        """Submit a recording; return True if it became its text, False if the provider is away."""
        try:
            return isinstance(await self.nanogpt.submit(self.recording(name), PLAIN, no_report), Transcript)
        except NotNow as pause:
            if pause.wait.reason not in (WaitReason.PROVIDER_AWAY, WaitReason.PROVIDER_BUSY):
                raise
            return False

    def recording(self, name: str) -> Audio:
        path = self.folder / name
        path.write_bytes(bytes(1000))
        return Audio(path, "ogg", "opus", 4.0, 48_000, 1, 1000)

    async def is_open(self) -> bool:
        try:
            await self.nanogpt.check_open()
        except NotNow:
            return False
        return True

    def calls(self) -> int:
        return len(self.server.of(TRANSCRIBE))


@asynccontextmanager
async def opened(clock: Clock, folder: Path) -> AsyncIterator[Rig]:
    models = [ModelInfo(PLAIN.model, NANOGPT, Micros(10_000))]
    hurried = Timeouts(answer=0.3, poll=0.3, attempts=ATTEMPTS, first=0.01, longest=0.02)
    returns: list[datetime] = []
    async with serve() as server, client(server.base_url, KEY) as http:
        nanogpt = NanoGPT(
            http,
            clock,
            models,
            timeouts=hurried,
            pace=Pace(10_000),
            monotonic=lambda: 0.0,
            is_back=lambda: returns.append(clock.now),
        )
        yield Rig(nanogpt, server, clock, folder, returns)


@pytest.fixture
async def rig(clock: Clock, tmp_path: Path) -> AsyncIterator[Rig]:
    async with opened(clock, tmp_path) as rig:
        yield rig


async def test_two_recordings_in_a_row_close_it_and_the_others_ask_nothing(rig: Rig) -> None:
    rig.break_down()
    assert not await rig.submit("a")
    assert await rig.is_open(), "it may be a matter of that recording"
    assert not await rig.submit("b")
    before = rig.calls()
    for name in "cdefgh":
        assert not await rig.submit(name)
        assert not await rig.is_open()
    assert rig.calls() == before == 2 * ATTEMPTS


async def test_one_at_a_time_tries_after_growing_pauses_and_its_success_opens_for_all(rig: Rig) -> None:
    rig.break_down()
    await rig.submit("a")
    await rig.submit("b")
    for pause in (10, 20, 40, 80, 160, 300, 300):
        rig.pass_by(pause - 1)
        assert not await rig.is_open()
        rig.pass_by(1)
        before = rig.calls()
        assert await rig.is_open()
        assert not await rig.is_open(), "another one tries"
        assert not await rig.submit(f"trial after {pause}")
        assert not await rig.submit("other")
        assert rig.calls() == before + ATTEMPTS
    rig.recover()
    rig.pass_by(300)
    assert await rig.is_open()
    assert rig.returns == []
    assert await rig.submit("last trial")
    assert rig.returns == [rig.clock.now]
    assert await rig.is_open()
    assert await rig.submit("a")


async def test_a_trial_that_has_no_result_gives_way_to_another(rig: Rig) -> None:
    rig.break_down()
    await rig.submit("a")
    await rig.submit("b")
    rig.pass_by(10)
    assert await rig.is_open()
    rig.pass_by(30)
    assert await rig.is_open()


async def test_a_recording_on_which_the_provider_fails_holds_up_no_other_and_is_refused_in_the_end(rig: Rig) -> None:
    for _ in range(2):
        rig.break_down(500)
        assert not await rig.submit("broken")
        rig.recover()
        assert await rig.submit("sound")
        rig.pass_by(300)
    rig.break_down(500)
    with pytest.raises(ProviderDown):
        await rig.submit("broken")
    assert rig.returns == [], "it was never closed"


async def test_a_broken_recording_that_tries_first_does_not_keep_the_provider_closed(rig: Rig) -> None:
    rig.break_down(500)
    await rig.submit("sound")
    await rig.submit("broken")
    for pause in (10, 20, 40, 80):
        rig.pass_by(pause)
        assert await rig.is_open()
        assert not await rig.submit("broken")
    assert await rig.is_open(), "another one may try in the same round"
    rig.recover()
    assert await rig.submit("sound")
    assert await rig.is_open()


@pytest.mark.parametrize("status", [502, 504, 520, 524])
async def test_lost_answers_may_be_charged_and_are_tried_again_only_after_a_pause(rig: Rig, status: int) -> None:
    rig.break_down(status)
    for pause in (20, 160):
        with pytest.raises(Unanswered):
            await rig.submit("a")
        assert not await rig.submit("a")
        rig.pass_by(pause - 1)
        assert not await rig.submit("a")
        rig.pass_by(1)
    assert rig.calls() == 2
    rig.recover()
    assert await rig.submit("a")


async def test_two_lost_answers_close_it_for_the_others(rig: Rig) -> None:
    rig.break_down(502)
    for name in "ab":
        with pytest.raises(Unanswered):
            await rig.submit(name)
    for name in "cdef":
        assert not await rig.submit(name)
    assert rig.calls() == 2


async def test_a_refusal_shows_that_the_provider_is_back(rig: Rig) -> None:
    rig.break_down()
    await rig.submit("a")
    await rig.submit("b")
    rig.pass_by(10)
    rig.server.always[TRANSCRIBE] = Reply(402, {"error": "empty", "status": 402})
    with pytest.raises(NotNow, match="provider-unfunded"):
        await rig.nanogpt.submit(rig.recording("c"), PLAIN, no_report)
    assert rig.returns == [rig.clock.now]
