"""Handlers of updates, in the order in which they are asked, and the rules for updates that wait for each other."""

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from telegram import Message, Update
from telegram.error import RetryAfter
from telegram.ext import Application, BaseHandler

from adapters.telegram import buttons, conversation, members, notes, payments
from adapters.telegram.context import Context
from adapters.telegram.errors import passes, seconds_of
from adapters.telegram.pages import plain
from adapters.telegram.places import Place
from bot.chat.update_handling import NotUnderstood
from bot.chat.update_inbox import Arrival
from bot.locales import locale_of, text

KINDS = (
    "message",
    "channel_post",
    "business_connection",
    "business_message",
    "guest_message",
    "callback_query",
    "pre_checkout_query",
    "my_chat_member",
)
"""All that is handled, and asked for; nothing else is."""
_URGENT = frozenset({"callback_query", "pre_checkout_query"})
_BUSY_SECONDS = 3.0

AnyApplication = Application[Any, Any, Any, Any, Any, Any]
_FIRST, _THEN = -1, 0


def all_handlers(context: Context) -> dict[int, Sequence[BaseHandler[Any, Any, Any]]]:
    """Return them by group: of each group the first that takes an update has it, and then the next group is asked.

    The buttons come first, and keep to themselves what they took (ApplicationHandlerStop): a reply to the bot may be
    a speaker's name, or a message as any other. notes.py takes all messages that no handler took before it.
    """
    modules = (payments, conversation, members, notes)
    rest = [handler for module in modules for handler in module.handlers(context)]
    return {_FIRST: buttons.handlers(context), _THEN: rest}


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
        """Tell the chat of an update that it was given up. In a business chat nothing is said in its owner's name."""
        place = _place_in(arrival.body)
        if place is not None:
            await self._sender.post(place, plain(text(place.locale, "given-up")))


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
        )
    except Exception:  # noqa: BLE001  # PTB may fail in any way: then there is no chat to tell
        return None
