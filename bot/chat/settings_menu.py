"""Settings: the values that hold, the source of each, and below them the other values to choose from.

A platform with menus shows those of a page at once; any other shows a button for each choice, and behind it its values.
Button data: "all", "language" (show its values), "language=es" (choose one), "1" (a page); before it the scope with a
colon, unless it is the caller's first.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from bot.chat import messages
from bot.chat.button_rows import Action, Button, ButtonData, Buttons, Entry, Menu, rows_of
from bot.chat.caller import Caller, Scope
from bot.chat.core import ChatCore
from bot.chat.pages import Page
from bot.chat.replies import Notice, Overwrite, Reply
from bot.domain.catalog import Catalog
from bot.domain.errors import BadOptions
from bot.locales import error_text, language_typed, locale_of, text
from bot.people.preferences import TYPED, Choice, Chosen, offered

SERVER = "server"
"""The word after /setup that means the whole server."""
_CHANNEL = "channel"
_OVERVIEW = "all"
_RESET = "reset"
"""Stands for the value that holds without a choice."""
_ON_A_PAGE = 4
"""Menus under one message, and a row below them that turns the page."""
_CHOICES_IN_A_ROW = 2
_BY_COMMAND = (Choice.LANGUAGE, Choice.MODEL, Choice.SPEAKERS, Choice.FORMAT)


async def show(core: ChatCore, caller: Caller, _words: Sequence[str] = ()) -> Reply:
    """Show the settings of the caller's first scope."""
    scope = caller.scopes[0]
    return _overview(core, caller, scope, await _now(core, scope))


async def set_up(core: ChatCore, caller: Caller, words: Sequence[str]) -> Reply:
    """Show the settings of this channel, or of its whole server, to a caller who may change them."""
    scope = _scope_of(caller, SERVER if SERVER in words else _CHANNEL)
    if scope is None or not scope.may_change:
        return Reply(Page(text(caller.locale, "setup-managers-only")))
    return _overview(core, caller, scope, await _now(core, scope))


async def choose(choice: Choice, core: ChatCore, caller: Caller, words: Sequence[str]) -> Reply:
    """Take a value of the caller's first scope, and show the result; without a value, show those of the choice."""
    scope, value = caller.scopes[0], " ".join(words)
    if not value:
        return _question(core, caller, scope, choice, await _now(core, scope))
    if not scope.may_change:
        return Reply(Page(text(caller.locale, scope.refusal)))
    refused = await _store(core, caller, scope, choice, value)
    return Reply(Page(refused or messages.setting(caller.locale, await _now(core, scope), choice)))


async def pressed(core: ChatCore, caller: Caller, argument: str) -> Notice | Overwrite:
    """Carry out a press of a button or a menu of the settings."""
    scope, what = _parsed(caller, argument)
    name, _, value = what.partition("=")
    if scope is None:
        return Notice(text(caller.locale, "press-unknown"))
    if not scope.may_change:
        return Notice(text(caller.locale, scope.refusal))
    if name == _OVERVIEW or name.isdecimal():
        page = int(name) if name.isdecimal() else 0
        return _over(_overview(core, caller, scope, await _now(core, scope), page))
    choice = next((one for one in _choices(scope) if one.value == name), None)
    if choice is None:
        return Notice(text(caller.locale, "press-unknown"))
    if not value:
        return _over(_question(core, caller, scope, choice, await _now(core, scope)))
    return await _chosen(core, caller, scope, choice, value)


async def _chosen(core: ChatCore, caller: Caller, scope: Scope, choice: Choice, value: str) -> Notice | Overwrite:
    """Take a value, and show the settings as they are after it, in the language that is spoken from now on."""
    refused = await _store(core, caller, scope, choice, value)
    if refused:
        return Notice(refused)
    now = await _now(core, scope)
    if scope == caller.scopes[0]:
        caller = replace(caller, locale=locale_of(now.locale or caller.language))
    page = _choices(scope).index(choice) // _ON_A_PAGE
    notice = "" if caller.can.menus else messages.setting(caller.locale, now, choice)
    return _over(_overview(core, caller, scope, now, page), notice)


async def _store(core: ChatCore, caller: Caller, scope: Scope, choice: Choice, value: str) -> str:
    """Write a choice down; the reason if it cannot be chosen, else ""."""
    if choice is Choice.LANGUAGE:
        value = language_typed(value)
    try:
        await core.preferences.choose(scope.owner, choice, None if value == _RESET else value)
    except BadOptions as error:
        return error_text(caller.locale, error)
    return ""


async def _now(core: ChatCore, scope: Scope) -> Chosen:
    return await core.preferences.of(scope.user, *scope.chats, server=scope.server)


def _parsed(caller: Caller, argument: str) -> tuple[Scope | None, str]:
    """Return the scope and the rest of a button's argument. A value may have a colon in it, a choice has none."""
    name, colon, _ = argument.partition("=")[0].partition(":")
    if not colon:
        return caller.scopes[0], argument
    return _scope_of(caller, name), argument.removeprefix(f"{name}:")


def _scope_of(caller: Caller, name: str) -> Scope | None:
    return next((scope for scope in caller.scopes if scope.name == name), None)


def _choices(scope: Scope) -> list[Choice]:
    """Return the choices of a user, or of a place; in a place the most important one comes first."""
    of_users: list[Choice] = [one for one in Choice if one not in (Choice.MODE, *TYPED)]
    return of_users if scope.user else [Choice.MODE, *of_users]


def _over(shown: Reply, notice: str = "") -> Overwrite:
    return Overwrite(shown.page, shown.buttons, notice)


def _overview(core: ChatCore, caller: Caller, scope: Scope, now: Chosen, page: int = 0) -> Reply:
    lines = [messages.setting(caller.locale, now, choice) for choice in _choices(scope)]
    words = "\n".join([text(caller.locale, scope.title), "", *lines])
    if caller.can.menus:
        return Reply(Page(words), _menus(core.catalog, caller, scope, now, page))
    return Reply(Page(words), _buttons(caller, scope))


def _question(core: ChatCore, caller: Caller, scope: Scope, choice: Choice, now: Chosen) -> Reply:
    """Show one choice: the page of menus that it is on, or all its values with the ways back."""
    if caller.can.menus:
        return _overview(core, caller, scope, now, _choices(scope).index(choice) // _ON_A_PAGE)
    words = f"{messages.setting(caller.locale, now, choice)}\n\n{messages.about(caller.locale, choice)}"
    values = Menu(
        messages.title(caller.locale, choice),
        _data(caller, scope, choice.value),
        _values(core.catalog, caller.locale, choice),
        now.values[choice],
    )
    reset = Button(text(caller.locale, "button-reset"), _data(caller, scope, f"{choice.value}={_RESET}"))
    back = Button(text(caller.locale, "button-back"), _data(caller, scope, _OVERVIEW))
    return Reply(Page(words), (values, (reset, back)))


def _buttons(caller: Caller, scope: Scope) -> Buttons:
    titles = {choice: messages.title(caller.locale, choice) for choice in _choices(scope)}
    buttons = [Button(title, _data(caller, scope, choice.value)) for choice, title in titles.items()]
    return rows_of(buttons, _CHOICES_IN_A_ROW)


def _menus(catalog: Catalog, caller: Caller, scope: Scope, now: Chosen, page: int) -> Buttons:
    choices = _choices(scope)
    pages = -(-len(choices) // _ON_A_PAGE)
    page %= pages
    menus = tuple(
        Menu(
            messages.setting(caller.locale, now, choice),
            _data(caller, scope, choice.value),
            (Entry(text(caller.locale, "button-reset"), _RESET), *_values(catalog, caller.locale, choice)),
            now.values[choice],
        )
        for choice in choices[page * _ON_A_PAGE : (page + 1) * _ON_A_PAGE]
    )
    more = Button(text(caller.locale, "button-more"), _data(caller, scope, str((page + 1) % pages)))
    return (*menus, (more,))


def _values(catalog: Catalog, locale: str, choice: Choice) -> tuple[Entry, ...]:
    return tuple(Entry(messages.value(locale, choice, value), value) for value in offered(choice, catalog))


def _data(caller: Caller, scope: Scope, what: str) -> ButtonData:
    argument = what if scope == caller.scopes[0] else f"{scope.name}:{what}"
    return ButtonData(Action.CHOOSE, argument=argument)


ANSWERS: Mapping[str, Callable[[ChatCore, Caller, Sequence[str]], Awaitable[Reply]]] = {
    "settings": show,
    "setup": set_up,
    **{choice.value: partial(choose, choice) for choice in _BY_COMMAND},
}
"""By the command's name."""
