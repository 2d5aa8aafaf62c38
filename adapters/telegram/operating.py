"""The commands of those who run the service, in their own chat with the bot."""

from collections.abc import Callable, Coroutine
from typing import Any

from telegram import Update
from telegram.ext import BaseHandler, CommandHandler, filters

from adapters.telegram.callers import Caller, caller_of, message_in
from adapters.telegram.context import Context
from adapters.telegram.pages import caption, plain
from adapters.telegram.places import PLATFORM
from bot.chat.command_table import TELEGRAM, operators_commands
from bot.chat.operator_commands import Request
from bot.locales import text

_Handle = Callable[[Update, object], Coroutine[Any, Any, None]]


def handlers(context: Context) -> list[BaseHandler[Any, Any, Any]]:
    """One for each of the table."""
    either = filters.UpdateType.MESSAGE | filters.UpdateType.CHANNEL_POST
    return [CommandHandler(one.name, _obeying(context, one.name), either) for one in operators_commands(TELEGRAM)]


def _obeying(context: Context, command: str) -> _Handle:
    async def handle(update: Update, _context: object) -> None:
        message = message_in(update)
        caller = await caller_of(context, message, update.effective_user)
        if caller.place.private:
            await _obey(context, caller, command, (message.text or "").split()[1:])
        else:  # what is answered is for no group's eyes
            await context.sender.post(caller.place, plain(text(caller.locale, "operators-only")))

    return handle


async def _obey(context: Context, caller: Caller, command: str, words: list[str]) -> None:
    ref = f"{PLATFORM}:{caller.place.chat}:{caller.place.message}"
    told = await context.operators.answer(command, Request(caller.account, caller.locale, ref, words))
    if told.file is None:
        await context.sender.post(caller.place, plain(told.text))
    else:
        await context.sender.send_file(caller.place, *told.file, caption(told.text))
