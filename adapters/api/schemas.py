"""Responses in NanoGPT's form. Durations are MINUTES there, money dollars, times seconds."""

import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from bot import rendering
from bot.domain.billing import Balance, Plan
from bot.domain.money import PER_DOLLAR, Micros
from bot.domain.transcript import Transcript
from bot.notes.views import Order

_SPEAKER = re.compile(r"Speaker (\d+)")


class _Camel(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class Metadata(_Camel):
    """Facts about a transcript, and its cost."""

    file_name: str | None = None
    file_size: int | None = None
    """Bytes; unknown for a recording behind a URL."""
    charged_duration: float
    actual_duration: float
    language: str | None = None
    cost: float
    """The charge."""
    currency: Literal["USD"] = "USD"
    model: str
    """The requested model name."""


class Transcribed(_Camel):
    """The transcript."""

    transcription: str
    metadata: Metadata


class Run(_Camel):
    """A run, whose status can be requested."""

    run_id: str
    status: Literal["pending"] = "pending"
    model: str
    cost: float | None = None
    """The held amount; null while the length is unknown."""
    payment_source: Literal["USD"] = "USD"
    is_api_request: Literal[True] = True
    file_name: str | None = None
    file_size: int | None = None
    charged_duration: float | None = None
    diarize: bool


class TimedWord(BaseModel):
    """A word and its time."""

    text: str
    start: float
    end: float
    type: str
    speaker_id: str | None = None
    """"speaker_0" for "Speaker 1"."""


class Turn(BaseModel):
    """A speaker's segment."""

    speaker: str
    start: float
    end: float
    text: str


class Diarization(BaseModel):
    """The speakers' segments."""

    segments: list[Turn]


class Status(_Camel):
    """Status of a run, with the result of a completed one."""

    status: Literal["pending", "processing", "completed", "failed"]
    progress: float | None = None
    """0 to 1, if known."""
    seconds_left: float | None = None
    """The estimated time until the text, if known."""
    waiting: str | None = None
    """Why it waits, if it does: it goes on by itself."""
    transcription: str | None = None
    metadata: Metadata | None = None
    words: list[TimedWord] | None = None
    diarization: Diarization | None = None
    error: str | None = None


class Funds(BaseModel):
    """Available balance, as decimal strings. The open plan needs none."""

    usd_balance: str
    nano_balance: str = "0"
    plan: Plan
    usd_spent: str


class AudioModel(BaseModel):
    """A model and its price per minute."""

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str = "earmark"
    name: str
    type: Literal["stt"] = "stt"
    asynchronous: bool
    diarize: bool
    tag_audio_events: bool
    pricing: dict[str, Any]


class AudioModels(BaseModel):
    """All models."""

    object: Literal["list"] = "list"
    data: list[AudioModel]


class Problem(_Camel):
    """The reason, in one sentence."""

    error: str
    status: int
    code: str
    required_balance: float | None = None
    """The price, if the balance is too small."""


def transcribed(order: Order, said: Transcript, charged: Micros) -> Transcribed:
    return Transcribed(transcription=text_of(order, said), metadata=metadata_of(order, said, charged))


def run_of(order: Order, seconds: float | None) -> Run:
    return Run(
        run_id=order.note.id,
        model=asked_model(order),
        cost=None if order.price is None else in_dollars(order.price),
        file_name=order.note.media.name or None,
        file_size=order.note.media.bytes,
        charged_duration=None if seconds is None else _minutes(seconds),
        diarize=order.note.options.speakers,
    )


def completed(order: Order, said: Transcript, charged: Micros) -> Status:
    turns = [
        Turn(speaker=part.speaker, start=part.start, end=part.end, text=part.text)
        for part in said.segments
        if part.speaker is not None
    ]
    words = [
        TimedWord(text=word.text, start=word.start, end=word.end, type=word.kind, speaker_id=_speaker_id(word.speaker))
        for word in said.words
    ]
    return Status(
        status="completed",
        transcription=text_of(order, said),
        metadata=metadata_of(order, said, charged),
        words=words or None,
        diarization=Diarization(segments=turns) if turns else None,
    )


def text_of(order: Order, said: Transcript) -> str:
    """Return the text, with a label before each speaker if diarization was requested."""
    return rendering.text(said) if order.note.options.speakers else said.text


def metadata_of(order: Order, said: Transcript, charged: Micros) -> Metadata:
    return Metadata(
        file_name=order.note.media.name or None,
        file_size=order.note.media.bytes,
        charged_duration=_minutes(said.seconds),
        actual_duration=_minutes(said.seconds),
        language=said.language or order.note.options.language,
        cost=in_dollars(charged),
        model=asked_model(order),
    )


def asked_model(order: Order) -> str:
    """Return the client's name of the model."""
    return order.note.details.get("model", order.note.options.model)


def funds_of(balance: Balance) -> Funds:
    return Funds(
        usd_balance=_decimal(balance.balance - balance.held), plan=balance.plan, usd_spent=_decimal(balance.spent)
    )


def in_dollars(amount: Micros) -> float:
    return amount / PER_DOLLAR


def _decimal(amount: int) -> str:
    return f"{amount // PER_DOLLAR}.{amount % PER_DOLLAR:06d}"


def _minutes(seconds: float) -> float:
    return round(seconds / 60, 6)


def _speaker_id(speaker: str | None) -> str | None:
    numbered = _SPEAKER.fullmatch(speaker or "")
    return f"speaker_{int(numbered[1]) - 1}" if numbered else speaker
