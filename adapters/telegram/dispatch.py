"""Which handler an update goes to: all of them, in the order in which they are asked."""

from typing import Any, NoReturn

from telegram import Update
from telegram.ext import Application, BaseHandler

from adapters.telegram import buttons, commands, members, notes, payments, settings
from adapters.telegram.doors import Doors
from adapters.telegram.handling import NotUnderstood
from bot.inbox import Arrival

AnyApplication = Application[Any, Any, Any, Any, Any, Any]


def all_handlers(doors: Doors) -> list[BaseHandler[Any, Any, Any]]:
    """The first that takes an update has it; notes.py takes all messages that nobody took before it."""
    modules = (payments, commands, buttons, settings, members, notes)
    return [handler for module in modules for handler in module.handlers(doors)]


class Dispatch:
    """Hands updates to the handlers. What a handler raises comes out of `handle`."""

    def __init__(self, doors: Doors) -> None:
        self._bot = doors.bot
        builder = Application.builder().application_class(_Honest).bot(doors.bot).updater(None).job_queue(None)
        self._application: AnyApplication = builder.build()
        self._application.add_handlers(all_handlers(doors))

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


class _Honest(AnyApplication):
    """One that does not keep to itself that a handler failed."""

    async def process_error(self, update: object, error: Exception, *_args: object, **_kwargs: object) -> NoReturn:
        raise error
