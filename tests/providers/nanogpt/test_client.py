"""NanoGPT's client against a server that speaks as NanoGPT does: what is sent, what is repeated, what is told."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.audio import Audio
from bot.domain.errors import (
    BadSettings,
    EarmarkError,
    KeyRefused,
    NeedsLink,
    NotNow,
    ProviderFailed,
    ProviderRefused,
    TooLarge,
    Unanswered,
    UnknownModel,
)
from bot.domain.note import Options, Ticket
from bot.providers.nanogpt.client import NanoGPT
from tests.doubles.nanogpt.server import (
    KEY,
    STATUS,
    TRANSCRIBE,
    Fault,
    NanoGPTServer,
    Reply,
    sample,
    serve,
)
from tests.helpers.ledgers import Clock
from tests.helpers.nanogpt_client import (
    HURRIED,
    PLAIN,
    SECONDS,
    SPEAKERS,
    Time,
    no_report,
    opened,
    promised,
    submitted,
)


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
