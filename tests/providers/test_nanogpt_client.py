"""NanoGPT's client against a server that speaks as NanoGPT does: what is sent, what is repeated, what is told."""

import asyncio
import gc
import json
import logging
import time
import traceback
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog

from bot.domain.audio import Audio
from bot.domain.catalog import NANOGPT, ModelInfo
from bot.domain.errors import (
    BadSettings,
    EarmarkError,
    InternalError,
    KeyRefused,
    NeedsLink,
    NotNow,
    ProviderDown,
    ProviderFailed,
    ProviderRefused,
    TooLarge,
    Unanswered,
    UnknownModel,
)
from bot.domain.money import Micros
from bot.domain.note import Options, Ticket
from bot.domain.transcript import Transcript
from bot.providers.nanogpt.client import NanoGPT, client
from bot.providers.nanogpt.retries import Timeouts
from bot.providers.nanogpt.transport import LARGEST_ANSWER, PER_SECOND, Pace
from tests.doubles.nanogpt.server import (
    BALANCE,
    KEY,
    MODELS,
    STATUS,
    TRANSCRIBE,
    Fault,
    NanoGPTServer,
    Reply,
    sample,
    serve,
)
from tests.helpers.ledgers import Clock

MODELS_SERVED = [
    ModelInfo("Whisper-Large-V3", NANOGPT, Micros(10_000)),
    ModelInfo("Elevenlabs-STT", NANOGPT, Micros(30_000), speakers=True, events=True, asynchronous=True),
    ModelInfo("openai-whisper-with-video", NANOGPT, Micros(60_000), video=True),
]
PLAIN = Options("Whisper-Large-V3")
SPEAKERS = Options("Elevenlabs-STT", speakers=True, events=True)
HURRIED = Timeouts(answer=0.3, poll=0.3, attempts=3, first=0.01, longest=0.02)
SECONDS = 4.0


class Time:
    """The monotonic clock of looks at jobs, which passes when they sleep; real time goes on meanwhile."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


@pytest.fixture
async def server() -> AsyncIterator[NanoGPTServer]:
    async with serve() as server:
        yield server


@pytest.fixture
def passing() -> Time:
    return Time()


@pytest.fixture
async def nanogpt(server: NanoGPTServer, clock: Clock, passing: Time) -> AsyncIterator[NanoGPT]:
    async with opened(server, clock, passing) as nanogpt:
        yield nanogpt


@asynccontextmanager
async def opened(server: NanoGPTServer, clock: Clock, passing: Time, key: str = KEY) -> AsyncIterator[NanoGPT]:
    async with client(server.base_url, key) as http:
        yield NanoGPT(
            http,
            clock,
            MODELS_SERVED,
            timeouts=HURRIED,
            pace=Pace(10_000),
            sleep=passing.sleep,
            monotonic=passing,
            chance=lambda: 0.5,
        )


@pytest.fixture
def audio(tmp_path: Path) -> Audio:
    path = tmp_path / "Моё «письмо».oga"
    path.write_bytes(bytes(range(256)) * 300)
    return Audio(path, "ogg", "opus", SECONDS, 48_000, 1, path.stat().st_size)


@pytest.fixture
def logs() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


async def no_report(fraction: float) -> None:
    assert fraction == 1.0


async def submitted(nanogpt: NanoGPT, audio: Audio, options: Options = PLAIN) -> Transcript:
    said = await nanogpt.submit(audio, options, no_report)
    assert isinstance(said, Transcript)
    return said


async def promised(nanogpt: NanoGPT, audio: Audio) -> Ticket:
    ticket = await nanogpt.submit(audio, SPEAKERS, no_report)
    assert isinstance(ticket, Ticket)
    return ticket


def names(lines: list[Any], level: str) -> list[str]:
    return [line["event"] for line in lines if line["log_level"] == level]


async def test_a_file_is_sent_whole_under_a_plain_name(server: NanoGPTServer, nanogpt: NanoGPT, audio: Audio) -> None:
    said = await submitted(nanogpt, audio)
    assert said.text == sample("plain")["transcription"]
    assert (said.cost, said.seconds) == (667, SECONDS)
    (seen,) = server.seen
    assert (seen.method, seen.path, seen.headers["x-api-key"]) == ("POST", TRANSCRIBE, KEY)
    assert seen.fields == {"model": "Whisper-Large-V3", "language": "auto", "actualDuration": "0.066667"}
    assert (seen.file_name, seen.file_mime) == ("sound.ogg", "audio/ogg")
    assert seen.file == audio.path.read_bytes()


async def test_a_link_is_sent_instead_of_a_large_file(server: NanoGPTServer, nanogpt: NanoGPT, audio: Audio) -> None:
    linked = replace(audio, bytes=400_000_000, link="https://media.example/sound?sig=1", path=Path("/nowhere"))
    assert (await submitted(nanogpt, linked)).text
    (seen,) = server.seen
    assert seen.fields["audioUrl"] == "https://media.example/sound?sig=1"
    assert seen.file_name == ""


async def test_a_film_goes_to_the_model_that_takes_films(nanogpt: NanoGPT, audio: Audio) -> None:
    film = replace(audio, container="mp4", has_video=True)
    assert nanogpt.accepts("openai-whisper-with-video").video
    assert "matroska" in (nanogpt.accepts("openai-whisper-with-video").containers or ())
    assert not nanogpt.accepts("Whisper-Large-V3").video
    assert (await submitted(nanogpt, film, Options("openai-whisper-with-video"))).text


async def test_a_ticket_becomes_its_text_in_another_process_too(
    server: NanoGPTServer, nanogpt: NanoGPT, audio: Audio, clock: Clock, passing: Time
) -> None:
    server.looks = 4
    ticket = await promised(nanogpt, audio)
    assert ticket.cost == 2_000
    clock.now += timedelta(hours=1)
    stored = Ticket(json.loads(json.dumps(dict(ticket.body))), ticket.cost)
    async with opened(server, clock, passing) as after_restart:
        said = await after_restart.collect(stored, SPEAKERS, no_report)
    assert [part.speaker for part in said.segments] == ["Speaker 1", "Speaker 2", "Speaker 1"]
    assert len(server.of(STATUS)) == 4
    assert len(server.of(TRANSCRIBE)) == 1
    assert json.loads(server.of(STATUS)[0].body)["diarize"] is True


async def test_two_who_collect_the_same_ticket_both_get_the_text(nanogpt: NanoGPT, audio: Audio) -> None:
    ticket = await promised(nanogpt, audio)
    one, other = await asyncio.gather(*(nanogpt.collect(ticket, SPEAKERS, no_report) for _ in range(2)))
    assert one == other


async def test_a_text_costs_what_its_ticket_said_where_the_answer_does_not(
    server: NanoGPTServer, nanogpt: NanoGPT, audio: Audio
) -> None:
    ticket = await promised(nanogpt, audio)
    del server.completed["metadata"]
    assert (await nanogpt.collect(ticket, SPEAKERS, no_report)).cost == 2_000


async def test_a_ticket_with_status_200_is_a_ticket(server: NanoGPTServer, nanogpt: NanoGPT, audio: Audio) -> None:
    server.fail(TRANSCRIBE, Reply(200, sample("ticket")))
    assert (await promised(nanogpt, audio)).cost == 30_000


async def test_only_known_models_are_asked_for(server: NanoGPTServer, nanogpt: NanoGPT, audio: Audio) -> None:
    with pytest.raises(UnknownModel):
        nanogpt.accepts("qwen-voice-clone")
    with pytest.raises(UnknownModel):
        await nanogpt.submit(audio, Options("qwen-voice-clone"), no_report)
    assert server.seen == []


async def test_what_is_too_large_is_not_sent(server: NanoGPTServer, nanogpt: NanoGPT, audio: Audio) -> None:
    with pytest.raises(NeedsLink):
        await nanogpt.submit(replace(audio, bytes=3_000_001), PLAIN, no_report)
    with pytest.raises(TooLarge, match=r"limit_mb=500\.0"):
        await nanogpt.submit(replace(audio, bytes=500_000_001, link="https://x/y"), PLAIN, no_report)
    assert server.seen == []


@pytest.mark.parametrize(
    ("reply", "error", "sentence"),
    [
        (Reply(400, sample("error_object")), ProviderRefused, "Unsupported file format"),
        (Reply(404, {"error": "No such model", "status": 404}), ProviderRefused, "No such model"),
        (Reply(413, b"<html>413 Request Entity Too Large</html>"), ProviderRefused, "the file is too large for it"),
        (Reply(422, b""), ProviderRefused, "the error 422"),
        (Reply(401, sample("error_key")), KeyRefused, r"KeyRefused\(\)"),
        (Reply(403, b"<html>"), KeyRefused, r"KeyRefused\(\)"),
        (Reply(302, b"", {"location": "https://elsewhere.example"}), BadSettings, r"leads elsewhere \(HTTP 302\)"),
        (Reply(200, sample("failed")), ProviderFailed, "Audio could not be decoded"),
        (Reply(202, {"status": "pending"}), Unanswered, r"Unanswered\(\)"),
        (Reply(200, b"<html>OK</html>"), Unanswered, r"Unanswered\(\)"),
        (Reply(502, b"<html>Bad gateway</html>"), Unanswered, r"Unanswered\(\)"),
        (Reply(504, b""), Unanswered, r"Unanswered\(\)"),
        (Reply(524, b""), Unanswered, r"Unanswered\(\)"),
    ],
)
async def test_a_refusal_is_told_at_once_and_never_repeated(
    server: NanoGPTServer,
    nanogpt: NanoGPT,
    audio: Audio,
    reply: Reply,
    error: type[EarmarkError],
    sentence: str,
) -> None:
    server.always[TRANSCRIBE] = reply
    with pytest.raises(error, match=sentence):
        await nanogpt.submit(audio, PLAIN, no_report)
    assert len(server.seen) == 1


async def test_a_wrong_key_is_told_to_the_operator(
    server: NanoGPTServer, audio: Audio, clock: Clock, passing: Time, logs: list[Any]
) -> None:
    async with opened(server, clock, passing, key="sk-nano-wrong") as nanogpt:
        with pytest.raises(KeyRefused):
            await nanogpt.submit(audio, PLAIN, no_report)
    assert [line["request_id"] for line in logs if line["event"] == "nanogpt_error"] == ["req-4711"]


@pytest.mark.parametrize("fault", [Fault(cut=True), Fault(torn=Reply(200, sample("plain"))), Fault(silent=True)])
async def test_what_may_have_arrived_is_never_sent_again(
    server: NanoGPTServer, nanogpt: NanoGPT, audio: Audio, fault: Fault
) -> None:
    server.fail(TRANSCRIBE, fault)
    impatient = replace(audio, seconds=0.3)
    with pytest.raises(Unanswered):
        await nanogpt.submit(impatient, PLAIN, no_report)
    assert len(server.seen) == 1


async def test_an_upload_that_was_cut_is_sent_again(server: NanoGPTServer, nanogpt: NanoGPT, audio: Audio) -> None:
    large = replace(audio, bytes=2_900_000)
    with audio.path.open("r+b") as file:
        file.truncate(2_900_000)
    server.fail(TRANSCRIBE, Fault(cut_upload_at=100_000), Fault(cut_upload_at=300_000))
    assert (await submitted(nanogpt, large)).text
    assert len(server.seen) == 3
    assert server.seen[-1].file == audio.path.read_bytes()


async def test_an_answer_in_the_middle_of_an_upload_is_heard(
    server: NanoGPTServer, nanogpt: NanoGPT, audio: Audio
) -> None:
    with audio.path.open("r+b") as file:
        file.truncate(2_900_000)
    server.fail(TRANSCRIBE, Fault(early=Reply(413, b"<html>", {"connection": "close"})))
    with pytest.raises(ProviderRefused, match="too large"):
        await nanogpt.submit(replace(audio, bytes=2_900_000), PLAIN, no_report)
    assert len(server.seen) == 1


@pytest.mark.parametrize("status", [408, 429, 500, 503])
async def test_what_was_not_worked_on_is_tried_again(
    server: NanoGPTServer, nanogpt: NanoGPT, audio: Audio, status: int
) -> None:
    server.fail(TRANSCRIBE, Reply(status, sample("error_object")), Reply(status, b"<html>"))
    assert (await submitted(nanogpt, audio)).text
    assert len(server.seen) == 3


@pytest.mark.parametrize("status", [408, 500, 503, 521, 523, 530])
async def test_a_provider_that_fails_in_all_attempts_is_away(
    server: NanoGPTServer, nanogpt: NanoGPT, audio: Audio, clock: Clock, status: int
) -> None:
    server.always[TRANSCRIBE] = Reply(status)
    reason = "provider-away" if status > 520 else "provider-busy"  # one recording may be the reason of the others
    with pytest.raises(NotNow, match=reason) as raised:
        await nanogpt.submit(audio, PLAIN, no_report)
    assert raised.value.fields["until"] == (clock.now + timedelta(seconds=10)).isoformat()
    assert len(server.seen) == HURRIED.attempts


async def test_a_provider_that_cannot_be_reached_is_away(audio: Audio, clock: Clock, passing: Time) -> None:
    async with serve() as gone:
        pass
    async with opened(gone, clock, passing) as nanogpt:
        for _ in range(2):
            with pytest.raises(NotNow, match="provider-away"):
                await nanogpt.submit(audio, PLAIN, no_report)
        with pytest.raises(NotNow, match="provider-away"):
            await nanogpt.check_open()


async def test_retry_after_is_waited_for(server: NanoGPTServer, nanogpt: NanoGPT, audio: Audio) -> None:
    server.fail(TRANSCRIBE, Reply(429, b"", {"retry-after": "0.4"}))
    await submitted(nanogpt, audio)
    first, second = server.seen
    assert 0.4 <= second.at - first.at <= 1.0


async def test_whoever_is_too_busy_for_all_attempts_is_asked_again_later(
    server: NanoGPTServer, nanogpt: NanoGPT, audio: Audio, clock: Clock
) -> None:
    server.always[TRANSCRIBE] = Reply(429)
    with pytest.raises(NotNow, match="provider-busy") as raised:
        await nanogpt.submit(audio, PLAIN, no_report)
    assert raised.value.fields["until"] == (clock.now + timedelta(seconds=60)).isoformat()
    await nanogpt.check_open()


@pytest.mark.parametrize(
    ("reply", "hours"),
    [
        (Reply(429, sample("error_daily"), {"retry-after": "10800"}), 3),
        (Reply(429, sample("error_daily")), 12),
        (Reply(429, b"", {"retry-after": "Sun, 15 Nov 2026 14:00:00 GMT"}), 2),
    ],
)
async def test_a_limit_of_the_day_parks_everybody_until_it_is_over(
    server: NanoGPTServer, nanogpt: NanoGPT, audio: Audio, clock: Clock, reply: Reply, hours: int
) -> None:
    server.fail(TRANSCRIBE, reply)
    until = clock.now + timedelta(hours=hours)
    for _ in range(2):
        with pytest.raises(NotNow, match="provider-day-limit") as raised:
            await nanogpt.submit(audio, PLAIN, no_report)
        assert raised.value.fields["until"] == until.isoformat()
    with pytest.raises(NotNow):
        await nanogpt.check_open()
    assert len(server.seen) == 1
    clock.now = until
    assert (await submitted(nanogpt, audio)).text


async def test_a_long_wait_is_not_slept_in_a_slot(server: NanoGPTServer, nanogpt: NanoGPT, audio: Audio) -> None:
    server.fail(TRANSCRIBE, Reply(503, b"", {"retry-after": "3600"}))
    with pytest.raises(NotNow):
        await nanogpt.submit(audio, PLAIN, no_report)


@pytest.mark.parametrize("name", ["error_text", "error_number"])
async def test_an_empty_account_stops_submits_until_it_is_filled(
    server: NanoGPTServer, nanogpt: NanoGPT, audio: Audio, clock: Clock, passing: Time, logs: list[Any], name: str
) -> None:
    server.fail(TRANSCRIBE, Reply(402, sample(name)), Reply(402, sample(name)))
    server.balance = "0"
    outcomes = await asyncio.gather(
        *(nanogpt.submit(audio, PLAIN, no_report) for _ in range(2)), return_exceptions=True
    )
    assert {type(outcome) for outcome in outcomes} == {NotNow}
    for _ in range(20):
        with pytest.raises(NotNow, match="provider-unfunded") as raised:
            await nanogpt.check_open()
        assert raised.value.fields["until"] == (clock.now + timedelta(seconds=60)).isoformat()
    assert server.of(BALANCE) == []
    passing.now += 60
    for _ in range(20):
        with pytest.raises(NotNow):
            await nanogpt.check_open()
    assert len(server.of(BALANCE)) == 1
    server.balance = "0.0035"
    passing.now += 60
    await nanogpt.check_open()
    assert (await submitted(nanogpt, audio)).text
    assert len(server.of(TRANSCRIBE)) == 3
    assert names(logs, "error") == ["nanogpt_account_is_empty"]


async def test_a_dear_recording_does_not_keep_the_cheaper_ones_waiting(
    server: NanoGPTServer, nanogpt: NanoGPT, audio: Audio, passing: Time
) -> None:
    dear = replace(audio, seconds=60.0)
    server.fail(TRANSCRIBE, Reply(402, sample("error_text")))
    server.balance = "0.0034"
    with pytest.raises(NotNow):
        await nanogpt.submit(dear, PLAIN, no_report)
    with pytest.raises(NotNow):
        await nanogpt.check_open()
    passing.now += 60
    await nanogpt.check_open()
    assert (await submitted(nanogpt, audio)).text
    with pytest.raises(NotNow):
        await nanogpt.submit(dear, PLAIN, no_report)
    assert len(server.of(TRANSCRIBE)) == 2


async def test_a_balance_that_cannot_be_seen_keeps_the_breaker_open(
    server: NanoGPTServer, nanogpt: NanoGPT, audio: Audio, clock: Clock
) -> None:
    server.fail(TRANSCRIBE, Reply(402))
    server.always[BALANCE] = Reply(500)
    with pytest.raises(NotNow):
        await nanogpt.submit(audio, PLAIN, no_report)
    clock.now += timedelta(minutes=2)  # the wall clock alone is enough
    with pytest.raises(NotNow):
        await nanogpt.check_open()
    assert len(server.of(BALANCE)) == HURRIED.attempts


async def test_the_balance_and_the_models_can_be_asked_for(
    server: NanoGPTServer, nanogpt: NanoGPT, logs: list[Any]
) -> None:
    server.fail(BALANCE, Fault(cut=True), Reply(502), Reply())
    server.fail(MODELS, Fault(silent=True))
    with pytest.raises(ProviderDown):  # its third answer is no balance
        await nanogpt.balance()
    assert await nanogpt.balance() == 10_000_000
    assert [model["id"] for model in await nanogpt.models()] == ["Whisper-Large-V3", "Elevenlabs-STT"]
    assert "nano_1deposit3address" not in str(logs)


TROUBLES: list[Fault | Reply] = [
    Reply(500),
    Reply(401, sample("error_key")),
    Reply(402, sample("error_text")),
    Reply(403),
    Reply(404, {"error": "Transcription job not found"}),
    Reply(408),
    Reply(429, b"", {"retry-after": "7"}),
    Reply(502, b"<html>"),
    Reply(200, b"<html>"),
    Reply(200, {"status": "completed"}),
    Fault(cut=True),
    Fault(silent=True),
    Fault(torn=Reply(200, sample("completed"))),
]


async def test_whatever_goes_wrong_with_looks_the_text_is_fetched_in_the_end(
    server: NanoGPTServer, nanogpt: NanoGPT, audio: Audio, passing: Time
) -> None:
    ticket = await promised(nanogpt, audio)
    for trouble in TROUBLES:
        server.fail(STATUS, trouble)
        begun = passing.now
        assert (await nanogpt.collect(ticket, SPEAKERS, no_report)).text
        assert passing.now - begun < 60
    await nanogpt.check_open()
    assert len(server.of(TRANSCRIBE)) == 1


async def test_x_poll_after_is_honoured(server: NanoGPTServer, nanogpt: NanoGPT, audio: Audio, passing: Time) -> None:
    ticket = await promised(nanogpt, audio)
    server.fail(STATUS, Reply(200, {"status": "processing"}, {"x-poll-after": "45"}))
    await nanogpt.collect(ticket, SPEAKERS, no_report)
    assert passing.now == pytest.approx(1.02 + 45)


async def test_a_job_that_failed_costs_nothing_and_says_why(
    server: NanoGPTServer, nanogpt: NanoGPT, audio: Audio
) -> None:
    ticket = await promised(nanogpt, audio)
    server.completed = sample("failed")
    with pytest.raises(ProviderFailed, match="Audio could not be decoded"):
        await nanogpt.collect(ticket, SPEAKERS, no_report)
    assert json.loads(server.of(STATUS)[0].body)["cost"] == 0.002


async def test_a_job_that_is_gone_is_refused_after_a_minute(
    server: NanoGPTServer, nanogpt: NanoGPT, audio: Audio, clock: Clock
) -> None:
    ticket = await promised(nanogpt, audio)
    server.jobs.clear()
    with pytest.raises(ProviderRefused, match="Transcription job not found"):
        await nanogpt.collect(ticket, SPEAKERS, no_report)
    clock.now += timedelta(minutes=2)
    before = len(server.of(STATUS))
    with pytest.raises(ProviderRefused):  # as after a restart: an old job is not given up for one such answer
        await nanogpt.collect(ticket, SPEAKERS, no_report)
    assert len(server.of(STATUS)) - before > 1


async def test_a_job_that_never_ends_is_given_up_and_may_be_charged(
    server: NanoGPTServer, nanogpt: NanoGPT, audio: Audio, passing: Time
) -> None:
    server.looks = 10**6
    ticket = await promised(nanogpt, audio)
    with pytest.raises(Unanswered):
        await nanogpt.collect(ticket, SPEAKERS, no_report)
    assert passing.now == pytest.approx(30 * 60 + 4 * SECONDS)


async def test_a_ticket_that_names_no_job_may_be_charged(nanogpt: NanoGPT) -> None:
    with pytest.raises(Unanswered):
        await nanogpt.collect(Ticket({"seconds": 3.0}), SPEAKERS, no_report)


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
