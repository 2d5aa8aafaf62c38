"""/link and /unlink: one person's accounts on several platforms become one, and part again."""

from collections.abc import Sequence
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import BaseHandler, CommandHandler, filters

from adapters.telegram.callers import Caller, caller_of, message_in
from adapters.telegram.doors import Doors
from adapters.telegram.pages import plain
from adapters.telegram.places import Handle
from bot.chat import messages
from bot.chat.button_data import Action, Press
from bot.domain.errors import EarmarkError, NotLinked
from bot.domain.money import dollars
from bot.locales import say


def handlers(doors: Doors) -> list[BaseHandler[Any, Any, Any]]:
    async def link(update: Update, _context: object) -> None:
        message = message_in(update)
        code = " ".join((message.text or "").split()[1:])
        caller = await caller_of(doors, message, update.effective_user)
        words, buttons = await _answer(doors, caller, code)
        await doors.sender.post(caller.place, plain(words), buttons)

    async def unlink(update: Update, _context: object) -> None:
        await _ask(doors, await caller_of(doors, message_in(update), update.effective_user))

    either = filters.UpdateType.MESSAGE | filters.UpdateType.CHANNEL_POST
    return [CommandHandler("link", link, either), CommandHandler("unlink", unlink, either)]


async def pressed_unlink(doors: Doors, caller: Caller, handle: Handle) -> str:
    """Yes to the question of /unlink. Returns the words that the presser sees."""
    if not caller.place.private:
        return say(caller.tongue, "press-unknown")
    try:
        parted = await doors.people.unlink(caller.account)
    except NotLinked as error:
        return str(error)
    words = say(caller.tongue, "unlink-done", platforms=messages.platforms(parted))
    await doors.sender.edit(handle, plain("\n".join([words, *await _balance(doors, caller)])))
    return ""


async def pressed_link(doors: Doors, caller: Caller, handle: Handle, code: str) -> str:
    """Yes to the question of /link. Returns the words that the presser sees."""
    if not caller.place.private:
        return say(caller.tongue, "press-unknown")
    try:
        shared = await doors.people.link(caller.account, code)
    except EarmarkError as error:
        return str(error)
    words = say(caller.tongue, "link-done", platforms=messages.platforms(shared))
    await doors.sender.edit(handle, plain("\n".join([words, *await _balance(doors, caller)])))
    return ""


async def _answer(doors: Doors, caller: Caller, code: str) -> tuple[str, InlineKeyboardMarkup | None]:
    """What is answered to /link: a code; or, to a code, the question whether both accounts are the same person's."""
    if not caller.place.private:
        return await _said_in_a_group(doors, caller, code), None
    try:
        if not code:
            return say(caller.tongue, "link-code", code=await doors.people.code(caller.account)), None
        others = await doors.people.offer(caller.account, code)
    except EarmarkError as error:
        return str(error), None
    yes = _button(say(caller.tongue, "button-link"), Press(Action.LINK, argument=code))
    return await _joining(doors, caller, others), yes


async def _said_in_a_group(doors: Doors, caller: Caller, code: str) -> str:
    """Whoever reads a code there could say it, too."""
    if not code:
        return say(caller.tongue, "only-in-private", bot=doors.me.username or "")
    await doors.people.void(code)
    return say(caller.tongue, "link-in-private")


async def _ask(doors: Doors, caller: Caller) -> None:
    buttons = None
    if not caller.place.private:
        words = say(caller.tongue, "only-in-private", bot=doors.me.username or "")
    else:
        try:
            words = await _question(doors, caller)
            buttons = _button(say(caller.tongue, "button-unlink"), Press(Action.UNLINK))
        except NotLinked as error:
            words = str(error)
    await doors.sender.post(caller.place, plain(words), buttons)


async def _question(doors: Doors, caller: Caller) -> str:
    leaving = await doors.people.leaving(caller.account)
    return messages.parting(caller.tongue, caller.account, leaving, await doors.people.identities(caller.account))


def _button(label: str, press: Press) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton(label, callback_data=press.pack())]])


async def _joining(doors: Doors, caller: Caller, others: Sequence[str]) -> str:
    """The question before two accounts become one, which says what goes over to the other."""
    goes = 0 if caller.account in others else (await doors.commands.balance(caller.account)).balance
    names = messages.platforms(others)
    return say(caller.tongue, "link-ask", platforms=names, micros=max(goes, 0), balance=dollars(goes))


async def _balance(doors: Doors, caller: Caller) -> list[str]:
    return messages.balance(caller.tongue, await doors.commands.balance(caller.account))
