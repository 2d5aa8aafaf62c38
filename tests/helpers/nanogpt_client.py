"""Helpers for tests of NanoGPT's client."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.domain.audio import Audio
from bot.domain.catalog import NANOGPT, ModelInfo
from bot.domain.money import Micros
from bot.domain.note import Options, Reached, Ticket
from bot.domain.transcript import Transcript
from bot.providers.nanogpt.client import NanoGPT, client
from bot.providers.nanogpt.retries import Timeouts
from bot.providers.nanogpt.transport import Pace
from tests.doubles.nanogpt.server import (
    KEY,
    NanoGPTServer,
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


async def no_report(reached: Reached) -> None:
    assert reached.fraction == 1.0


async def submitted(nanogpt: NanoGPT, audio: Audio, options: Options = PLAIN) -> Transcript:
    said = await nanogpt.submit(audio, options, no_report)
    assert isinstance(said, Transcript)
    return said


async def promised(nanogpt: NanoGPT, audio: Audio) -> Ticket:
    ticket = await nanogpt.submit(audio, SPEAKERS, no_report)
    assert isinstance(ticket, Ticket)
    return ticket
