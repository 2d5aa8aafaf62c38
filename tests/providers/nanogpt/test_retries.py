"""The client of NanoGPT: waits and further attempts."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.audio import Audio
from bot.domain.errors import (
    NotNow,
    ProviderDown,
    ProviderFailed,
    ProviderRefused,
    Unanswered,
)
from bot.domain.note import Ticket
from bot.domain.waiting import WaitReason
from bot.providers.nanogpt.client import NanoGPT
from tests.doubles.nanogpt.server import (
    BALANCE,
    MODELS,
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
    PLAIN,
    SECONDS,
    SPEAKERS,
    Time,
    no_report,
    promised,
    submitted,
)


def names(lines: list[Any], level: str) -> list[str]:
    return [line["event"] for line in lines if line["log_level"] == level]


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


async def test_a_job_that_cannot_be_asked_after_is_waited_for(
    server: NanoGPTServer, nanogpt: NanoGPT, audio: Audio, passing: Time
) -> None:
    ticket = await promised(nanogpt, audio)
    server.always[STATUS] = Reply(503)
    with pytest.raises(NotNow) as pause:
        await nanogpt.collect(ticket, SPEAKERS, no_report)
    assert pause.value.wait.reason is WaitReason.PROVIDER_AWAY
    del server.always[STATUS]
    assert (await nanogpt.collect(ticket, SPEAKERS, no_report)).text


async def test_a_ticket_that_names_no_job_may_be_charged(nanogpt: NanoGPT) -> None:
    with pytest.raises(Unanswered):
        await nanogpt.collect(Ticket({"seconds": 3.0}), SPEAKERS, no_report)
