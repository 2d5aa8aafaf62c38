"""The client of the Bot API: python-telegram-bot's bot, with a limit on every wait, and Telegram's pace for messages.

About one message a second in a private chat, twenty a minute in a group, thirty a second in all; edits count as
messages do. A bucket lets what fits into it through at once and then only as fast as it leaks, so that no stretch of
time ever has more than the bucket and its leak together: both are chosen to stay below the limit.
"""

import asyncio
import json
import logging
import math
import os
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from aiolimiter import AsyncLimiter
from telegram.error import RetryAfter, TelegramError
from telegram.ext import BaseRateLimiter, ExtBot
from telegram.request import HTTPXRequest

from adapters.telegram.errors import seconds_of

_CONNECTIONS = 64
_SECONDS = 20.0
_UPLOAD_SECONDS = 120.0
Result = bool | dict[str, Any] | list[dict[str, Any]]

_COUNTED = ("send", "edit", "copy", "forward", "answerGuestQuery")
"""Beginnings of the methods that count as messages."""
_UNCOUNTED = "sendChatAction"
_COME_BACK = 30
"""Seconds after which a message that waited too long is tried again."""
_ROOM = 2
"""Progress leaves one place free, for an answer."""


class QuietRequest(HTTPXRequest):
    """A client that does not log an answer that it cannot read: there may be messages in it."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        try:
            answer = parse(payload)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise TelegramError("Invalid server response")
        return answer


def make_bot(token: str, base_url: str, base_file_url: str, local: bool) -> "ExtBot[None]":
    """Make a bot for the Bot API at `base_url` ("https://api.telegram.org/bot"); the token is put behind both URLs.

    `local`: if true, it is an operator's own server, which hands out files as paths of this disk.
    """
    # The library logs answers that it cannot read, whole; this package logs only that there was one.
    logging.getLogger("telegram.request").setLevel(logging.CRITICAL)
    # Else each RetryAfter warns that its seconds will be a timedelta one day: let them be one today.
    os.environ.setdefault("PTB_TIMEDELTA", "true")
    request = QuietRequest(
        connection_pool_size=_CONNECTIONS,
        connect_timeout=_SECONDS,
        read_timeout=_SECONDS,
        write_timeout=_SECONDS,
        pool_timeout=_SECONDS,
        media_write_timeout=_UPLOAD_SECONDS,
    )
    return ExtBot(token, base_url, base_file_url, request=request, local_mode=local, rate_limiter=Limiter())


def parse(payload: bytes) -> Any:
    """Return JSON that can be stored as it is. Raises ValueError."""
    try:
        return json.loads(payload.decode("utf-8", "replace"), parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is no JSON")


@dataclass(frozen=True, slots=True)
class Bucket:
    """A number at once, and the seconds until as many more may go."""

    size: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Pace:
    """Speed at which a bot writes."""

    overall: Bucket = Bucket(4, 4 / 24)
    """28 in any second."""
    private: Bucket = Bucket(3, 3.0)
    group: Bucket = Bucket(5, 5 * 60 / 14)
    """19 in any minute."""
    longest_turn: float = 25.0
    """Seconds that a message waits for its turn."""
    chats: int = 2048
    """Most chats that are remembered."""


@dataclass(slots=True)
class _Chat:
    bucket: AsyncLimiter
    silent_until: float = 0.0
    """On the loop's clock: before that Telegram takes nothing there."""

    @property
    def is_idle(self) -> bool:
        return self.bucket.has_capacity(self.bucket.max_rate) and not self.is_silent

    @property
    def is_silent(self) -> bool:
        return self.silent_until > _now()

    def check_silence(self) -> None:
        """Raise RetryAfter, in whole seconds, if Telegram asked for a pause that is not over."""
        if self.is_silent:
            raise RetryAfter(math.ceil(self.silent_until - _now()))


class Limiter(BaseRateLimiter[None]):
    """Lets every message wait for its turn, first in its chat and then among all."""

    def __init__(self, pace: Pace = Pace()) -> None:
        self._pace = pace
        self._overall = _limiter(pace.overall)
        self._chats: OrderedDict[int | str, _Chat] = OrderedDict()

    async def initialize(self) -> None:
        """Nothing is to be opened."""

    async def shutdown(self) -> None:
        """Nothing is to be closed."""

    def has_room(self, chat: int | str) -> bool:
        """Return True if a message could go to a chat (0: an inline one) now, with a place left for another."""
        if not self._overall.has_capacity(_ROOM):
            return False
        known = self._chats.get(chat)
        return known is None or (known.bucket.has_capacity(_ROOM) and not known.is_silent)

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Result]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: None,
    ) -> Result:
        if not endpoint.startswith(_COUNTED) or endpoint == _UNCOUNTED:
            return await callback(*args, **kwargs)
        chat = self._chat(data["chat_id"]) if data.get("chat_id") else None
        await self._turn(chat)
        try:
            return await callback(*args, **kwargs)
        except RetryAfter as told:
            if chat is not None:
                chat.silent_until = max(chat.silent_until, _now() + seconds_of(told))
            raise

    async def _turn(self, chat: _Chat | None) -> None:
        """Wait for the next free place.

        Raises RetryAfter if that takes too long, or Telegram asked for a pause there, before anything is sent.
        """
        if chat is not None:
            chat.check_silence()
        try:
            async with asyncio.timeout(self._pace.longest_turn):
                if chat is not None:
                    await chat.bucket.acquire()
                await self._overall.acquire()
        except TimeoutError:
            raise RetryAfter(_COME_BACK) from None
        if chat is not None:
            chat.check_silence()  # Telegram may have asked for it meanwhile

    def _chat(self, number: int | str) -> _Chat:
        chat = self._chats.get(number)
        if chat is None:
            self._forget_idle()
            bucket = self._pace.private if _is_private(number) else self._pace.group
            chat = self._chats[number] = _Chat(_limiter(bucket))
        self._chats.move_to_end(number)
        return chat

    def _forget_idle(self) -> None:
        """Keep the number of chats down: a chat whose bucket is empty is as good as new."""
        if len(self._chats) < self._pace.chats:
            return
        for number in [number for number, chat in self._chats.items() if chat.is_idle]:
            del self._chats[number]
        while len(self._chats) >= self._pace.chats:
            self._chats.popitem(last=False)


def _limiter(bucket: Bucket) -> AsyncLimiter:
    return AsyncLimiter(bucket.size, bucket.seconds)


def _is_private(number: int | str) -> bool:
    """Groups and channels have numbers below zero, or names."""
    return isinstance(number, int) and number > 0


def _now() -> float:
    return asyncio.get_running_loop().time()
