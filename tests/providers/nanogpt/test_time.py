"""The client of NanoGPT: time-outs, large answers, and ends."""

import asyncio
import gc
import json
import logging
import time
import traceback
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.domain.audio import Audio
from bot.domain.errors import (
    BadSettings,
    EarmarkError,
    InternalError,
    ProviderRefused,
)
from bot.providers.nanogpt.client import NanoGPT, client
from bot.providers.nanogpt.transport import LARGEST_ANSWER, PER_SECOND, Pace
from tests.doubles.nanogpt.server import (
    KEY,
    STATUS,
    TRANSCRIBE,
    Fault,
    NanoGPTServer,
    Reply,
    sample,
)
from tests.helpers.ledgers import Clock
from tests.helpers.nanogpt_client import (
    HURRIED,
    MODELS_SERVED,
    PLAIN,
    SPEAKERS,
    Time,
    no_report,
    promised,
)


async def test_a_file_that_is_gone_is_our_own_fault(server: NanoGPTServer, nanogpt: NanoGPT, audio: Audio) -> None:
    with pytest.raises(InternalError, match="cannot be read"):
        await nanogpt.submit(replace(audio, path=Path("/nowhere/sound.ogg")), PLAIN, no_report)
    assert server.seen == []


async def test_a_cancelled_submit_lets_go_at_once(server: NanoGPTServer, nanogpt: NanoGPT, audio: Audio) -> None:
    server.fail(TRANSCRIBE, Fault(silent=True))
    work = asyncio.create_task(nanogpt.submit(replace(audio, seconds=60), PLAIN, no_report))
    while not server.seen:
        await asyncio.sleep(0.01)
    work.cancel()
    async with asyncio.timeout(1):
        with pytest.raises(asyncio.CancelledError):
            await work


async def test_a_hundred_megabytes_pass_without_being_in_memory(
    server: NanoGPTServer, nanogpt: NanoGPT, tmp_path: Path
) -> None:
    path = tmp_path / "large.wav"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    server.always[TRANSCRIBE] = Reply(200, sample("plain"))
    claimed = Audio(path, "wav", "pcm_s16le", 60.0, 16_000, 1, 1_000_000)  # so that it is not refused for its size
    gc.collect()
    tracemalloc.start()
    try:
        await nanogpt.submit(claimed, PLAIN, no_report)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert server.seen[0].size > 100_000_000
    assert peak < 16_000_000


async def test_the_key_stands_in_no_log_line_no_error_and_no_repr(
    server: NanoGPTServer,
    nanogpt: NanoGPT,
    audio: Audio,
    logs: list[Any],
    caplog: pytest.LogCaptureFixture,
    clock: Clock,
) -> None:
    caplog.set_level(logging.DEBUG)
    link = replace(audio, link="https://media.example/sound?sig=S1GNATURE")
    told = [repr(nanogpt), repr(vars(nanogpt))]
    echo = Reply(400, {"error": f"Bad key {KEY} for https://media.example/sound?sig=S1GNATURE"})
    for fault in (echo, Reply(401), Reply(500, {"error": KEY}), Fault(cut=True), Fault(silent=True), Reply(502)):
        server.faults.clear()
        server.fail(TRANSCRIBE, *[fault] * HURRIED.attempts)
        with pytest.raises(EarmarkError) as raised:
            await nanogpt.submit(replace(link, seconds=0.2), PLAIN, no_report)
        told += [repr(raised.value), "".join(traceback.format_exception(raised.value))]
        told.append(json.dumps(raised.value.to_json()))
    told += [str(logs), caplog.text]
    async with client(server.base_url, KEY) as http:
        told += [repr(http), repr(http.headers), repr(vars(http))]
    for text in told:
        assert KEY not in text
        assert "S1GNATURE" not in text


@pytest.mark.parametrize("key", ["", "with blank", "line\nbreak", "schlüssel"])
def test_a_key_that_cannot_be_one_is_told_without_being_shown(key: str) -> None:
    with pytest.raises(BadSettings) as raised:
        client("https://nano-gpt.example/api", key)
    assert not key or key not in str(raised.value)


def busiest_second(moments: list[float]) -> int:
    moments = sorted(moments)
    return max(sum(1 for other in moments[at:] if other < moment + 1.0) for at, moment in enumerate(moments))


async def test_no_second_ever_sees_more_than_the_provider_takes() -> None:
    pace, moments = Pace(), list[float]()

    async def go(turn: Callable[[], Any]) -> None:
        await turn()
        moments.append(time.monotonic())

    async with asyncio.TaskGroup() as tasks:
        for _ in range(40):
            tasks.create_task(go(pace.wait_to_poll))
        await asyncio.sleep(0.7)  # a pause, after which a bucket would let out a flood
        for _ in range(20):
            tasks.create_task(go(pace.wait_to_submit))
    assert 20 <= busiest_second(moments) <= PER_SECOND


async def test_a_submit_does_not_wait_behind_a_queue_of_looks() -> None:
    pace = Pace()
    looks = [asyncio.create_task(pace.wait_to_poll()) for _ in range(1000)]
    await asyncio.sleep(0.2)
    for _ in range(3):
        begun = time.monotonic()
        await pace.wait_to_submit()
        assert time.monotonic() - begun < 0.5
    for poll in looks:
        poll.cancel()
    await asyncio.wait(looks)


async def test_the_double_refuses_what_the_real_one_refuses(server: NanoGPTServer) -> None:
    least = {"audioUrl": "https://x.example/y", "model": "Wizper", "actualDuration": "1"}
    async with httpx.AsyncClient(base_url=server.base_url, headers={"x-api-key": KEY}) as http:
        statuses = [
            (await http.post("transcribe", json=least)).status_code,
            (await http.get("transcribe/status")).status_code,
            (await http.get("transcribe")).status_code,
            (await http.post("transcribe", json=least, headers={"x-api-key": "other"})).status_code,
            (await http.post("transcribe", json=least | {"model": "qwen-voice-clone"})).status_code,
            (await http.post("transcribe", json=least | {"diarize": "true"})).status_code,
            (await http.post("transcribe/status", json={"runId": "r", "isApiRequest": True})).status_code,
            (await http.post("elsewhere")).status_code,
        ]
    assert statuses == [200, 405, 405, 401, 400, 400, 400, 404]


async def test_a_ticket_outlives_its_model_s_place_in_the_catalog(
    server: NanoGPTServer, nanogpt: NanoGPT, audio: Audio, clock: Clock, passing: Time
) -> None:
    ticket = await promised(nanogpt, audio)
    async with client(server.base_url, KEY) as http:
        poorer = NanoGPT(http, clock, MODELS_SERVED[:1], sleep=passing.sleep, monotonic=passing)
        assert (await poorer.collect(ticket, SPEAKERS, no_report)).text


async def test_an_answer_of_many_words_is_read_whole(server: NanoGPTServer, nanogpt: NanoGPT, audio: Audio) -> None:
    ticket = await promised(nanogpt, audio)
    texts = [f"word{number}." for number in range(3000)]
    words = [{"text": text, "start": number / 1000, "end": number / 1000} for number, text in enumerate(texts)]
    server.completed = {"status": "completed", "transcription": " ".join(texts), "words": words}
    said = await nanogpt.collect(ticket, SPEAKERS, no_report)
    assert len(said.words) == len(said.segments) == 3000


async def test_an_error_that_breaks_off_is_still_the_error(
    server: NanoGPTServer, nanogpt: NanoGPT, audio: Audio
) -> None:
    server.fail(TRANSCRIBE, Fault(torn=Reply(400, sample("error_object"))))
    with pytest.raises(ProviderRefused, match="it does not take this file"):
        await nanogpt.submit(audio, PLAIN, no_report)


async def test_an_answer_without_bounds_is_not_taken_in(server: NanoGPTServer, nanogpt: NanoGPT, audio: Audio) -> None:
    ticket = await promised(nanogpt, audio)
    completed = json.dumps(sample("completed")).encode()
    server.fail(STATUS, Reply(200, completed + b" " * LARGEST_ANSWER))
    assert (await nanogpt.collect(ticket, SPEAKERS, no_report)).text
    assert len(server.of(STATUS)) == 2
