"""Updates from Telegram: asked for, written down before Telegram is told so, then handled, each once.

Telegram keeps what it could not tell for a day. So a start without network is a start all the same: the bot is asked
who it is until it answers, and what came meanwhile comes then. python-telegram-bot's own Updater confirms updates
before they are handled, and one that it cannot parse stops it.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import urlencode

from telegram import User
from telegram.ext import ExtBot
from telegram.request import HTTPXRequest

from adapters.telegram.client import QuietRequest
from adapters.telegram.context import Context
from adapters.telegram.dispatch import KINDS, Dispatch, TelegramRules
from adapters.telegram.errors import backoff
from bot.chat.update_handling import Handling, purge
from bot.chat.update_inbox import Arrival, UpdateInbox
from bot.domain.ports import Clock
from bot.support.backoff import Sleep
from bot.support.task_group import task_group

POLL_SECONDS = 30
"""Time for which Telegram holds an answer back while it has nothing to tell."""
_GRACE_SECONDS = 10.0
_MOST = 100
_LARGEST = 2**63

MakeContext = Callable[[User], Context]
Keep = Callable[[Sequence[Arrival]], Awaitable[None]]
"""Writes updates down. Only when it returned may Telegram be told that they arrived."""


class Source(Protocol):
    """Polling, or the webhook."""

    async def listen(self, bot: "ExtBot[None]", keep: Keep) -> None:
        """Hand updates on as they come, until it is cancelled; troubles are waited out."""


class Polling:
    """The source of updates that needs no address: it asks for the next ones when the last are written down."""

    def __init__(self, sleep: Sleep = asyncio.sleep) -> None:
        self._sleep = sleep

    async def listen(self, bot: "ExtBot[None]", keep: Keep) -> None:
        pauses = backoff(self._sleep)
        await pauses.retry(lambda: bot.delete_webhook(drop_pending_updates=False))
        offset: int | None = None
        async with QuietRequest(connection_pool_size=1) as request:
            while True:
                try:
                    arrivals = arrivals_of(await _ask(request, bot, offset))
                    await keep(arrivals)
                except Exception as error:  # noqa: BLE001  # nothing is confirmed: what was told is told again
                    await pauses.wait_out(error)
                    continue
                pauses.are_over()
                if arrivals:
                    offset = arrivals[-1].id + 1


async def _ask(request: HTTPXRequest, bot: "ExtBot[None]", offset: int | None) -> Any:
    """Return the next updates, raw. What stands before the offset is confirmed by this."""
    wanted = {"timeout": POLL_SECONDS, "limit": _MOST, "allowed_updates": json.dumps(KINDS)}
    wanted |= {} if offset is None else {"offset": offset}
    return await request.post(
        f"{bot.base_url}/getUpdates?{urlencode(wanted)}", read_timeout=POLL_SECONDS + _GRACE_SECONDS
    )


def arrivals_of(told: object) -> list[Arrival]:
    """Return the updates among what Telegram told; what has no number is none."""
    if not isinstance(told, Sequence):
        return []
    return [Arrival(one["update_id"], one) for one in told if isinstance(one, dict) and _has_number(one)]


def _has_number(update: Mapping[str, Any]) -> bool:
    number = update.get("update_id")
    return isinstance(number, int) and not isinstance(number, bool) and 0 <= number < _LARGEST


async def receive(
    bot: "ExtBot[None]",
    inbox: UpdateInbox,
    source: Source,
    make_context: MakeContext,
    clock: Clock,
    sleep: Sleep = asyncio.sleep,
) -> None:
    """Receive updates and handle them, until it is cancelled. The bot stays open: answers may still have to go out."""
    await backoff(sleep).retry(bot.initialize)
    dispatch = Dispatch(make_context(bot.bot))
    await dispatch.open()
    async with task_group() as tasks:
        handling = Handling(inbox, TelegramRules(), dispatch.handle, dispatch.apologise, tasks, clock, sleep)

        async def keep(arrivals: Sequence[Arrival]) -> None:
            await inbox.keep(arrivals)
            handling.told(arrivals)

        handling.begin()
        tasks.create_task(source.listen(bot, keep), name="telegram source")
        tasks.create_task(purge(inbox, clock, sleep), name="telegram purge")
