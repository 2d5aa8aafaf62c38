"""A wait for tests, and its words in English."""

from datetime import UTC, datetime

from bot.domain.waiting import Wait, WaitReason

BUSY = Wait(WaitReason.PROVIDER_BUSY, datetime(2026, 11, 15, 13, tzinfo=UTC))
BUSY_WORDS = "The speech service is too busy at the moment. Your recording is kept and goes on by itself."
