"""The bot of python-telegram-bot, as everything here uses it: paced, with limits on every wait."""

import logging
import os
from typing import Any

from telegram.error import TelegramError
from telegram.ext import ExtBot
from telegram.request import HTTPXRequest

from adapters.telegram.limiter import Limiter
from adapters.telegram.updates import parse

_CONNECTIONS = 64
_SECONDS = 20.0
_UPLOAD_SECONDS = 120.0


class QuietRequest(HTTPXRequest):
    """One that does not log an answer that it cannot read: there may be messages in it."""

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
    """A bot that talks to the Bot API at `base_url` ("https://api.telegram.org/bot"); the token is put behind both.

    `local`: whether that is an operator's own server, which hands out files as paths of this disk.
    """
    # The library logs answers that it cannot read, whole; this package logs that there was one.
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
