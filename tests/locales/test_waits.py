"""Every reason of a wait has a short sentence in every language."""

from datetime import UTC, datetime

import pytest

from bot.domain.errors import NotNow
from bot.domain.waiting import Wait, WaitReason
from bot.locales import error_text, locales, wait_text

UNTIL = datetime(2026, 11, 15, tzinfo=UTC)


@pytest.mark.parametrize("reason", list(WaitReason))
def test_a_wait_is_told_in_every_language_and_shortly(reason: WaitReason) -> None:
    told = {wait_text(locale, Wait(reason, UNTIL, "Telegram")) for locale in locales()}
    assert len(told) == len(locales()), "each in its own words"
    assert all(len(words) < 160 for words in told)


def test_what_a_platform_or_a_provider_refuses_for_now_is_told_as_a_wait() -> None:
    assert error_text("en", NotNow(WaitReason.PLATFORM_DOWN, UNTIL, "Discord")) == (
        "Discord does not answer. Your recording is kept and goes on by itself."
    )
