"""OpenAI's own client, and others that speak its API, against ours."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import openai
import pytest
import pytest_asyncio

from adapters.api import Limits
from bot.domain.errors import NotNow, ProviderDown
from bot.domain.waiting import WaitReason
from bot.support.clock import now
from tests.helpers.api import Api, samples_served

pytestmark = pytest.mark.asyncio(loop_scope="module")

SAID = "What was said in 16.14 seconds."


def client_of(api: Api, key: str, base: str = "/v1") -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(api_key=key, base_url=api.url + base, timeout=20)


@pytest_asyncio.fixture(loop_scope="module")
async def client(api: Api) -> AsyncIterator[openai.AsyncOpenAI]:
    async with client_of(api, await api.join()) as client:
        yield client


@pytest.mark.parametrize("base", ["/v1", "/api/v1"])
async def test_the_official_client_transcribes(api: Api, voice: Path, base: str) -> None:
    async with client_of(api, await api.join(), base) as client:
        answer = await client.audio.transcriptions.create(model="whisper-1", file=voice, language="en")
    assert answer.text == SAID


async def test_verbose_json_has_segments_and_seconds(client: openai.AsyncOpenAI, voice: Path) -> None:
    answer = await client.audio.transcriptions.create(model="whisper-1", file=voice, response_format="verbose_json")
    assert answer.segments is not None
    assert (answer.text, answer.language, answer.words) == (SAID, "english", None)
    assert answer.duration == pytest.approx(16.14, abs=0.01)
    assert [(part.id, part.text, part.start) for part in answer.segments] == [(0, SAID, 0.0)]


async def test_words_have_their_times_where_they_are_asked_for(client: openai.AsyncOpenAI, voice: Path) -> None:
    answer = await client.audio.transcriptions.create(
        model="whisper-1", file=voice, response_format="verbose_json", timestamp_granularities=["word", "segment"]
    )
    assert answer.words is not None
    assert answer.segments is not None
    assert [word.word for word in answer.words] == SAID.split()
    assert answer.words[-1].end == pytest.approx(16.14, abs=0.01)


@pytest.mark.parametrize(
    ("form", "beginning", "kind"),
    [
        ("text", SAID, "text/plain"),
        ("srt", "1\n00:00:00,000 --> 00:00:00,700\nWhat\n", "text/plain"),
        ("vtt", "WEBVTT\n", "text/vtt"),
    ],
)
async def test_plain_forms_are_plain(api: Api, voice: Path, form: str, beginning: str, kind: str) -> None:
    async with api.client(await api.join()) as client:
        answer = await client.post(
            "/v1/audio/transcriptions", files={"file": voice.read_bytes()}, data={"response_format": form}
        )
    assert answer.headers["content-type"].startswith(kind)
    assert answer.text.startswith(beginning)


async def test_the_official_client_reads_subtitles(client: openai.AsyncOpenAI, voice: Path) -> None:
    answer: object = await client.audio.transcriptions.create(model="whisper-1", file=voice, response_format="srt")
    assert SAID.split()[0] in str(answer)


async def test_a_recording_may_come_by_its_url(api: Api) -> None:
    async with samples_served() as place, api.client(await api.join()) as client:
        link = f"{place}/voice-note.ogg?signature=secret"
        for more in ({"data": {"file_url": link}, "files": {"model": (None, "paid")}}, {"json": {"file_url": link}}):
            answer = await client.post("/v1/audio/transcriptions", **more)
            assert answer.json() == {"text": SAID}


async def test_models_are_listed(client: openai.AsyncOpenAI) -> None:
    names = [model.id async for model in client.models.list()]
    assert {"whisper-1", "Whisper-Large-V3", "paid"} <= set(names)


async def test_failures_have_the_shape_that_its_client_knows(api: Api, client: openai.AsyncOpenAI, voice: Path) -> None:
    with pytest.raises(openai.BadRequestError, match="There is no model") as error:
        await client.audio.transcriptions.create(model="no-such", file=voice)
    assert (error.value.type, error.value.code) == ("invalid_request_error", "UnknownModel")
    with pytest.raises(openai.BadRequestError, match="response_format must be one of"):
        await client.audio.transcriptions.create(model="whisper-1", file=voice, response_format="diarized_json")
    with pytest.raises(openai.BadRequestError, match="stream"):
        await client.audio.transcriptions.create(model="whisper-1", file=voice, stream=True)
    async with client_of(api, "em-wrong") as stranger:
        with pytest.raises(openai.AuthenticationError):
            await stranger.audio.transcriptions.create(model="whisper-1", file=voice)
    async with client_of(api, await api.join(0)) as poor:
        with pytest.raises(openai.APIStatusError, match="would cost") as short:
            await poor.audio.transcriptions.create(model="whisper-1", file=voice)
    assert (short.value.status_code, short.value.code) == (402, "insufficient_quota")
    with pytest.raises(openai.NotFoundError):
        await client.models.retrieve("whisper-1")


async def test_25_mebibytes_are_taken_and_no_more(api: Api, voice: Path) -> None:
    async with client_of(api, await api.join()) as client:
        with pytest.raises(openai.APIStatusError, match="limit of 25 MB") as error:
            await client.audio.transcriptions.create(model="whisper-1", file=("a.wav", bytes(25 * 1024 * 1024 + 1)))
        assert error.value.status_code == 413
        with pytest.raises(openai.BadRequestError, match="cannot be read"):
            await client.audio.transcriptions.create(model="whisper-1", file=("a.wav", bytes(25 * 1024 * 1024)))


async def test_what_is_not_ready_in_time_is_not_sent_again_and_not_charged_twice(api: Api, voice: Path) -> None:
    api.provider.free.clear()
    before = len(api.provider.calls())
    limits = Limits(openai_wait_seconds=0.3, requests_per_second=10_000)
    async with api.with_limits(limits) as small:
        key = await api.join()
        async with client_of(small, key) as client:
            with pytest.raises(openai.InternalServerError, match="It is charged once") as error:
                await client.audio.transcriptions.create(model="whisper-1", file=voice)
        assert error.value.status_code == 504
        api.provider.free.set()
        await api.settled()
        assert len(api.provider.calls()) == before + 1
        run = str(error.value.body["message"]).split("for the run ")[1].split()[0]  # type: ignore[index]  # a dict
        async with api.client(key) as plain:
            status = await plain.post("/api/transcribe/status", json={"runId": run})
    assert status.json()["transcription"] == SAID


async def test_the_official_client_sends_again_what_failed_for_a_reason_that_passes(api: Api, voice: Path) -> None:
    once = {"Idempotency-Key": "weather"}
    async with client_of(api, await api.join()).with_options(max_retries=0) as client:
        api.provider.error = ProviderDown()
        with pytest.raises(openai.InternalServerError) as error:
            await client.audio.transcriptions.create(model="whisper-1", file=voice, extra_headers=once)
        headers = error.value.response.headers
        assert (headers["Retry-After"], headers["x-should-retry"]) == ("30", "true")
        api.provider.error = None
        answer = await client.audio.transcriptions.create(model="whisper-1", file=voice, extra_headers=once)
    assert answer.text == SAID


async def test_requests_with_one_idempotency_key_may_ask_for_several_forms(api: Api, voice: Path) -> None:
    before = len(api.provider.calls())
    once = {"Idempotency-Key": "one"}

    async def ask(client: httpx.AsyncClient, form: str) -> httpx.Response:
        file = {"file": voice.read_bytes()}
        return await client.post("/v1/audio/transcriptions", files=file, data={"response_format": form}, headers=once)

    async with api.client(await api.join()) as client:
        answers = await asyncio.gather(*(ask(client, form) for form in ("json", "srt", "text")))
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len(api.provider.calls()) == before + 1


@pytest.mark.parametrize(("headers", "again"), [({"Idempotency-Key": "waits"}, "true"), ({}, "false")])
async def test_a_recording_that_has_to_wait_is_answered_at_once_and_charged_once(
    api: Api, voice: Path, headers: dict[str, str], again: str
) -> None:
    before = len(api.provider.calls())
    api.provider.error = NotNow(WaitReason.PROVIDER_AWAY, now() + timedelta(seconds=2))
    async with client_of(api, await api.join()).with_options(max_retries=0) as client:
        for _ in range(2 if headers else 1):
            with pytest.raises(openai.InternalServerError, match="It is charged once") as error:
                await client.audio.transcriptions.create(model="whisper-1", file=voice, extra_headers=headers)
            told = error.value.response
            assert (told.status_code, error.value.code) == (503, "RunWaits")
            assert (told.headers["Retry-After"], told.headers["x-should-retry"]) == ("60", again)
        api.provider.error = None
        await api.settled()
        assert len(api.provider.calls()) == before + 1
        if headers:
            answer = await client.audio.transcriptions.create(model="whisper-1", file=voice, extra_headers=headers)
            assert answer.text == SAID
    assert len(api.provider.calls()) == before + 1
