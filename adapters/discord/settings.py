"""Settings as menus: what holds and where each value comes from, and below it what else can be chosen.

A person's own are told and changed with /settings; a channel's or a server's with /setup, by those who manage it.
"""

from typing import Any

import discord
from discord.ui import View

from adapters.discord.callers import Caller, caller_of
from adapters.discord.doors import Doors
from adapters.discord.places import channel_owner, server_owner
from adapters.discord.replying import Reply, words
from adapters.discord.rights import may_set_channel, may_set_server
from bot.chat import messages
from bot.chat.button_data import Action, Press
from bot.domain.errors import BadOptions
from bot.locales import say
from bot.people.preferences import Choice, Chosen, offered

RESET = "reset"
"""Instead of a value: what holds without a choice."""
_OWN, _CHANNEL, _SERVER = "own", "channel", "server"
_TITLES = {_OWN: "settings-own", _CHANNEL: "settings-channel", _SERVER: "settings-server"}
_ON_A_PAGE = 4
"""Menus: Discord shows five rows, and one is for turning the page."""
_LONGEST_VALUE = 100


async def own_settings(doors: Doors, caller: Caller) -> Reply:
    """/settings."""
    return await _shown(doors, caller, _OWN, 0)


async def setup(doors: Doors, interaction: discord.Interaction[Any], caller: Caller, whole_server: bool) -> Reply:
    """/setup: of this channel, or of the whole server."""
    scope = _SERVER if whole_server else _CHANNEL
    if not _may_change(interaction, scope):
        return words(say(caller.tongue, "setup-managers-only"))
    return await _shown(doors, caller, scope, 0)


async def choose_own(doors: Doors, caller: Caller, choice: Choice, value: str) -> Reply:
    """Take one of a person's own choices, and say so, or why not."""
    try:
        await doors.preferences.choose(caller.account, choice, None if value == RESET else value)
    except BadOptions as error:
        return words(str(error))
    return words(messages.setting(caller.tongue, await doors.preferences.of(caller.account), choice))


async def pressed(doors: Doors, interaction: discord.Interaction[Any], argument: str, value: str) -> Reply:
    """A menu's choice ("own:language", with a value) or a page ("own:1"): the settings as they are after it."""
    caller = await caller_of(doors, interaction)
    scope, _, what = argument.partition(":")
    if scope not in _TITLES or (scope != _OWN and not caller.guild):
        return words(say(caller.tongue, "press-unknown"))
    if not _may_change(interaction, scope):
        return words(say(caller.tongue, "setup-managers-only"))
    if what.isdecimal():
        return await _shown(doors, caller, scope, int(what))
    choice = next((one for one in _of(scope) if one.value == what), None)
    if choice is None:
        return words(say(caller.tongue, "press-unknown"))
    try:
        await doors.preferences.choose(_owner(caller, scope), choice, None if value == RESET else value)
    except BadOptions as error:
        return words(str(error))
    caller = await caller_of(doors, interaction)  # who may be spoken to in another language from now on
    return await _shown(doors, caller, scope, _of(scope).index(choice) // _ON_A_PAGE)


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


async def _now(doors: Doors, caller: Caller, scope: str) -> Chosen:
    if scope == _OWN:
        return await doors.preferences.of(caller.account)
    if scope == _SERVER:
        return await doors.preferences.of("", server=server_owner(caller.guild))
    return await doors.preferences.of("", *caller.chats, server=server_owner(caller.guild))


async def _shown(doors: Doors, caller: Caller, scope: str, page: int) -> Reply:
    chosen, tongue = await _now(doors, caller, scope), caller.tongue
    lines = [messages.setting(tongue, chosen, choice) for choice in _of(scope)]
    return words("\n".join([say(tongue, _TITLES[scope]), "", *lines]), _menus(doors, caller, scope, page, chosen))


def _menus(doors: Doors, caller: Caller, scope: str, page: int, chosen: Chosen) -> View:
    choices, tongue = _of(scope), caller.tongue
    start = page * _ON_A_PAGE % len(choices) // _ON_A_PAGE * _ON_A_PAGE
    shown = choices[start : start + _ON_A_PAGE]
    view = doors.views.menus(
        (Press(Action.CHOOSE, argument=f"{scope}:{choice.value}"), _entries(doors, caller, choice), title)
        for choice, title in ((one, messages.setting(tongue, chosen, one)) for one in shown)
    )
    further = (start // _ON_A_PAGE + 1) % -(-len(choices) // _ON_A_PAGE)
    return doors.views.with_button(
        view, say(tongue, "button-more"), Press(Action.CHOOSE, argument=f"{scope}:{further}")
    )


def _entries(doors: Doors, caller: Caller, choice: Choice) -> list[tuple[str, str]]:
    """What can be chosen (label, value): first what holds without a choice."""
    values = [value for value in offered(choice, doors.catalog) if len(value) <= _LONGEST_VALUE]
    named = [(messages.value(caller.tongue, choice, value), value) for value in values]
    return [(say(caller.tongue, "button-reset"), RESET), *named]
