"""Asks Telegram for updates, and asks for the next ones only when those are written down.

python-telegram-bot's own Updater confirms updates before they are handled, and one that it cannot parse stops it.
"""

import asyncio
import json
from typing import Any
from urllib.parse import urlencode

from telegram.ext import ExtBot
from telegram.request import HTTPXRequest

from adapters.telegram.backoff import Backoff, Sleep
from adapters.telegram.bot import QuietRequest
from adapters.telegram.source import Keep
from adapters.telegram.updates import KINDS, arrivals_of

POLL_SECONDS = 30
"""How long Telegram holds an answer back while it has nothing to tell."""
_GRACE_SECONDS = 10.0
_MOST = 100


class Polling:
    """The source of updates that needs no address of its own."""

    def __init__(self, sleep: Sleep = asyncio.sleep) -> None:
        self._sleep = sleep

    async def listen(self, bot: "ExtBot[None]", keep: Keep) -> None:
        backoff = Backoff(self._sleep)
        await backoff.retry(lambda: bot.delete_webhook(drop_pending_updates=False))
        offset: int | None = None
        async with QuietRequest(connection_pool_size=1) as request:
            while True:
                try:
                    arrivals = arrivals_of(await _ask(request, bot, offset))
                    await keep(arrivals)
                except Exception as error:  # noqa: BLE001  # nothing is confirmed: what was told is told again
                    await backoff.wait_out(error)
                    continue
                backoff.are_over()
                if arrivals:
                    offset = arrivals[-1].id + 1


async def _ask(request: HTTPXRequest, bot: "ExtBot[None]", offset: int | None) -> Any:
    """The next updates, raw. What stands before the offset is confirmed by this."""
    wanted = {"timeout": POLL_SECONDS, "limit": _MOST, "allowed_updates": json.dumps(KINDS)}
    wanted |= {} if offset is None else {"offset": offset}
    return await request.post(
        f"{bot.base_url}/getUpdates?{urlencode(wanted)}", read_timeout=POLL_SECONDS + _GRACE_SECONDS
    )
