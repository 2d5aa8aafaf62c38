"""NanoGPT's protocol: what is sent for a recording, and what each answer means, however odd it is."""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.audio import Audio
from bot.domain.errors import EarmarkError, ProviderFailed, Unanswered
from bot.domain.money import Micros
from bot.domain.note import Options, Ticket
from bot.domain.transcript import Transcript
from bot.providers.nanogpt import wire as wire
from bot.providers.nanogpt.transcripts import RecordingFacts, speaker_name
from tests.doubles.nanogpt.server import ANSWERS, sample

NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)
QUOTE = Micros(777)
PLAIN = RecordingFacts("Wizper", 4.0, QUOTE)
SPEAKERS = RecordingFacts("Elevenlabs-STT", 4.0, QUOTE, speakers=True)


def audio(container: str = "ogg", *, has_video: bool = False, link: str | None = None) -> Audio:
    return Audio(Path("Моё письмо.oga"), container, "opus", 16.14, 48_000, 1, 58_000, has_video, link)


def body(answer: object) -> bytes:
    return json.dumps(answer).encode()


def read(answer: object, asked: RecordingFacts = PLAIN, status: int = 200) -> Transcript | Ticket:
    return wire.read_submitted(status, body(answer), asked, NOW)


def transcript(answer: object, asked: RecordingFacts = PLAIN) -> Transcript:
    said = read(answer, asked)
    assert isinstance(said, Transcript)
    return said


@pytest.mark.parametrize(
    ("container", "has_video", "name", "mime"),
    [
        ("ogg", False, "sound.ogg", "audio/ogg"),
        ("mp3", False, "sound.mp3", "audio/mpeg"),
        ("wav", False, "sound.wav", "audio/wav"),
        ("mp4", False, "sound.m4a", "audio/mp4"),
        ("aac", False, "sound.aac", "audio/aac"),
        ("mp4", True, "video.mp4", "video/mp4"),
        ("matroska", True, "video.mkv", "video/x-matroska"),
        ("avi", True, "sound.avi", "video/x-msvideo"),
    ],
)
def test_a_file_goes_under_our_name_and_its_true_type(container: str, has_video: bool, name: str, mime: str) -> None:
    assert wire.file_of(audio(container, has_video=has_video)) == (name, mime)


def test_every_file_that_is_taken_has_a_name() -> None:
    for container in wire.VIDEO_CONTAINERS:
        assert wire.file_of(audio(container))[0].startswith("sound.")


def test_features_are_sent_only_if_they_were_asked_for() -> None:
    least = {"model": "Wizper", "language": "auto", "actualDuration": "0.269000"}
    assert wire.form_of(audio(), Options("Wizper")) == least
    assert wire.json_of(audio(link="https://x/y"), Options("Wizper")) == {"audioUrl": "https://x/y", **least}
    everything = Options("Elevenlabs-STT", "es", speakers=True, events=True)
    assert wire.form_of(audio(), everything)["diarize"] == "true"
    assert wire.form_of(audio(), everything)["tagAudioEvents"] == "true"
    assert wire.json_of(audio(link="https://x/y"), everything)["diarize"] is True
    assert wire.json_of(audio(link="https://x/y"), everything)["tagAudioEvents"] is True


def test_a_plain_answer_is_one_segment_at_its_exact_cost() -> None:
    said = transcript(sample("plain"))
    assert said.text == "The quick brown fox jumps over the lazy dog. It was not amused."
    assert (said.cost, said.language, said.model, said.seconds) == (2690, "", "Wizper", 4.0)
    assert [(part.text, part.start, part.end, part.speaker) for part in said.segments] == [(said.text, 0.0, 4.0, None)]


def test_what_is_sure_to_be_there_is_enough() -> None:
    assert transcript(sample("least")).text == "Only what is sure to be there."


@pytest.mark.parametrize(
    ("metadata", "cost"),
    [
        ({"cost": 0.1}, 100_000),
        ({"cost": 0.0000001}, 1),
        ({"cost": 0}, 0),
        ({"cost": "0.0035"}, 3_500),
        ({"cost": -1}, 777),
        ({"cost": None}, 777),
        ({"cost": True}, 777),
        ({"cost": [1]}, 777),
        ({"cost": 5, "currency": "XNO"}, 777),
        ({"cost": 5, "currency": "usd"}, 5_000_000),
        ({}, 777),
        (None, 777),
        ("text", 777),
    ],
)
def test_a_cost_is_what_is_said_and_else_the_quote(metadata: object, cost: int) -> None:
    assert transcript({"transcription": "Yes.", "metadata": metadata}).cost == cost


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e400", "-1e400", "1e99999999999999999999", "9" * 5000, "-0.5"])
def test_numbers_that_are_none_cost_the_quote_or_are_unreadable(number: str) -> None:
    answer = f'{{"transcription": "Yes.", "metadata": {{"cost": {number}, "actualDuration": {number}}}}}'
    try:
        said = wire.read_submitted(200, answer.encode(), PLAIN, NOW)
    except Unanswered:
        return
    assert isinstance(said, Transcript)
    assert said.cost == QUOTE


@given(st.decimals(min_value=0, max_value=10_000, places=6))
def test_no_micro_dollar_is_lost_on_the_way(dollars: Decimal) -> None:
    answer = f'{{"transcription": "Yes.", "metadata": {{"cost": {dollars}, "currency": "USD"}}}}'
    said = wire.read_submitted(200, answer.encode(), PLAIN, NOW)
    assert isinstance(said, Transcript)
    assert said.cost == dollars * 1_000_000


def test_turns_are_told_apart_and_words_bear_the_same_names() -> None:
    said = transcript(sample("completed"), SPEAKERS)
    assert said.text == "Good morning. How are you? (laughter) Fine, thanks. Good!"
    assert [(part.speaker, part.text) for part in said.segments] == [
        ("Speaker 1", "Good morning. How are you?"),
        ("Speaker 2", "(laughter) Fine, thanks."),
        ("Speaker 1", "Good!"),
    ]
    assert [word.text for word in said.words] == said.text.split()
    assert {word.text: word.speaker for word in said.words}["Fine,"] == "Speaker 2"
    assert {word.kind for word in said.words} == {"word", "audio_event"}
    assert (said.cost, said.language) == (30_000, "en")


def test_speakers_that_nobody_asked_for_are_not_named() -> None:
    said = transcript(sample("completed"))
    assert {part.speaker for part in said.segments} == {word.speaker for word in said.words} == {None}


def test_labels_in_the_text_are_never_doubled() -> None:
    said = transcript(sample("completed_labelled"), SPEAKERS)
    assert said.text == "Good morning. How are you?\n\nFine, thanks.\n\nGood!"
    answer = sample("completed_labelled")
    for part in answer["diarization"]["segments"]:
        part["text"] = f"{part['speaker']}: {part['text']}"
    assert transcript(answer, SPEAKERS) == said


def test_labels_on_one_line_are_taken_out_too() -> None:
    answer = sample("completed_labelled")
    answer["transcription"] = "Speaker 1: Good morning. How are you? speaker_1: Fine, thanks. [Speaker 1]: Good!"
    assert transcript(answer, SPEAKERS).text == "Good morning. How are you? Fine, thanks. Good!"


def test_turns_come_in_order_of_time() -> None:
    answer = sample("completed")
    answer["diarization"]["segments"].reverse()
    assert transcript(answer, SPEAKERS) == transcript(sample("completed"), SPEAKERS)


def test_one_speaker_is_still_a_speaker() -> None:
    turns = [{"speaker": "Speaker 1", "start": 0, "end": 2, "text": "Only me."}]
    said = transcript({"transcription": "Speaker 1: Only me.", "diarization": {"segments": turns}}, SPEAKERS)
    assert (said.text, said.segments[0].speaker) == ("Only me.", "Speaker 1")


def test_without_turns_the_words_make_them() -> None:
    answer = sample("completed")
    del answer["diarization"]
    said = transcript(answer, SPEAKERS)
    assert [(part.speaker, part.text) for part in said.segments] == [
        ("Speaker 1", "Good morning."),
        ("Speaker 1", "How are you?"),
        ("Speaker 2", "(laughter) Fine, thanks."),
        ("Speaker 1", "Good!"),
    ]


def test_words_keep_the_spacing_of_their_language() -> None:
    said = transcript(sample("completed_words"))
    assert [part.text for part in said.segments] == ["你好，世界。", "今天很好。"]  # noqa: RUF001  # Chinese is meant
    assert said.language == "zh"


def test_turns_that_leave_text_out_are_not_trusted() -> None:
    answer = sample("completed")
    answer["diarization"]["segments"].pop(0)
    said = transcript(answer, SPEAKERS)
    assert " ".join(part.text for part in said.segments) == said.text


def test_the_text_is_put_together_where_only_parts_came() -> None:
    answer = sample("completed")
    del answer["transcription"]
    assert transcript(answer, SPEAKERS).text == sample("completed")["transcription"]
    del answer["diarization"]
    assert transcript(answer, SPEAKERS).text == sample("completed")["transcription"]


def test_silence_is_a_transcript_without_text() -> None:
    said = transcript(sample("silence"))
    assert (said.text, said.segments, said.cost) == ("", (), 10_000)


def test_words_of_a_new_kind_and_odd_times_are_taken() -> None:
    words = [
        {"text": "One", "start": -0.2, "end": 99, "type": "whispered", "speaker_id": "anna"},
        {"text": "two", "start": "soon", "type": None},
        {"text": "three", "start": 0.5, "end": 0.1},
        {"word": "lost"},
        7,
    ]
    said = transcript({"transcription": "One two three", "words": words}, SPEAKERS)
    assert [(word.text, word.start, word.end, word.kind) for word in said.words] == [
        ("One", 0.0, 0.0, "whispered"),
        ("two", 0.0, 0.0, "word"),
        ("three", 0.5, 0.5, "word"),
    ]
    assert said.words[0].speaker == "anna"


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("speaker_0", "Speaker 1"),
        ("Speaker 1", "Speaker 1"),
        (0, "Speaker 1"),
        ("Ada", "Ada"),
        ("", None),
        (True, None),
    ],
)
def test_speakers_are_counted_from_one(said: object, name: str | None) -> None:
    assert speaker_name(said) == name


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
