"""Tickets and errors of NanoGPT as they come."""

import json
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import EarmarkError, ProviderFailed, Unanswered
from bot.domain.note import Ticket
from bot.domain.transcript import Transcript
from bot.providers.nanogpt import wire as wire
from bot.providers.nanogpt.transcripts import RecordingFacts
from tests.doubles.nanogpt.server import ANSWERS, sample
from tests.helpers.nanogpt_wire import NOW, PLAIN, QUOTE, SPEAKERS, body, read


def test_a_ticket_holds_all_that_is_needed_and_can_be_stored() -> None:
    ticket = read(sample("ticket"), SPEAKERS, 202)
    assert isinstance(ticket, Ticket)
    assert ticket.cost == 30_000
    stored = json.loads(json.dumps(dict(ticket.body), allow_nan=False))
    assert stored["answer"] == sample("ticket")
    job = wire.read_ticket(stored)
    assert (job.seconds, job.submitted_at) == (4.0, NOW)
    assert job.request == {
        "runId": "run-1",
        "cost": 0.03,
        "paymentSource": "USD",
        "isApiRequest": True,
        "fileName": "sound.ogg",
        "fileSize": 58211,
        "chargedDuration": 1,
        "diarize": True,
    }


def test_what_a_ticket_leaves_out_is_not_made_up() -> None:
    ticket = read(sample("ticket_least"), PLAIN, 202)
    assert isinstance(ticket, Ticket)
    assert wire.read_ticket(ticket.body).request == {
        "runId": "run-2",
        "cost": 0.0135,
        "paymentSource": "XNO",
        "isApiRequest": True,
        "diarize": False,
    }


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (200, {"runId": "r", "status": "pending"}),
        (200, {"runId": "r"}),
        (200, {"runId": 7, "status": "processing", "transcription": ""}),
        (202, {"runId": "r", "status": "completed", "transcription": ""}),
        (202, {"runId": "r", "error": None, "transcription": None, "cost": "much"}),
    ],
)
def test_a_promise_is_a_ticket_whatever_its_status(status: int, answer: object) -> None:
    assert isinstance(read(answer, status=status), Ticket)


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (202, {"status": "pending", "cost": 0.1}),
        (202, {}),
        (200, {"status": "pending"}),
        (200, []),
        (200, {"runId": ""}),
    ],
)
def test_a_promise_without_a_job_may_be_charged(status: int, answer: object) -> None:
    with pytest.raises(Unanswered):
        read(answer, status=status)


@pytest.mark.parametrize("garbage", [b"", b"<html>", b"\xff\xfe\x00", b"[" * 100_000, b'{"transcription": 7}'])
def test_an_answer_that_cannot_be_read_may_be_charged(garbage: bytes) -> None:
    with pytest.raises(Unanswered):
        wire.read_submitted(200, garbage, PLAIN, NOW)


@pytest.mark.parametrize("state", ["failed", "error", "FAILED"])
def test_a_job_that_failed_says_why(state: str) -> None:
    with pytest.raises(ProviderFailed, match=r"reason='Audio could not be decoded'\)"):
        wire.read_status(body(sample("failed") | {"status": state}), PLAIN)


@pytest.mark.parametrize("state", ["pending", "processing", "queued", "thinking about it"])
def test_a_job_in_any_other_state_goes_on(state: str) -> None:
    assert wire.read_status(body({"status": state}), PLAIN) is None


@pytest.mark.parametrize("answer", [{}, [], {"status": 7}, {"status": "completed"}, {"error": "busy"}])
def test_a_state_that_says_nothing_is_no_state(answer: object) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        wire.read_status(body(answer), PLAIN)


@pytest.mark.parametrize(
    ("name", "reason", "code", "required"),
    [
        ("error_text", "Insufficient balance", "", 3_500),
        ("error_object", "Unsupported file format", "unsupported_format", None),
        ("error_number", "Insufficient balance", "", None),
        ("error_daily", "Daily request limit exceeded", "daily_rpd_limit_exceeded", None),
    ],
)
def test_every_shape_of_an_error_is_understood(name: str, reason: str, code: str, required: int | None) -> None:
    problem = wire.read_problem(418, body(sample(name)))
    assert (problem.status, problem.reason, problem.code, problem.required) == (418, reason, code, required)
    assert problem.lasts_a_day == (name == "error_daily")


@pytest.mark.parametrize("page", [b"", b"<html><title>413 Request Entity Too Large</title></html>", b"\x80", b"null"])
def test_a_page_from_the_edge_gives_a_reason_of_ours(page: bytes) -> None:
    assert wire.read_problem(413, page).reason == "the file is too large for it."
    assert wire.read_problem(418, page).reason == "it answered with the error 418."


def test_reasons_are_one_short_line_without_links_and_keys() -> None:
    keys = "sk-nano-abc and 0f8fad5b-d9cb-469f-a165-70867728950e"
    said = f"Bad\r\nfile \x1b[31m https://x.example/a?sig=S3CRET and {keys}\u202e"
    reason = wire.read_problem(400, body({"error": said + " x" * 500})).reason
    assert reason.startswith("Bad file [31m the link and … and … x x")
    assert len(reason) == 200
    assert "S3CRET" not in reason


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ((NOW + timedelta(seconds=90)).strftime("%a, %d %b %Y %H:%M:%S GMT"), 90.0),
        ((NOW - timedelta(seconds=90)).strftime("%a, %d %b %Y %H:%M:%S GMT"), 0.0),
        ("999999999999", 172_800.0),
        ("soon", None),
        ("-3", None),
        ("", None),
        (None, None),
    ],
)
def test_waits_are_seconds_or_dates(header: str | None, seconds: float | None) -> None:
    assert wire.read_wait(header, NOW) == seconds


@pytest.mark.parametrize(("said", "balance"), [("10.00", 10_000_000), ("0.0000001", 1), ("-0.02", 0), (3, 3_000_000)])
def test_a_balance_is_read_exactly(said: object, balance: int) -> None:
    assert wire.read_balance(body({"usd_balance": said})) == balance


@pytest.mark.parametrize("said", [None, "much", "NaN", [], "1e30"])
def test_a_balance_that_is_none_is_said_so(said: object) -> None:
    with pytest.raises(ValueError, match="no balance"):
        wire.read_balance(body({"usd_balance": said}))


def test_models_are_found() -> None:
    assert [model["id"] for model in wire.read_models(body(sample("models")))] == ["Whisper-Large-V3", "Elevenlabs-STT"]


NUMBERS = st.integers() | st.floats() | st.sampled_from([10**400, -(10**400)])


ANY = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


PARTS = st.fixed_dictionaries(
    {},
    optional={
        name: ANY | NUMBERS | st.sampled_from(["Hello.", "hello", " ", "speaker_0", "Speaker 1", "Speaker 1: Hello."])
        for name in ("text", "start", "end", "type", "speaker_id", "speaker")
    },
)


ANSWERS_OF_ANY_KIND = ANY | st.fixed_dictionaries(
    {},
    optional={
        "transcription": ANY | st.sampled_from(["Hello. Hello.", "Speaker 1: Hello.", "\ud800\0"]),
        "metadata": ANY | st.fixed_dictionaries({}, optional={"cost": ANY, "language": ANY, "currency": ANY}),
        "words": ANY | st.lists(PARTS, max_size=6),
        "diarization": ANY | st.fixed_dictionaries({"segments": ANY | st.lists(PARTS, max_size=6)}),
        "status": ANY | st.sampled_from(["completed", "failed", "pending"]),
        "runId": ANY,
        "error": ANY,
        "cost": ANY,
    },
)


def assert_sound(said: Transcript) -> None:
    json.dumps(said.text).encode()
    said.text.encode()
    assert said.cost >= 0
    assert bool(said.segments) == bool(said.text)
    starts = [part.start for part in said.segments]
    assert starts == sorted(starts)
    timed = [(part.text, part.start, part.end) for part in said.segments]
    timed += [(word.text, word.start, word.end) for word in said.words]
    for text, start, end in timed:
        text.encode()
        assert text == text.strip()
        assert 0 <= start <= end <= said.seconds


@given(ANSWERS_OF_ANY_KIND, st.sampled_from([200, 202]), st.booleans())
def test_any_answer_ends_in_a_value_or_in_a_sentence(answer: Any, status: int, speakers: bool) -> None:
    asked = RecordingFacts("Elevenlabs-STT", 4.0, QUOTE, speakers=speakers)
    sent = json.dumps(answer).encode()
    try:
        said = wire.read_submitted(status, sent, asked, NOW)
    except EarmarkError:
        return
    if isinstance(said, Transcript):
        assert_sound(said)
    else:
        stored = json.loads(json.dumps(dict(said.body), allow_nan=False).encode())
        assert wire.read_ticket(stored).submitted_at == NOW


@given(ANSWERS_OF_ANY_KIND)
def test_any_state_ends_in_a_value_a_sentence_or_another_look(answer: Any) -> None:
    try:
        said = wire.read_status(json.dumps(answer).encode(), SPEAKERS)
    except (EarmarkError, ValueError):
        return
    if said is not None:
        assert_sound(said)


@given(ANSWERS_OF_ANY_KIND | st.binary(), st.integers(100, 599))
def test_any_error_has_a_printable_reason(answer: Any, status: int) -> None:
    sent = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    problem = wire.read_problem(status, sent)
    assert problem.reason
    assert len(problem.reason) <= 200
    problem.reason.encode()


@given(ANY, st.text())
def test_any_stored_ticket_and_any_header_is_read_or_refused(stored: Any, header: str) -> None:
    with suppress(Unanswered):
        wire.read_ticket({"answer": stored, "submitted_at": header, "seconds": stored})
    wait = wire.read_wait(header, NOW)
    assert wait is None or 0 <= wait <= 172_800


def test_all_sample_answers_are_json() -> None:
    assert all(isinstance(sample(path.stem), dict) for path in ANSWERS.glob("*.json"))
