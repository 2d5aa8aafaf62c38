"""Settings as menus: what holds and where each value comes from, and below it what else can be chosen.

A person's own are told and changed with /settings; a channel's or a server's with /setup, by those who manage it.
"""

from typing import Any

import discord
from discord.ui import View

from adapters.discord.callers import Caller, caller_of
from adapters.discord.context import Context
from adapters.discord.interaction_replies import Reply, words
from adapters.discord.places import channel_owner, server_owner
from adapters.discord.rights import may_set_channel, may_set_server
from bot.chat import messages
from bot.chat.button_data import Action, ButtonData
from bot.chat.buttons import Button, Entry, Menu
from bot.domain.errors import BadOptions
from bot.locales import error_text, text
from bot.people.preferences import Choice, Chosen, offered

RESET = "reset"
"""Instead of a value: what holds without a choice."""
_OWN, _CHANNEL, _SERVER = "own", "channel", "server"
_TITLES = {_OWN: "settings-own", _CHANNEL: "settings-channel", _SERVER: "settings-server"}
_ON_A_PAGE = 4
"""Menus: Discord shows five rows, and one is for turning the page."""


async def own_settings(context: Context, caller: Caller) -> Reply:
    """/settings."""
    return await _shown(context, caller, _OWN, 0)


async def setup(context: Context, interaction: discord.Interaction[Any], caller: Caller, whole_server: bool) -> Reply:
    """/setup: of this channel, or of the whole server."""
    scope = _SERVER if whole_server else _CHANNEL
    if not _may_change(interaction, scope):
        return words(text(caller.locale, "setup-managers-only"))
    return await _shown(context, caller, scope, 0)


async def choose_own(context: Context, caller: Caller, choice: Choice, value: str) -> Reply:
    """Take one of a person's own choices, and say so, or why not."""
    try:
        await context.preferences.choose(caller.account, choice, None if value == RESET else value)
    except BadOptions as error:
        return words(error_text(caller.locale, error))
    return words(messages.setting(caller.locale, await context.preferences.of(caller.account), choice))


async def pressed(context: Context, interaction: discord.Interaction[Any], argument: str, value: str) -> Reply:
    """A menu's choice ("own:language", with a value) or a page ("own:1"): the settings as they are after it."""
    caller = await caller_of(context, interaction)
    scope, _, what = argument.partition(":")
    if scope not in _TITLES or (scope != _OWN and not caller.guild):
        return words(text(caller.locale, "press-unknown"))
    if not _may_change(interaction, scope):
        return words(text(caller.locale, "setup-managers-only"))
    if what.isdecimal():
        return await _shown(context, caller, scope, int(what))
    choice = next((one for one in _of(scope) if one.value == what), None)
    if choice is None:
        return words(text(caller.locale, "press-unknown"))
    try:
        await context.preferences.choose(_owner(caller, scope), choice, None if value == RESET else value)
    except BadOptions as error:
        return words(error_text(caller.locale, error))
    caller = await caller_of(context, interaction)  # who may be spoken to in another language from now on
    return await _shown(context, caller, scope, _of(scope).index(choice) // _ON_A_PAGE)


def _may_change(interaction: discord.Interaction[Any], scope: str) -> bool:
    if scope == _OWN:
        return True
    return may_set_server(interaction.permissions) if scope == _SERVER else may_set_channel(interaction.permissions)


def _owner(caller: Caller, scope: str) -> str:
    return {
        _OWN: caller.account,
        _CHANNEL: channel_owner(caller.channel),
        _SERVER: server_owner(caller.guild),
    }[scope]


def _of(scope: str) -> list[Choice]:
    """The choices of a person, or of a place; what matters most there comes first."""
    if scope == _OWN:
        return [one for one in Choice if one is not Choice.MODE]
    return [Choice.MODE, *(one for one in Choice if one is not Choice.MODE)]


async def _now(context: Context, caller: Caller, scope: str) -> Chosen:
    if scope == _OWN:
        return await context.preferences.of(caller.account)
    if scope == _SERVER:
        return await context.preferences.of("", server=server_owner(caller.guild))
    return await context.preferences.of("", *caller.chats, server=server_owner(caller.guild))


async def _shown(context: Context, caller: Caller, scope: str, page: int) -> Reply:
    chosen, locale = await _now(context, caller, scope), caller.locale
    lines = [messages.setting(locale, chosen, choice) for choice in _of(scope)]
    return words("\n".join([text(locale, _TITLES[scope]), "", *lines]), _menus(context, caller, scope, page, chosen))


def _menus(context: Context, caller: Caller, scope: str, page: int, chosen: Chosen) -> View:
    choices, locale = _of(scope), caller.locale
    start = page * _ON_A_PAGE % len(choices) // _ON_A_PAGE * _ON_A_PAGE
    shown = choices[start : start + _ON_A_PAGE]
    menus = tuple(
        Menu(
            messages.setting(locale, chosen, choice),
            ButtonData(Action.CHOOSE, argument=f"{scope}:{choice.value}"),
            _entries(context, caller, choice),
            chosen.values[choice],
        )
        for choice in shown
    )
    further = (start // _ON_A_PAGE + 1) % -(-len(choices) // _ON_A_PAGE)
    more = Button(text(locale, "button-more"), ButtonData(Action.CHOOSE, argument=f"{scope}:{further}"))
    return context.views.of((*menus, (more,)))


def _entries(context: Context, caller: Caller, choice: Choice) -> tuple[Entry, ...]:
    """Return what can be chosen: first the value that holds without a choice."""
    named = (Entry(messages.value(caller.locale, choice, value), value) for value in offered(choice, context.catalog))
    return (Entry(text(caller.locale, "button-reset"), RESET), *named)
