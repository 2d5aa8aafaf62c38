"""PostgreSQL is away for a while: nothing that was accepted fails, nothing that was paid is thrown away."""

import asyncio
import gc
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.note import NoteState
from bot.settings import Settings
from tests.doubles.platform import FolderPlatform
from tests.doubles.provider import PaidProvider
from tests.helpers.postgres import empty_database
from tests.helpers.postgres_gate import PostgresGate, gate_to
from tests.helpers.services import PRICE, opened
from tests.helpers.settings import changed

# DBOS leaves connections of its threads to the garbage collector, which is called below, when it ends.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture
async def gate() -> AsyncIterator[PostgresGate]:
    async with empty_database() as url:
        with gate_to(url) as gate:
            yield gate
    gc.collect()


@pytest.fixture
def world(tmp_path: Path) -> tuple[FolderPlatform, PaidProvider]:
    return FolderPlatform(tmp_path / "platform"), PaidProvider(tmp_path / "provider")


@pytest.fixture
def on(settings: Settings, gate: PostgresGate) -> Settings:
    return changed(settings, database_url=gate.url)


def submits_of(provider: PaidProvider) -> Counter[str]:
    return Counter(call["note"] for call in provider.calls())


@pytest.mark.parametrize("seconds", [4, pytest.param(40, marks=pytest.mark.slow)])
async def test_answers_that_were_paid_while_the_database_was_away_are_kept_until_it_is_back(
    on: Settings, gate: PostgresGate, world: tuple[FolderPlatform, PaidProvider], voice: Path, seconds: float
) -> None:
    platform, provider = world
    notes = [platform.note(str(number), voice, user=f"folder:{number}") for number in range(6)]
    provider.free.clear()
    async with opened(on, world) as rig:
        await rig.take(*notes)
        await asyncio.wait_for(provider.busy.wait(), 20)
        await asyncio.to_thread(gate.close)
        provider.free.set()
        await asyncio.sleep(seconds)
        await asyncio.to_thread(gate.open)
        back = time.monotonic()
        ends = [await rig.end_of(note) for note in notes]
        assert [(end.state, end.charged) for end in ends] == [(NoteState.DONE, PRICE)] * 6
        assert time.monotonic() - back < 15
        assert submits_of(provider) == Counter(note.id for note in notes), "none is submitted twice"
        await rig.money_is_right()


async def test_a_stop_while_the_database_is_away_does_not_wait_for_it(
    on: Settings, gate: PostgresGate, world: tuple[FolderPlatform, PaidProvider], voice: Path
) -> None:
    platform, provider = world
    note = platform.note("1", voice)
    provider.free.clear()
    async with opened(on, world) as rig:
        await rig.take(note)
        await asyncio.wait_for(provider.busy.wait(), 20)
        await asyncio.to_thread(gate.close)
        await asyncio.sleep(2)
        begun = time.monotonic()
    assert time.monotonic() - begun < 8
    provider.free.set()
    await asyncio.to_thread(gate.open)
    async with opened(on, world) as rig:
        assert (await rig.end_of(note)).state is NoteState.DONE
        await rig.money_is_right()
