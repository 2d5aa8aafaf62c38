"""Which handler an update goes to: all of them, in the order in which they are asked."""

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from telegram import Message, Update
from telegram.ext import Application, BaseHandler

from adapters.telegram import buttons, conversation, members, notes, payments
from adapters.telegram.context import Context
from adapters.telegram.handling import NotUnderstood
from adapters.telegram.pages import plain
from adapters.telegram.places import Place
from bot.chat.update_inbox import Arrival
from bot.locales import locale_of, text

AnyApplication = Application[Any, Any, Any, Any, Any, Any]
_FIRST, _THEN = -1, 0


def all_handlers(context: Context) -> dict[int, Sequence[BaseHandler[Any, Any, Any]]]:
    """By group: of each group the first that takes an update has it, and after that the next group is asked.

    The buttons come first, and keep to themselves what they took (ApplicationHandlerStop): a reply to the bot may be
    a speaker's name, or a message as any other. notes.py takes all messages that nobody took before it.
    """
    modules = (payments, conversation, members, notes)
    rest = [handler for module in modules for handler in module.handlers(context)]
    return {_FIRST: buttons.handlers(context), _THEN: rest}


class Dispatch:
    """Hands updates to the handlers. What a handler raises comes out of `handle`."""

    def __init__(self, context: Context) -> None:
        self._bot = context.bot
        self._sender = context.sender
        builder = Application.builder().application_class(_Honest).bot(context.bot).updater(None).job_queue(None)
        self._application: AnyApplication = builder.build()
        self._application.add_handlers(all_handlers(context))

    async def open(self) -> None:
        """The bot must know itself already: then nothing is asked of Telegram."""
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
    """One that does not keep to itself that a handler failed."""

    async def process_error(self, update: object, error: Exception, *_args: object, **_kwargs: object) -> NoReturn:
        raise error


def _place_in(body: Mapping[str, Any]) -> Place | None:
    """Under which message of a person's, a group's or a channel's it is to be said. The update may be hard to read."""
    try:
        message = Message.de_json(body.get("message") or body.get("channel_post") or {})
        author = message.from_user
        return Place(
            message.chat.id,
            message.message_id,
            message.message_thread_id if message.is_topic_message else None,
            locale=locale_of(author.language_code if author is not None else None),
        )
    except Exception:  # noqa: BLE001  # whatever PTB makes of it: then there is no chat to tell
        return None
