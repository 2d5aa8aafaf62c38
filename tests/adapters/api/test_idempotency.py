"""Requests with an Idempotency-Key: the same one is answered and charged once, and another one is refused."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.helpers.api import Api

SAID = "What was said in 16.14 seconds."

pytestmark = pytest.mark.asyncio(loop_scope="module")


def audio(voice: Path) -> dict[str, Any]:
    return {"audio": ("memo.ogg", voice.read_bytes(), "audio/ogg")}


async def test_the_same_idempotency_key_is_answered_and_charged_once(
    api: Api, ann: httpx.AsyncClient, bob: httpx.AsyncClient, voice: Path
) -> None:
    before = len(api.provider.calls())
    once = {"Idempotency-Key": "order-7"}
    first, second = await asyncio.gather(
        *(ann.post("/api/transcribe", files=audio(voice), headers=once) for _ in range(2))
    )
    again = await ann.post("/api/transcribe", files=audio(voice), headers=once)
    assert first.json() == second.json() == again.json()
    assert [first.status_code, second.status_code, again.status_code] == [200, 200, 200]
    assert len(api.provider.calls()) == before + 1
    other = await bob.post("/api/transcribe", files=audio(voice), headers=once)
    assert other.status_code == 402  # his keys are his own


@pytest.mark.parametrize("path", ["/api/transcribe", "/v1/audio/transcriptions"])
async def test_a_known_idempotency_key_with_another_request_is_refused_and_not_answered_with_the_first(
    api: Api, ann: httpx.AsyncClient, voice: Path, path: str
) -> None:
    before = len(api.provider.calls())
    once = {"Idempotency-Key": f"other {path}"}
    name = "audio" if path == "/api/transcribe" else "file"

    async def ask(sound: bytes, **values: str) -> httpx.Response:
        files = {name: ("voice.ogg", sound, "audio/ogg")}
        return await ann.post(path, files=files, data={"model": "Wizper", **values}, headers=once)

    sound = voice.read_bytes()
    assert (await ask(sound)).status_code == 200
    link = {"model": "Wizper", "audioUrl": "https://example.com/a.mp3", "file_url": "https://example.com/a.mp3"}
    others = [
        await ask(sound[:-1]),
        await ask(sound, model="Whisper-Large-V3"),
        await ask(sound, language="en"),
        await ann.post(path, json=link, headers=once),
    ]
    assert [answer.status_code for answer in others] == [422] * 4
    said = "This Idempotency-Key was used for another recording or other options. Send this request with a new key."
    for answer in others:
        error = answer.json()["error"]
        told = (error, answer.json().get("code")) if isinstance(error, str) else (error["message"], error["code"])
        assert told == (said, "IdempotencyKeyReused")
        assert SAID not in answer.text
    assert (await ask(sound)).status_code == 200
    assert len(api.provider.calls()) == before + 1


async def test_of_two_requests_with_one_idempotency_key_at_the_same_moment_one_is_refused(
    api: Api, ann: httpx.AsyncClient, voice: Path
) -> None:
    before = len(api.provider.calls())
    once = {"Idempotency-Key": "at once"}
    answers = await asyncio.gather(
        *(
            ann.post("/api/transcribe", files=audio(voice), data={"model": model}, headers=once)
            for model in ("Wizper", "Whisper-Large-V3")
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 422]
    assert len(api.provider.calls()) == before + 1


async def test_a_repeat_of_a_refused_request_is_refused_the_same(ann: httpx.AsyncClient) -> None:
    for _ in range(2):
        files = {"audio": ("a.mp3", b"no sound", "audio/mpeg")}
        answer = await ann.post("/api/transcribe", files=files, headers={"Idempotency-Key": "bad"})
        assert (answer.status_code, answer.json()["code"]) == (400, "Unreadable")
