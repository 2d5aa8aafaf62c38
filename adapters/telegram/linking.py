"""/link and /unlink: one person's accounts on several platforms become one, and part again."""

from collections.abc import Sequence
from typing import Any

from telegram import Update
from telegram.ext import BaseHandler, CommandHandler, filters

from adapters.telegram.callers import Caller, caller_of, message_in
from adapters.telegram.context import Context
from adapters.telegram.pages import plain
from adapters.telegram.places import Handle
from bot.chat import messages
from bot.chat.button_data import Action, ButtonData
from bot.chat.buttons import Button, Buttons, Look
from bot.domain.errors import EarmarkError, NotLinked
from bot.locales import error_text, money, text


def handlers(context: Context) -> list[BaseHandler[Any, Any, Any]]:
    async def link(update: Update, _context: object) -> None:
        message = message_in(update)
        code = " ".join((message.text or "").split()[1:])
        caller = await caller_of(context, message, update.effective_user)
        words, buttons = await _answer(context, caller, code)
        await context.sender.post(caller.place, plain(words), buttons)

    async def unlink(update: Update, _context: object) -> None:
        await _ask(context, await caller_of(context, message_in(update), update.effective_user))

    either = filters.UpdateType.MESSAGE | filters.UpdateType.CHANNEL_POST
    return [CommandHandler("link", link, either), CommandHandler("unlink", unlink, either)]


async def pressed_unlink(context: Context, caller: Caller, handle: Handle) -> str:
    """Yes to the question of /unlink. Returns the words that the presser sees."""
    if not caller.place.private:
        return text(caller.locale, "press-unknown")
    try:
        parted = await context.people.unlink(caller.account)
    except NotLinked as error:
        return error_text(caller.locale, error)
    words = text(caller.locale, "unlink-done", platforms=messages.platforms(parted))
    await context.sender.edit(handle, plain("\n".join([words, *await _balance(context, caller)])))
    return ""


async def pressed_link(context: Context, caller: Caller, handle: Handle, code: str) -> str:
    """Yes to the question of /link. Returns the words that the presser sees."""
    if not caller.place.private:
        return text(caller.locale, "press-unknown")
    try:
        shared = await context.people.link(caller.account, code)
    except EarmarkError as error:
        return error_text(caller.locale, error)
    words = text(caller.locale, "link-done", platforms=messages.platforms(shared))
    await context.sender.edit(handle, plain("\n".join([words, *await _balance(context, caller)])))
    return ""


async def _answer(context: Context, caller: Caller, code: str) -> tuple[str, Buttons]:
    """What is answered to /link: a code; or, to a code, the question whether both accounts are the same person's."""
    if not caller.place.private:
        return await _said_in_a_group(context, caller, code), ()
    try:
        if not code:
            return text(caller.locale, "link-code", code=await context.people.code(caller.account)), ()
        others = await context.people.offer(caller.account, code)
    except EarmarkError as error:
        return error_text(caller.locale, error), ()
    yes = _button(text(caller.locale, "button-link"), ButtonData(Action.LINK, argument=code))
    return await _joining(context, caller, others), yes


async def _said_in_a_group(context: Context, caller: Caller, code: str) -> str:
    """Whoever reads a code there could say it, too."""
    if not code:
        return text(caller.locale, "only-in-private", bot=context.me.username or "")
    await context.people.void(code)
    return text(caller.locale, "link-in-private")


async def _ask(context: Context, caller: Caller) -> None:
    buttons: Buttons = ()
    if not caller.place.private:
        words = text(caller.locale, "only-in-private", bot=context.me.username or "")
    else:
        try:
            words = await _question(context, caller)
            buttons = _button(text(caller.locale, "button-unlink"), ButtonData(Action.UNLINK))
        except NotLinked as error:
            words = error_text(caller.locale, error)
    await context.sender.post(caller.place, plain(words), buttons)


async def _question(context: Context, caller: Caller) -> str:
    leaving = await context.people.leaving(caller.account)
    return messages.parting(caller.locale, caller.account, leaving, await context.people.identities(caller.account))


def _button(label: str, press: ButtonData) -> Buttons:
    return ((Button(label, press, Look.DANGER),),)


async def _joining(context: Context, caller: Caller, others: Sequence[str]) -> str:
    """The question before two accounts become one, which says what goes over to the other."""
    goes = 0 if caller.account in others else (await context.queries.balance(caller.account)).balance
    names = messages.platforms(others)
    return text(caller.locale, "link-ask", platforms=names, micros=max(goes, 0), balance=money(caller.locale, goes))


async def _balance(context: Context, caller: Caller) -> list[str]:
    return messages.balance(caller.locale, await context.queries.balance(caller.account))
