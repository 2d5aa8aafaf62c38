"""NanoGPT's speech-to-text protocol as pure functions: every request, and the meaning of every answer.

Durations are in minutes on the wire, amounts in dollars. Four shapes of an error's body are known: {"error": "text",
"status": 402, "requiredBalance": 0.0035}, {"error": {"message", "type", "code", "param"}}, {"error": 402, "message":
"..."}, and anything but JSON (a page from the edge).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from bot.domain.audio import Audio
from bot.domain.errors import ProviderFailed, Unanswered
from bot.domain.money import Micros
from bot.domain.note import Options, Ticket
from bot.domain.transcript import Transcript
from bot.providers.nanogpt.json_values import as_dict, as_dollars, as_list, as_number, as_plain, as_text, parse
from bot.providers.nanogpt.transcripts import RecordingFacts, seconds_of, transcript

TRANSCRIBE = "transcribe"
STATUS = "transcribe/status"
BALANCE = "check-balance"
MODELS = "v1/audio-models"
MODELS_QUERY = {"type": "stt", "detailed": "true"}

ACCEPTED = 202
DIRECT_BYTES = 3_000_000
"""The document says 3 MB, without saying which: this is the smaller."""
LINKED_BYTES = 500_000_000
CONTAINERS = frozenset({"mp3", "wav", "mp4", "ogg", "aac"})
VIDEO_CONTAINERS = CONTAINERS | {"matroska", "avi"}

_SOUND = {
    "mp3": ("sound.mp3", "audio/mpeg"),
    "wav": ("sound.wav", "audio/wav"),
    "mp4": ("sound.m4a", "audio/mp4"),
    "ogg": ("sound.ogg", "audio/ogg"),
    "aac": ("sound.aac", "audio/aac"),
    "matroska": ("sound.mkv", "audio/x-matroska"),
    "avi": ("sound.avi", "video/x-msvideo"),
}
_VIDEO = {"mp4": ("video.mp4", "video/mp4"), "matroska": ("video.mkv", "video/x-matroska")}
_DAY = 86_400.0
_ECHOED = ("cost", "paymentSource", "fileName", "fileSize", "chargedDuration")
_DAILY = frozenset({"daily_rpd_limit_exceeded", "daily_usd_limit_exceeded"})
_FAILED = frozenset({"failed", "error"})
_UNFINISHED = frozenset({"pending", "processing", "queued", "running"})
_DEFAULT_REASONS = {
    400: "it does not take this file, or what was asked for.",
    404: "it does not know what was asked for.",
    413: "the file is too large for it.",
}
_LINK = re.compile(r"\w+://\S+")
_LONG_CODE = re.compile(r"\bsk-[\w-]+|(?=[\w+/=-]*\d)[\w+/=-]{20,}")
"""Possible keys: reasons are shown to users, and need none."""
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f-\xa0\u2028-\u202e\u2066-\u2069]+")


def file_of(audio: Audio) -> tuple[str, str]:
    """Return a neutral file name by the format, never the sender's, and the true MIME type."""
    known = _VIDEO.get(audio.container) if audio.has_video else None
    return known or _SOUND[audio.container]


def form_of(audio: Audio, options: Options) -> dict[str, str]:
    """Return the fields that accompany a file."""
    form = {"model": options.model, "language": options.language, "actualDuration": _minutes(audio.seconds)}
    return form | dict.fromkeys(_requested_features(options), "true")


def json_of(audio: Audio, options: Options) -> dict[str, Any]:
    """Return the body of a request for a file behind a link."""
    body = {"model": options.model, "language": options.language, "actualDuration": _minutes(audio.seconds)}
    return {"audioUrl": audio.link, **body, **dict.fromkeys(_requested_features(options), True)}


def _requested_features(options: Options) -> list[str]:
    asked = {"diarize": options.speakers, "tagAudioEvents": options.events}
    return [name for name, wanted in asked.items() if wanted]


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.6f}"


@dataclass(frozen=True, slots=True)
class Job:
    """The contents of a stored ticket."""

    request: Mapping[str, Any]
    """Body of a request for the job's status."""
    seconds: float
    """Length of the recording."""
    submitted_at: datetime | None


def read_submitted(status: int, body: bytes, asked: RecordingFacts, now: datetime) -> Transcript | Ticket:
    """Return the result of a 200 or a 202.

    Raises ProviderFailed if it reports a failure, Unanswered if it may be charged and cannot be read.
    """
    try:
        answer = as_dict(parse(body))
        return _ticket(answer, asked, now) if _is_promise(status, answer) else _transcript(_not_failed(answer), asked)
    except ValueError as error:
        raise Unanswered from error


def _is_promise(status: int, answer: Mapping[str, Any]) -> bool:
    """Return True if the answer names a job and has no text yet."""
    if _run(answer) is None or _state(answer) in _FAILED:
        return False
    text = answer.get("transcription")
    return not isinstance(text, str) or _state(answer) in _UNFINISHED or (status == ACCEPTED and not text)


def _not_failed(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the answer. Raises ProviderFailed, and ValueError if it promises a text without naming the job."""
    if _state(answer) in _FAILED or (answer.get("error") and not isinstance(answer.get("transcription"), str)):
        raise _failure(answer)
    if _state(answer) in _UNFINISHED:
        raise ValueError("there is no text in it, and no job to ask for")
    return answer


def read_status(body: bytes, asked: RecordingFacts) -> Transcript | None:
    """Return a job's transcript, or None while it is in progress. Raises ProviderFailed; ValueError
    for anything else.
    """
    answer = as_dict(parse(body))
    if _state(answer) in _FAILED:
        raise _failure(answer)
    if _state(answer) == "completed":
        return _transcript(answer, asked)
    if not _state(answer):
        raise ValueError("it does not say how far the job is")
    return None


def _transcript(answer: Mapping[str, Any], asked: RecordingFacts) -> Transcript:
    cost = _cost(answer)
    return transcript(answer, asked, asked.cost if cost is None else cost)


def _failure(answer: Mapping[str, Any]) -> ProviderFailed:
    return ProviderFailed(reason=_reason(answer).rstrip(".") or "unexplained")


def _state(answer: Mapping[str, Any]) -> str:
    return as_text(answer.get("status")).strip().lower()


def _run(answer: Mapping[str, Any]) -> str | int | None:
    run = answer.get("runId")
    if isinstance(run, bool):
        return None
    return run if isinstance(run, int) else as_text(run) or None


def _ticket(answer: Mapping[str, Any], asked: RecordingFacts, now: datetime) -> Ticket:
    body = {
        "answer": as_plain(answer),
        "diarize": asked.speakers,
        "seconds": asked.seconds,
        "submitted_at": now.isoformat(),
    }
    return Ticket(body=body, cost=_cost(answer))


def read_ticket(body: Mapping[str, object]) -> Job:
    """Read a stored ticket. Raises Unanswered if it does not name the job."""
    answer = as_dict(body.get("answer"))
    run = _run(answer)
    if run is None:
        raise Unanswered
    echoed = {name: answer[name] for name in _ECHOED if answer.get(name) is not None}
    diarize = bool(body.get("diarize"))  # our own request: the answer may omit it
    try:
        submitted_at = datetime.fromisoformat(as_text(body.get("submitted_at")))
    except ValueError:
        submitted_at = None
    return Job(
        request={"runId": run, "isApiRequest": True, **echoed, "diarize": diarize},
        seconds=as_number(body.get("seconds")) or seconds_of({"metadata": answer}),
        submitted_at=_in_utc(submitted_at),
    )


def run_of(body: Mapping[str, object]) -> str:
    """Return the id of a stored ticket's job, for people; "" if it has none."""
    run = _run(as_dict(body.get("answer")))
    return "" if run is None else cleaned_id(str(run))


def _in_utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def _cost(answer: Mapping[str, Any]) -> Micros | None:
    """Return the charge; None if it is not stated, or not in dollars."""
    for said in (as_dict(answer.get("metadata")), answer):
        cost = as_dollars(said.get("cost"))
        if cost is not None and as_text(said.get("currency")).upper() in ("", "USD"):
            return cost
    return None


@dataclass(frozen=True, slots=True)
class Problem:
    """An error response."""

    status: int
    reason: str
    """Reason for users: one line, without links and codes."""
    code: str = ""
    required: Micros | None = None
    """With a 402: the required balance."""

    @property
    def lasts_a_day(self) -> bool:
        return self.code in _DAILY


def read_problem(status: int, body: bytes) -> Problem:
    """Read an error response of any shape."""
    try:
        answer = as_dict(parse(body))
    except ValueError:
        answer = {}
    inner = as_dict(answer.get("error"))
    code = as_text(inner.get("code")) or as_text(answer.get("code"))
    reason = _reason(answer) or _DEFAULT_REASONS.get(status, f"it answered with the error {status}.")
    return Problem(status, reason, cleaned(code)[:60], as_dollars(answer.get("requiredBalance")))


def _reason(answer: Mapping[str, Any]) -> str:
    error = answer.get("error")
    for said in (as_dict(error).get("message"), error, answer.get("message")):
        if reason := cleaned(as_text(said)):
            return reason
    return ""


def cleaned(said: str) -> str:
    """Return one short line for users, without links and possible keys."""
    line = _UNPRINTABLE.sub(" ", said[:2000])
    line = _LONG_CODE.sub("…", _LINK.sub("the link", line)).strip()
    return line if len(line) <= 200 else line[:199] + "…"


def read_wait(value: str | None, now: datetime) -> float | None:
    """Return the seconds of a Retry-After (seconds or an HTTP date) or an X-Poll-After, at most two days."""
    if value is None:
        return None
    try:
        seconds = float(value) if re.fullmatch(r"\s*\d{1,12}(\.\d{0,9})?\s*", value) else _until(value, now)
    except (ValueError, OverflowError, TypeError):
        return None
    return min(max(seconds, 0.0), 2 * _DAY)


def _until(value: str, now: datetime) -> float:
    moment = _in_utc(parsedate_to_datetime(value))
    assert moment is not None, "it is none only where None was given"
    return (moment - now).total_seconds()


def read_balance(body: bytes) -> Micros:
    """Return the balance in dollars; a debt counts as nothing. Raises ValueError. The deposit address is ignored."""
    said = as_dict(parse(body)).get("usd_balance")
    if isinstance(said, str) and re.fullmatch(r"\s*-[\d.]+\s*", said):
        return Micros(0)
    balance = as_dollars(said)
    if balance is None:
        raise ValueError("there is no balance in it")
    return balance


def read_models(body: bytes) -> list[dict[str, Any]]:
    """Return the models, each with its "id" and its other fields. Raises ValueError."""
    found = [as_plain(entry) for entry in as_list(as_dict(parse(body)).get("data"))]
    models = [entry for entry in found if isinstance(entry, dict) and entry.get("id")]
    if not models:
        raise ValueError("there are no models in it")
    return models


def cleaned_id(said: str) -> str:
    """Return a request's id, safe for the log."""
    return re.sub(r"[^\w.:-]", "", said, flags=re.ASCII)[:80]
