"""Helpers for tests of NanoGPT's protocol."""

import json
from datetime import UTC, datetime

from bot.domain.money import Micros
from bot.domain.note import Ticket
from bot.domain.transcript import Transcript
from bot.providers.nanogpt import wire as wire
from bot.providers.nanogpt.transcripts import RecordingFacts

NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)


QUOTE = Micros(777)


PLAIN = RecordingFacts("Wizper", 4.0, QUOTE)


SPEAKERS = RecordingFacts("Elevenlabs-STT", 4.0, QUOTE, speakers=True)


def body(answer: object) -> bytes:
    return json.dumps(answer).encode()


def read(answer: object, asked: RecordingFacts = PLAIN, status: int = 200) -> Transcript | Ticket:
    return wire.read_submitted(status, body(answer), asked, NOW)
