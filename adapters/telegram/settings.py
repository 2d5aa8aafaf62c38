"""Settings as inline keyboards: what holds and where each value comes from, then what else can be chosen."""

from collections.abc import Callable, Coroutine
from typing import Any

from telegram import Update
from telegram.ext import BaseHandler, CommandHandler, filters

from adapters.telegram.businesses import Businesses, owner_of
from adapters.telegram.callers import Caller, caller_of, message_in
from adapters.telegram.context import Context
from adapters.telegram.pages import plain
from adapters.telegram.places import Handle, account_of
from bot.chat import messages
from bot.chat.button_data import Action, ButtonData
from bot.chat.buttons import Button, Buttons, Entry, Menu, rows_of
from bot.domain.errors import BadOptions
from bot.locales import error_text, text
from bot.people.preferences import Choice, Chosen, Mode, offered

_BUSINESS = "business"
_BUSINESS_MODES = (Mode.AUTO, Mode.OFF)
_WRITTEN = filters.UpdateType.MESSAGE | filters.UpdateType.CHANNEL_POST
_OVERVIEW = "all"
_RESET = "reset"
"""Instead of a value: what holds without a choice."""


def handlers(context: Context) -> list[BaseHandler[Any, Any, Any]]:
    """/settings shows all of them; the other commands one each, or change it at once: `/language es`."""

    async def all_of_them(update: Update, _context: object) -> None:
        caller = await _caller(context, update)
        await context.sender.post(caller.place, plain(_overview(caller)), _menu(caller))

    one_each = {choice.value: choice for choice in (Choice.LANGUAGE, Choice.MODEL, Choice.SPEAKERS, Choice.FORMAT)}
    return [
        CommandHandler("settings", all_of_them, _WRITTEN),
        *(CommandHandler(name, _one(context, choice), _WRITTEN) for name, choice in one_each.items()),
    ]


def _one(context: Context, choice: Choice) -> Callable[[Update, Any], Coroutine[Any, Any, None]]:
    async def handle(update: Update, called: Any) -> None:
        caller = await _caller(context, update)
        value = " ".join(called.args or ())
        buttons: Buttons = ()
        if value and not await _may_change(context, caller):
            words = text(caller.locale, "press-admins-only")
        elif value:
            words = await _chosen(context, caller, choice, value)
        else:
            words, buttons = _question(caller, choice), _values(context, caller, choice)
        await context.sender.post(caller.place, plain(words), buttons)

    return handle


async def _caller(context: Context, update: Update) -> Caller:
    return await caller_of(context, message_in(update), update.effective_user)


async def _may_change(context: Context, caller: Caller) -> bool:
    return caller.place.private or await context.rights.is_chat_admin(caller.place.chat, caller.user)


async def _chosen(context: Context, caller: Caller, choice: Choice, value: str) -> str:
    """Take a choice; the sentence that says so, or why not."""
    try:
        await context.preferences.choose(caller.owner, choice, None if value == _RESET else value)
    except BadOptions as error:
        return error_text(caller.locale, error)
    return messages.setting(caller.locale, await _now(context, caller), choice)


async def _now(context: Context, caller: Caller) -> Chosen:
    """What holds for the owner of the choices made here."""
    if caller.place.private:
        return await context.preferences.of(caller.account)
    return await context.preferences.of("", account_of(caller.place.chat))


async def pressed(context: Context, caller: Caller, handle: Handle, argument: str) -> str:
    """A button of the settings: "all", "language" (show its values), or "language=es" (choose one).

    Whoever pressed may change them. Returns the words that the presser sees.
    """
    name, _, value = argument.partition("=")
    if name == _BUSINESS:
        return await _business(context, caller, handle, value)
    if name == _OVERVIEW:
        await _show_all(context, caller, handle)
        return ""
    choice = next((one for one in _offered(caller) if one.value == name), None)
    if choice is None:
        return text(caller.locale, "press-unknown")
    if not value:
        await context.sender.edit(handle, plain(_question(caller, choice)), _values(context, caller, choice))
        return ""
    words = await _chosen(context, caller, choice, value)
    await _show_all(context, caller, handle)
    return words


def business_choices(locale: str, connection_id: str) -> Buttons:
    """Return the choices for voice messages in the chats of a user who connected the bot."""
    return (
        tuple(
            _button(text(locale, f"value-mode-{mode.value}"), f"{_BUSINESS}={connection_id}={mode.value}")
            for mode in _BUSINESS_MODES
        ),
    )


async def _business(context: Context, caller: Caller, handle: Handle, value: str) -> str:
    """Only who connected the bot chooses for that connection."""
    connection_id, _, mode = value.rpartition("=")
    connection = await Businesses(context.bot, context.clock).find(connection_id)
    if connection is None or connection.user.id != caller.user or mode not in _BUSINESS_MODES:
        return text(caller.locale, "press-unknown")
    await context.preferences.choose(owner_of(connection_id), Choice.MODE, mode)
    words = f"{text(caller.locale, 'setting-mode-business')}: {text(caller.locale, f'value-mode-{mode}')}"
    await context.sender.edit(handle, plain(words), business_choices(caller.locale, connection_id))
    return ""


async def _show_all(context: Context, caller: Caller, handle: Handle) -> None:
    chosen = await _now(context, caller)
    await context.sender.edit(handle, plain(_overview(caller, chosen)), _menu(caller))


def _offered(caller: Caller) -> list[Choice]:
    return [one for one in Choice if one is not Choice.MODE or not caller.place.private]


def _overview(caller: Caller, chosen: Chosen | None = None) -> str:
    lines = [messages.setting(caller.locale, chosen or caller.chosen, choice) for choice in _offered(caller)]
    title = "settings-own" if caller.place.private else "settings-chat"
    return "\n".join([text(caller.locale, title), "", *lines])


def _question(caller: Caller, choice: Choice) -> str:
    return f"{messages.setting(caller.locale, caller.chosen, choice)}\n\n{messages.about(caller.locale, choice)}"


def _menu(caller: Caller) -> Buttons:
    names = {one: messages.title(caller.locale, one) for one in _offered(caller)}
    return rows_of([_button(name, choice.value) for choice, name in names.items()], 2)


def _values(context: Context, caller: Caller, choice: Choice) -> Buttons:
    """Return every value of a choice, the one that holds marked, and the ways back.

    A model whose name is too long for a button is chosen by writing it.
    """
    entries = tuple(
        Entry(messages.value(caller.locale, choice, value), value) for value in offered(choice, context.catalog)
    )
    data = ButtonData(Action.CHOOSE, argument=choice.value)
    values = Menu(messages.title(caller.locale, choice), data, entries, caller.chosen.values[choice])
    reset = _button(text(caller.locale, "button-reset"), f"{choice.value}={_RESET}")
    return (values, (reset, _button(text(caller.locale, "button-back"), _OVERVIEW)))


def _button(label: str, argument: str) -> Button:
    return Button(label, ButtonData(Action.CHOOSE, argument=argument))
