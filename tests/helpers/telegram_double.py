"""Helpers for tests of Telegram's double."""

import re
from collections.abc import Awaitable
from typing import Any

import pytest
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Update,
)
from telegram.error import BadRequest, TelegramError

from tests.doubles.telegram.server import (
    BotApi,
)

CANCEL = InlineKeyboardMarkup([[InlineKeyboardButton("Cancel", callback_data="cancel:1")]])


class Clock:
    """It stands still unless it is moved."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def library(telegram: BotApi) -> Bot:
    return Bot(telegram.token, base_url=telegram.base_url, base_file_url=telegram.base_file_url)


async def refused(call: Awaitable[Any], why: str, kind: type[TelegramError] = BadRequest) -> None:
    with pytest.raises(kind, match=f"(?i){re.escape(why)}"):
        await call


async def told(bot: Bot, *updates: Update) -> tuple[Update, ...]:
    """The next updates, with those before them confirmed."""
    return await bot.get_updates(offset=updates[-1].update_id + 1 if updates else None, timeout=5)
