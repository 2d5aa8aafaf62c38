"""Requests in bad weather: they wait with a reason, and what failed for a reason that passes may be repeated."""

from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from bot.domain.errors import DiskFull, EarmarkError, InternalError, NotNow, ProviderDown, Unanswered
from bot.domain.waiting import WaitReason
from bot.support.clock import now
from tests.helpers.api import Api, audio, completed

SAID = "What was said in 16.14 seconds."

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("error", [ProviderDown(), Unanswered(), DiskFull(), InternalError(reference="4711")])
async def test_a_repeat_of_a_request_that_failed_for_a_reason_that_passes_is_tried_anew(
    api: Api, ann: httpx.AsyncClient, voice: Path, error: EarmarkError
) -> None:
    once = {"Idempotency-Key": "weather"}
    api.provider.error = error
    for _ in range(2):
        answer = await ann.post("/api/transcribe", files=audio(voice), headers=once)
        assert answer.json()["code"] == error.code
    api.provider.error = None
    before = len(api.provider.calls())
    for _ in range(2):
        answer = await ann.post("/api/transcribe", files=audio(voice), headers=once)
        assert (answer.status_code, answer.json()["transcription"]) == (200, SAID)
    assert len(api.provider.calls()) == before + 1


async def test_a_run_that_waits_says_why(api: Api, ann: httpx.AsyncClient, voice: Path) -> None:
    api.provider.error = NotNow(WaitReason.PROVIDER_AWAY, now() + timedelta(seconds=1))
    answer = await ann.post("/api/transcribe", files=audio(voice))
    assert answer.status_code == 202
    run = {"runId": answer.json()["runId"]}
    status = (await ann.post("/api/transcribe/status", json=run)).json()
    assert status["status"] == "processing"
    assert status["waiting"].startswith("The speech service does not answer at the moment.")
    api.provider.error = None
    done = await completed(ann, run["runId"])
    assert (done["transcription"], done.get("waiting")) == (SAID, None)
