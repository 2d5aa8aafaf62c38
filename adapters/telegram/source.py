"""Where updates come from: a Protocol with two implementations, polling.py and webhook.py."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from telegram.ext import ExtBot

from bot.chat.update_inbox import Arrival

Keep = Callable[[Sequence[Arrival]], Awaitable[None]]
"""Writes updates down. Only when it returned may Telegram be told that they arrived."""


class Source(Protocol):
    """Somebody who is told of updates."""

    async def listen(self, bot: "ExtBot[None]", keep: Keep) -> None:
        """Hand updates on as they come, until it is cancelled; troubles are waited out."""
