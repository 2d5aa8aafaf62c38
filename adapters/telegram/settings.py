"""Settings as inline keyboards: what holds and where each value comes from, then what else can be chosen."""

from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import BaseHandler, CommandHandler, filters

from adapters.telegram.businesses import Businesses, owner_of
from adapters.telegram.callers import Caller, caller_of, message_in
from adapters.telegram.doors import Doors
from adapters.telegram.pages import plain
from adapters.telegram.places import Handle, account_of
from bot.chat import messages
from bot.chat.button_data import Action, Press
from bot.domain.errors import BadOptions
from bot.locales import say
from bot.people.preferences import Choice, Chosen, Mode, offered

_BUSINESS = "business"
_BUSINESS_MODES = (Mode.AUTO, Mode.OFF)
_WRITTEN = filters.UpdateType.MESSAGE | filters.UpdateType.CHANNEL_POST
_IN_A_ROW = 3
_OVERVIEW = "all"
_RESET = "reset"
"""Instead of a value: what holds without a choice."""


def handlers(doors: Doors) -> list[BaseHandler[Any, Any, Any]]:
    """/settings shows all of them; the other commands one each, or change it at once: `/language es`."""

    async def all_of_them(update: Update, _context: object) -> None:
        caller = await _caller(doors, update)
        await doors.sender.post(caller.place, plain(_overview(caller)), _menu(caller))

    one_each = {choice.value: choice for choice in (Choice.LANGUAGE, Choice.MODEL, Choice.SPEAKERS, Choice.FORMAT)}
    return [
        CommandHandler("settings", all_of_them, _WRITTEN),
        *(CommandHandler(name, _one(doors, choice), _WRITTEN) for name, choice in one_each.items()),
    ]


def _one(doors: Doors, choice: Choice) -> Callable[[Update, Any], Coroutine[Any, Any, None]]:
    async def handle(update: Update, context: Any) -> None:
        caller = await _caller(doors, update)
        value = " ".join(context.args or ())
        if value and not await _may_change(doors, caller):
            words, buttons = say(caller.tongue, "press-admins-only"), None
        elif value:
            words, buttons = await _chosen(doors, caller, choice, value), None
        else:
            words, buttons = _question(caller, choice), _values(doors, caller, choice)
        await doors.sender.post(caller.place, plain(words), buttons)

    return handle


async def _caller(doors: Doors, update: Update) -> Caller:
    return await caller_of(doors, message_in(update), update.effective_user)


async def _may_change(doors: Doors, caller: Caller) -> bool:
    return caller.place.private or await doors.rights.runs_chat(caller.place.chat, caller.user)


async def _chosen(doors: Doors, caller: Caller, choice: Choice, value: str) -> str:
    """Take a choice; the sentence that says so, or why not."""
    try:
        await doors.preferences.choose(caller.owner, choice, None if value == _RESET else value)
    except BadOptions as error:
        return str(error)
    return messages.setting(caller.tongue, await _now(doors, caller), choice)


async def _now(doors: Doors, caller: Caller) -> Chosen:
    """What holds for the owner of the choices made here."""
    if caller.place.private:
        return await doors.preferences.of(caller.account)
    return await doors.preferences.of("", account_of(caller.place.chat))


async def pressed(doors: Doors, caller: Caller, handle: Handle, argument: str) -> str:
    """A button of the settings: "all", "language" (show its values), or "language=es" (choose one).

    Whoever pressed may change them. Returns the words that the presser sees.
    """
    name, _, value = argument.partition("=")
    if name == _BUSINESS:
        return await _business(doors, caller, handle, value)
    if name == _OVERVIEW:
        await _show_all(doors, caller, handle)
        return ""
    choice = next((one for one in _offered(caller) if one.value == name), None)
    if choice is None:
        return say(caller.tongue, "press-unknown")
    if not value:
        await doors.sender.edit(handle, plain(_question(caller, choice)), _values(doors, caller, choice))
        return ""
    words = await _chosen(doors, caller, choice, value)
    await _show_all(doors, caller, handle)
    return words


def business_choices(tongue: str, connection_id: str) -> InlineKeyboardMarkup:
    """What can happen to voice messages in the chats of somebody who connected the bot."""
    return InlineKeyboardMarkup(
        [
            [
                _button(say(tongue, f"value-mode-{mode.value}"), f"{_BUSINESS}={connection_id}={mode.value}")
                for mode in _BUSINESS_MODES
            ]
        ]
    )


async def _business(doors: Doors, caller: Caller, handle: Handle, value: str) -> str:
    """Only who connected the bot chooses for that connection."""
    connection_id, _, mode = value.rpartition("=")
    connection = await Businesses(doors.bot, doors.clock).find(connection_id)
    if connection is None or connection.user.id != caller.user or mode not in _BUSINESS_MODES:
        return say(caller.tongue, "press-unknown")
    await doors.preferences.choose(owner_of(connection_id), Choice.MODE, mode)
    words = f"{say(caller.tongue, 'setting-mode-business')}: {say(caller.tongue, f'value-mode-{mode}')}"
    await doors.sender.edit(handle, plain(words), business_choices(caller.tongue, connection_id))
    return ""


async def _show_all(doors: Doors, caller: Caller, handle: Handle) -> None:
    chosen = await _now(doors, caller)
    await doors.sender.edit(handle, plain(_overview(caller, chosen)), _menu(caller))


def _offered(caller: Caller) -> list[Choice]:
    return [one for one in Choice if one is not Choice.MODE or not caller.place.private]


def _overview(caller: Caller, chosen: Chosen | None = None) -> str:
    lines = [messages.setting(caller.tongue, chosen or caller.chosen, choice) for choice in _offered(caller)]
    title = "settings-own" if caller.place.private else "settings-chat"
    return "\n".join([say(caller.tongue, title), "", *lines])


def _question(caller: Caller, choice: Choice) -> str:
    return f"{messages.setting(caller.tongue, caller.chosen, choice)}\n\n{messages.about(caller.tongue, choice)}"


def _menu(caller: Caller) -> InlineKeyboardMarkup:
    names = {one: messages.title(caller.tongue, one) for one in _offered(caller)}
    return _rows((_button(name, choice.value) for choice, name in names.items()), 2)


def _values(doors: Doors, caller: Caller, choice: Choice) -> InlineKeyboardMarkup:
    """Every value of a choice as a button, the one that holds marked, and the ways back."""
    holds = caller.chosen.values[choice]
    buttons = [
        _button(
            ("✓ " if value == holds else "") + messages.value(caller.tongue, choice, value), f"{choice.value}={value}"
        )
        for value in _possible(doors, choice)
    ]
    rows = [list(row) for row in _rows(buttons, _IN_A_ROW).inline_keyboard]
    reset = _button(say(caller.tongue, "button-reset"), f"{choice.value}={_RESET}")
    return InlineKeyboardMarkup([*rows, [reset, _button(say(caller.tongue, "button-back"), _OVERVIEW)]])


def _possible(doors: Doors, choice: Choice) -> list[str]:
    return [value for value in offered(choice, doors.catalog) if _fits(f"{choice.value}={value}")]


def _fits(argument: str) -> bool:
    """Whether a button can hold it; a model with a longer name is chosen by writing it."""
    try:
        Press(Action.CHOOSE, argument=argument).pack()
    except ValueError:
        return False
    return True


def _button(label: str, argument: str) -> InlineKeyboardButton:
    return InlineKeyboardButton(label, callback_data=Press(Action.CHOOSE, argument=argument).pack())


def _rows(buttons: Iterable[InlineKeyboardButton], width: int) -> InlineKeyboardMarkup:
    given = list(buttons)
    return InlineKeyboardMarkup([given[start : start + width] for start in range(0, len(given), width)])
