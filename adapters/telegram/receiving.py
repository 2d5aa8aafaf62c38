"""Everything that comes in from Telegram: written down before Telegram is told so, then handled, each update once.

Telegram keeps what it could not tell for a day. So a start without network is a start all the same: the bot is asked
who it is until it answers, and what came meanwhile comes then.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog
from telegram import User
from telegram.error import InvalidToken, TelegramError
from telegram.ext import ExtBot

from adapters.telegram.backoff import Backoff, Sleep, report
from adapters.telegram.context import Context
from adapters.telegram.dispatch import Dispatch
from adapters.telegram.handling import Handling
from adapters.telegram.source import Source
from bot.chat.update_inbox import Arrival, UpdateInbox
from bot.domain.errors import BadSettings
from bot.domain.ports import Clock
from bot.support.task_group import task_group

log = structlog.get_logger()

KEPT_FOR = timedelta(days=3)
"""How long an update is known, so that it is not taken for a new one."""
PURGE_SECONDS = 3600.0
INTRODUCTION_SECONDS = 10.0
"""How long a start waits for Telegram's first answer."""

MakeDoors = Callable[[User], Context]


class Receiver:
    """A bot that listens."""

    def __init__(
        self,
        bot: "ExtBot[None]",
        inbox: UpdateInbox,
        source: Source,
        make_context: MakeDoors,
        clock: Clock,
        sleep: Sleep,
    ) -> None:
        self._bot = bot
        self._inbox = inbox
        self._source = source
        self._make_doors = make_context
        self._clock = clock
        self._sleep = sleep
        self.listening = asyncio.Event()
        """Set once Telegram has told who the bot is."""

    async def introduce(self) -> None:
        """Ask Telegram who the bot is, once. Raises BadSettings where it does not know; no answer is no fault."""
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
        await Backoff(self._sleep).retry(self._bot.initialize)
        dispatch = Dispatch(self._make_doors(self._bot.bot))
        await dispatch.open()
        async with task_group() as tasks:
            handling = Handling(self._inbox, dispatch.handle, dispatch.apologise, tasks, self._clock, self._sleep)

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
    make_context: MakeDoors,
    clock: Clock,
    sleep: Sleep = asyncio.sleep,
) -> AsyncIterator[Receiver]:
    """Receive updates while the context is open. The bot stays open behind it: answers may still have to go out.

    Raises BadSettings where Telegram does not know the token. What ends the receiving ends the context with it: a
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
    """Whatever becomes of the error outside, the operator reads here that it was Telegram's."""
    error = None if running.cancelled() else running.exception()
    if error is not None:
        log.error("telegram_stopped", exc_info=error)
