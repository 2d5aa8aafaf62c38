"""The HTTP API while the service's PostgreSQL is away."""

import asyncio
import gc
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.helpers.api import Api, audio, prepaid, served
from tests.helpers.postgres import empty_database
from tests.helpers.postgres_gate import PostgresGate, gate_to
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
async def api(tmp_path: Path, gate: PostgresGate) -> AsyncIterator[Api]:
    async with served(changed(prepaid(tmp_path), database_url=gate.url), tmp_path) as api:
        yield api


async def test_a_request_is_told_to_come_again_while_the_database_is_away(
    api: Api, gate: PostgresGate, voice: Path
) -> None:
    key = await api.join()
    async with api.client(key) as client:
        await asyncio.to_thread(gate.close)
        answers = [
            await client.post("/api/transcribe", files=audio(voice)),
            await client.post("/v1/audio/transcriptions", files={"file": audio(voice)["audio"]}),
            await client.get("/api/v1/usage"),
        ]
        assert [(answer.status_code, answer.headers["retry-after"]) for answer in answers] == [(503, "5")] * 3
        assert [answer.headers["x-should-retry"] for answer in answers] == ["false", "false", "true"]
        assert answers[0].json()["code"] == "DatabaseDown"
        assert "database does not answer" in answers[1].json()["error"]["message"]
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()["checks"]["database"]) == (503, "failed")
        await asyncio.to_thread(gate.open)
        again = await client.post("/api/transcribe", files=audio(voice))
        assert again.status_code == 200


async def test_a_request_in_work_outlasts_an_outage_and_is_paid_once(api: Api, gate: PostgresGate, voice: Path) -> None:
    key = await api.join()
    api.provider.free.clear()
    async with api.client(key) as client:
        asked = asyncio.create_task(client.post("/api/transcribe", files=audio(voice), timeout=60))
        await asyncio.wait_for(api.provider.busy.wait(), 20)
        await asyncio.to_thread(gate.close)
        api.provider.free.set()
        await asyncio.sleep(2)
        await asyncio.to_thread(gate.open)
        answer = await asked
        assert (answer.status_code, answer.json()["transcription"]) == (200, answer.json()["transcription"])
        assert len(api.provider.calls()) == 1
    await api.all_is_right()
