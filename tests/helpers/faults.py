"""A host of platforms whose pauses do not last, for tests of faults that pass."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.chat.plugin import PlatformHost
from bot.support.clock import now

_LONGEST_PAUSE = timedelta(seconds=300)
"""The longest pause that an adapter asks for: a clock that is late by so much finds it over."""

_INSISTED = 1.0
"""Seconds of a pause that the double of the Bot API asks for, and its own limiter keeps."""


@dataclass
class Hurry:
    """Time for a platform: its pauses end at once, and a test may let it go on."""

    late: timedelta = field(default=_LONGEST_PAUSE)

    def __call__(self) -> datetime:
        return now() - self.late

    def host(self, host: PlatformHost) -> PlatformHost:
        return replace(host, clock=self, sleep=_blink)


async def _blink(seconds: float) -> None:
    await asyncio.sleep(1.01 if seconds == _INSISTED else 0.01)
