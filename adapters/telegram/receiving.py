"""Updates from Telegram: asked for, written down before Telegram is told so, then handled, each once.

Telegram keeps what it could not tell for a day. So a start without network is a start all the same: the bot is asked
who it is until it answers, and what came meanwhile comes then. python-telegram-bot's own Updater confirms updates
before they are handled, and one that it cannot parse stops it.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Protocol
from urllib.parse import urlencode

import structlog
from telegram import User
from telegram.error import InvalidToken, TelegramError
from telegram.ext import ExtBot
from telegram.request import HTTPXRequest

from adapters.telegram.client import QuietRequest
from adapters.telegram.context import Context
from adapters.telegram.dispatch import KINDS, Dispatch, TelegramRules
from adapters.telegram.errors import backoff
from bot.chat.update_handling import Handling
from bot.chat.update_inbox import Arrival, UpdateInbox
from bot.domain.errors import BadSettings
from bot.domain.ports import Clock
from bot.support.backoff import Sleep
from bot.support.task_group import task_group
from bot.support.tracebacks import report

log = structlog.get_logger()

KEPT_FOR = timedelta(days=3)
"""Time for which an update is known, so that it is not taken for a new one."""
PURGE_SECONDS = 3600.0
INTRODUCTION_SECONDS = 10.0
"""Longest wait of a start for Telegram's first answer."""

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


class Receiver:
    """A bot that listens."""

    def __init__(
        self,
        bot: "ExtBot[None]",
        inbox: UpdateInbox,
        source: Source,
        make_context: MakeContext,
        clock: Clock,
        sleep: Sleep,
    ) -> None:
        self._bot = bot
        self._inbox = inbox
        self._source = source
        self._make_context = make_context
        self._clock = clock
        self._sleep = sleep
        self.listening = asyncio.Event()
        """Set once Telegram has told who the bot is."""

    async def introduce(self) -> None:
        """Ask Telegram who the bot is, once. Raises BadSettings if it does not know; no answer is no fault."""
        try:
            async with asyncio.timeout(INTRODUCTION_SECONDS):
                await self._bot.initialize()
        except InvalidToken:
            reason = "Telegram does not know EARMARK_TELEGRAM_TOKEN: look at what BotFather told"
            raise BadSettings(reason=reason) from None  # PTB's own message has the token in it
        except (TelegramError, TimeoutError) as error:
            log.warning("telegram_not_reached", error=type(error).__name__, hint="it is asked again until it answers")

    async def run(self) -> None:
        """Listen and handle, until it is cancelled. Nothing that is known ends it but that."""
        await backoff(self._sleep).retry(self._bot.initialize)
        dispatch = Dispatch(self._make_context(self._bot.bot))
        await dispatch.open()
        async with task_group() as tasks:
            handling = Handling(
                self._inbox, TelegramRules(), dispatch.handle, dispatch.apologise, tasks, self._clock, self._sleep
            )

            async def keep(arrivals: Sequence[Arrival]) -> None:
                await self._inbox.keep(arrivals)
                handling.told(arrivals)

            handling.begin()
            tasks.create_task(self._source.listen(self._bot, keep), name="telegram source")
            tasks.create_task(self._purge(), name="telegram purge")
            self.listening.set()

    async def _purge(self) -> None:
        while True:
            try:
                await self._inbox.purge(self._clock() - KEPT_FOR)
            except Exception as error:  # noqa: BLE001  # an hour later the database may be back
                report("updates_not_purged", error)
            await self._sleep(PURGE_SECONDS)


@asynccontextmanager
async def receiving(
    bot: "ExtBot[None]",
    inbox: UpdateInbox,
    source: Source,
    make_context: MakeContext,
    clock: Clock,
    sleep: Sleep = asyncio.sleep,
) -> AsyncIterator[Receiver]:
    """Receive updates while the context is open. The bot stays open behind it: answers may still have to go out.

    Raises BadSettings if Telegram does not know the token. What ends the receiving ends the context with it: a
    service that is deaf must not look alive, and whoever supervises it starts it anew.
    """
    receiver = Receiver(bot, inbox, source, make_context, clock, sleep)
    await receiver.introduce()
    async with task_group() as tasks:
        running = tasks.create_task(receiver.run(), name="telegram")
        running.add_done_callback(_tell)
        try:
            yield receiver
        finally:
            running.cancel()


def _tell(running: asyncio.Task[None]) -> None:
    """Tell the operator that it was Telegram's, whatever becomes of the error outside."""
    error = None if running.cancelled() else running.exception()
    if error is not None:
        log.error("telegram_stopped", exc_info=error)
