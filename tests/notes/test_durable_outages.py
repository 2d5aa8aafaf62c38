"""The durable engine while its PostgreSQL is away: nothing waits longer than it must, and a stop waits for nothing."""

import asyncio
import gc
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import URL, make_url

from bot.notes.durable import Lanes, open_engine, step
from tests.helpers.postgres import empty_database
from tests.helpers.postgres_gate import PostgresGate, gate_to

# DBOS leaves connections of its threads to the garbage collector, which is called below, when it ends.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

QUEUES = ["here"]
TAKEN_AT = datetime(2026, 12, 1, 12, tzinfo=UTC)
AWAY = 3.0
"""Seconds after which the engine's own pauses would be long."""


@pytest.fixture
async def gate() -> AsyncIterator[PostgresGate]:
    async with empty_database() as url:
        with gate_to(url) as gate:
            yield gate
    gc.collect()


def url_of(gate: PostgresGate) -> URL:
    return make_url(gate.url).set(drivername="postgresql+psycopg")


class Note:
    """A workflow of one step, whose result is there while the database is away."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.free = asyncio.Event()
        self.ended = asyncio.Event()
        self.woken = asyncio.Event()

    async def run(self, _note_id: str) -> None:
        await step("only", self._work)
        self.ended.set()

    async def _work(self) -> None:
        self.begun.set()
        await self.free.wait()


async def test_a_result_that_cannot_be_recorded_is_made_again_soon_after_the_database_is_back(
    gate: PostgresGate,
) -> None:
    note = Note()
    async with open_engine(url_of(gate), note.run, QUEUES, Lanes(), grace=5, wake=note.woken.set) as engine:
        await engine.start("a", "here", "ada", TAKEN_AT)
        await asyncio.wait_for(note.begun.wait(), 10)
        await asyncio.to_thread(gate.close)
        note.free.set()
        await asyncio.wait_for(note.woken.wait(), 5)
        await asyncio.sleep(AWAY)
        await asyncio.to_thread(gate.open)
        back = time.monotonic()
        assert await engine.at_work(["a"]) == set(), "housekeeping begins with it again"
        await engine.start("a", "here", "ada", TAKEN_AT)
        await asyncio.wait_for(note.ended.wait(), 10)
        assert time.monotonic() - back < 3


async def test_a_stop_while_a_result_cannot_be_recorded_does_not_wait(gate: PostgresGate) -> None:
    note = Note()
    async with open_engine(url_of(gate), note.run, QUEUES, Lanes(), grace=0.2) as engine:
        await engine.start("a", "here", "ada", TAKEN_AT)
        await asyncio.wait_for(note.begun.wait(), 10)
        await asyncio.to_thread(gate.close)
        note.free.set()
        await asyncio.sleep(AWAY)
        begun = time.monotonic()
    assert time.monotonic() - begun < 2
