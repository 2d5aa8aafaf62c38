"""Updates from Telegram: asked for, written down before Telegram is told so, then handled, each once.

Telegram keeps what it could not tell for a day. So a start without network is a start all the same: the bot is asked
who it is until it answers, and what came meanwhile comes then. python-telegram-bot's own Updater confirms updates
before they are handled, and one that it cannot parse stops it."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NoReturn, Protocol
from urllib.parse import urlencode

from telegram import Message, Update, User
from telegram.error import RetryAfter
from telegram.ext import Application, BaseHandler, ExtBot
from telegram.request import HTTPXRequest

from adapters.telegram import buttons, conversation, members, notes, payments
from adapters.telegram.client import QuietRequest
from adapters.telegram.context import Context, direct_topic_of
from adapters.telegram.errors import backoff, passes, seconds_of
from adapters.telegram.pages import plain
from adapters.telegram.places import Place
from bot.chat.listening import StateReport
from bot.chat.update_handling import Arrival, Handling, NotUnderstood, UpdateInbox, purge
from bot.domain.ports import Clock
from bot.locales import locale_of, text
from bot.support.retry import Sleep
from bot.support.task_group import task_group

KINDS = (
    "message",
    "channel_post",
    "business_connection",
    "business_message",
    "deleted_business_messages",
    "guest_message",
    "callback_query",
    "pre_checkout_query",
    "my_chat_member",
)
"""All that is handled, and asked for; nothing else is."""
_URGENT = frozenset({"callback_query", "pre_checkout_query"})
_BUSY_SECONDS = 3.0

AnyApplication = Application[Any, Any, Any, Any, Any, Any]
_BEFORE, _FIRST, _THEN = -2, -1, 0


def all_handlers(context: Context) -> dict[int, Sequence[BaseHandler[Any, Any, Any]]]:
    """Return them by group: of each group the first that takes an update has it, and then the next group is asked.

    The buttons come first, and keep to themselves what they took (ApplicationHandlerStop): a reply to the bot may be
    a speaker's name, or a message as any other. notes.py takes all messages that no handler took before it.
    """
    modules = (payments, conversation, members, notes)
    rest = [handler for module in modules for handler in module.handlers(context)]
    return {_BEFORE: buttons.observers(context), _FIRST: buttons.handlers(context), _THEN: rest}


class TelegramRules:
    """Implements bot.chat.update_handling.UpdateRules."""

    def lane_of(self, arrival: Arrival) -> str:
        """Return the chat of an update, and of a business account; a press or a payment waits for no other update."""
        for kind in KINDS:
            content = arrival.body.get(kind)
            if isinstance(content, dict) and kind not in _URGENT:
                chat = content.get("chat")
                number = chat.get("id") if isinstance(chat, dict) else content.get("id")
                return f"{content.get('business_connection_id', '')}:{number}"
        return f"update {arrival.id}"

    def is_urgent(self, arrival: Arrival) -> bool:
        return not _URGENT.isdisjoint(arrival.body)

    def seconds_to_wait(self, error: Exception) -> float | None:
        if isinstance(error, RetryAfter):
            return seconds_of(error)
        return _BUSY_SECONDS if passes(error) else None


class Dispatch:
    """Hands updates to the handlers. What a handler raises comes out of `handle`."""

    def __init__(self, context: Context) -> None:
        self._bot = context.bot
        self._sender = context.sender
        builder = Application.builder().application_class(_Honest).bot(context.bot).updater(None).job_queue(None)
        self._application: AnyApplication = builder.build()
        self._application.add_handlers(all_handlers(context))

    async def open(self) -> None:
        """Prepare the handlers. The bot must know itself already: then nothing is asked of Telegram."""
        await self._application.initialize()

    async def handle(self, arrival: Arrival) -> None:
        """Raises NotUnderstood for what is no update that python-telegram-bot knows."""
        try:
            update = Update.de_json(arrival.body, self._bot)
        except Exception as error:
            raise NotUnderstood from error
        await self._application.process_update(update)

    async def apologise(self, arrival: Arrival) -> None:
        """Tell the chat of an update, or the presser, that it was given up.

        In a business chat nothing is said in its owner's name.
        """
        if isinstance(press := arrival.body.get("callback_query"), dict):
            locale = locale_of(press.get("from", {}).get("language_code"))
            await self._sender.answer_press(str(press.get("id")), text(locale, "given-up"), alert=True)
        elif (place := _place_in(arrival.body)) is not None:
            await self._sender.tell(place, plain(text(place.locale, "given-up")))


class _Honest(AnyApplication):
    """An application that does not keep to itself that a handler failed."""

    async def process_error(self, update: object, error: Exception, *_args: object, **_kwargs: object) -> NoReturn:
        raise error


def _place_in(body: Mapping[str, Any]) -> Place | None:
    """Return the message to which the apology replies; None if there is none. The update may be hard to read."""
    try:
        message = Message.de_json(body.get("message") or body.get("channel_post") or {})
        author = message.from_user
        return Place(
            message.chat.id,
            message.message_id,
            message.message_thread_id if message.is_topic_message else None,
            locale=locale_of(author.language_code if author is not None else None),
            direct=direct_topic_of(message),
        )
    except Exception:  # noqa: BLE001  # PTB may fail in any way: then there is no chat to tell
        return None


_LEAST_SECONDS = 1.0
"""Least time between two polls that bring nothing new: a server need not hold its answers back."""
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

    def __init__(
        self, report: StateReport, sleep: Sleep = asyncio.sleep, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._report = report
        self._sleep = sleep
        self._monotonic = monotonic

    async def listen(self, bot: "ExtBot[None]", keep: Keep) -> None:
        pauses = backoff(self._sleep)
        await pauses.retry(lambda: bot.delete_webhook(drop_pending_updates=False))
        self._report.connected()
        offset: int | None = None
        async with QuietRequest(connection_pool_size=1) as request:
            while True:
                asked_at, may_be_held = self._monotonic(), self._report.state.away_since is None
                try:
                    arrivals = arrivals_of(await self._told(request, bot, offset))
                    await keep(arrivals)
                except Exception as error:  # noqa: BLE001  # nothing is confirmed: what was told is told again
                    await pauses.wait_out(error)
                    continue
                pauses.are_over()
                if arrivals and arrivals[-1].id >= (offset or 0):
                    offset = arrivals[-1].id + 1
                elif may_be_held:
                    await self._sleep(max(0.0, _LEAST_SECONDS - (self._monotonic() - asked_at)))

    async def _told(self, request: HTTPXRequest, bot: "ExtBot[None]", offset: int | None) -> Any:
        """Return the next updates, raw. An answer is not held back while it tells that the connection is back."""
        seconds = POLL_SECONDS if self._report.state.away_since is None else 0
        try:
            told = await _ask(request, bot, offset, seconds)
        except Exception:
            self._report.lost()
            raise
        self._report.connected()
        if told:
            self._report.update_arrived()
        return told


async def _ask(request: HTTPXRequest, bot: "ExtBot[None]", offset: int | None, seconds: int) -> Any:
    """Return the next updates, raw. What stands before the offset is confirmed by this."""
    wanted = {"timeout": seconds, "limit": _MOST, "allowed_updates": json.dumps(KINDS)}
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
