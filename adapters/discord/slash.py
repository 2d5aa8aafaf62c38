"""The slash commands, made from the conversation's table, and the entries in the menu of every message, under Apps.

An answer to a command is seen by its asker alone.
"""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from inspect import Parameter, Signature
from typing import Any

import discord
from discord import app_commands

from adapters.discord.callers import FEATURES, caller_of
from adapters.discord.client import EarmarkClient
from adapters.discord.command_sync import told
from adapters.discord.context import Context
from adapters.discord.interaction_replies import Reply, answer, rendered, words
from adapters.discord.notes import Taking
from adapters.discord.sound import linked_sound, sound_of, sounds_in
from bot.chat.button_rows import Entry
from bot.chat.command_options import changed, suggest_languages, suggest_models
from bot.chat.command_table import Command, Where, commands_of
from bot.chat.settings_menu import SERVER
from bot.chat.user_commands import ANSWERS
from bot.domain.catalog import Catalog
from bot.domain.note import FORMATS, Options
from bot.locales import locale_of, text
from bot.people.access import Role

_MOST_SUGGESTED = 25
_LONGEST_VALUE = 100
_EVERYWHERE = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True)
_FOR_ALL = app_commands.AppInstallationType(guild=True, user=True)
_IN_SERVERS = app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False)
_WITH_THE_BOT = app_commands.AppCommandContext(guild=False, dm_channel=True, private_channel=False)
_OF_SERVERS = app_commands.AppInstallationType(guild=True, user=False)

_Used = discord.Interaction[EarmarkClient]
_Callback = Callable[..., Coroutine[Any, Any, None]]
_Suggest = Callable[[Catalog, str, str], list[Entry]]


@dataclass(frozen=True, slots=True)
class _Field:
    """A field of a command; `option-<about>` in the catalogs describes it."""

    name: str
    about: str
    is_needed: bool = False
    values: tuple[str, ...] = ()
    """The only values that can be chosen; none: any text."""
    labels: str = ""
    """Beginning of the keys of the values' names in the catalogs; "": values are shown as they are."""
    suggest: _Suggest | None = None
    switch: tuple[str, str] | None = None
    """The words of a switch that is on, or off; None: no switch, but text."""

    @property
    def parameter(self) -> Parameter:
        default = Parameter.empty if self.is_needed else None
        kind = str if self.switch is None else bool
        return Parameter(self.name, Parameter.KEYWORD_ONLY, default=default, annotation=kind)

    def word(self, filled: Any) -> str:
        """Return what stands after the command if it is typed; "" for nothing."""
        if self.switch is None or filled is None:
            return filled or ""
        return self.switch[0] if filled else self.switch[1]


_ACCOUNT = _Field("account", "account", is_needed=True)
_FIELDS = {
    "language": (_Field("value", "language", suggest=suggest_languages),),
    "model": (_Field("value", "model", suggest=suggest_models),),
    "speakers": (_Field("value", "speakers", switch=("on", "off")),),
    "format": (_Field("value", "format", values=FORMATS, labels="value-format-"),),
    "setup": (_Field("server", "server", switch=(SERVER, "")),),
    "link": (_Field("code", "code"),),
    "spend": (_Field("month", "month"), _Field("form", "form", values=("csv",))),
    "credit": (_ACCOUNT, _Field("amount", "amount", is_needed=True)),
    "refund": (_Field("what", "refund", is_needed=True), _Field("amount", "amount")),
    "allowance": (_ACCOUNT, _Field("monthly", "monthly", is_needed=True), _Field("daily", "daily")),
    "allow": (_ACCOUNT,),
    "block": (_ACCOUNT,),
    "unblock": (_ACCOUNT,),
    "role": (_ACCOUNT, _Field("role", "role", is_needed=True, values=(Role.OPERATOR.value, Role.USER.value))),
    "pause": (_Field("words", "words"),),
}
"""In the order in which the words stand behind the command if it is typed. Other commands take nothing."""


def add_commands(tree: app_commands.CommandTree[EarmarkClient], context: Context, taking: Taking) -> None:
    """Add each command of the table. Raises KeyError for one that nothing answers to."""
    for one in commands_of(FEATURES):
        callback = _transcribe(context, taking) if one.name == "transcribe" else _answering(context, one.name)
        tree.add_command(_made(one, callback))


def add_menus(tree: app_commands.CommandTree[EarmarkClient], taking: Taking) -> None:
    """Add the two entries. A recording that a user asks for in them is taken, whatever the channel's mode is."""

    async def transcribe(interaction: _Used, message: discord.Message) -> None:
        await taking.take(interaction, sounds_in(message), message=message.id)

    async def transcribe_privately(interaction: _Used, message: discord.Message) -> None:
        await taking.take(interaction, sounds_in(message), message=message.id, private=True)

    for key, callback in (("menu-transcribe", transcribe), ("menu-transcribe-privately", transcribe_privately)):
        entry = app_commands.ContextMenu(
            name=told(key), callback=callback, allowed_installs=_FOR_ALL, allowed_contexts=_EVERYWHERE
        )
        tree.add_command(entry)


def _made(one: Command, callback: _Callback) -> app_commands.Command[Any, ..., None]:
    for_managers = one.where == {Where.ADMIN}
    contexts = _IN_SERVERS if for_managers else _WITH_THE_BOT if one.where == {Where.OPERATOR} else _EVERYWHERE
    # A user who manages a server need not manage its channels, and Discord could only ask for both: the command asks.
    return app_commands.Command(
        name=one.name,
        description=told(f"command-{one.name}"),
        callback=callback,
        allowed_contexts=contexts,
        allowed_installs=_OF_SERVERS if for_managers else _FOR_ALL,
    )


def _answering(context: Context, name: str) -> _Callback:
    """Return a callback that the conversation answers."""
    answer_to, fields = ANSWERS[name], _FIELDS.get(name, ())

    async def command(interaction: _Used, **filled: Any) -> None:
        async def reply() -> Reply:
            typed = [word for field in fields if (word := field.word(filled.get(field.name)))]
            said = await answer_to(context.core, await caller_of(context, interaction), typed)
            return rendered(context.views, said.page, said.buttons)

        await answer(interaction, reply())

    # discord.py makes a command's fields of its callback's parameters.
    used = Parameter("interaction", Parameter.POSITIONAL_OR_KEYWORD, annotation=_Used)
    command.__signature__ = Signature([used, *(field.parameter for field in fields)])  # type: ignore[attr-defined]
    callback: _Callback = command
    for field in fields:
        callback = _described(context, callback, field)
    return callback


def _described(context: Context, callback: _Callback, field: _Field) -> _Callback:
    """Describe a field of a callback, with the values that can be chosen, or suggestions."""
    callback = app_commands.describe(**{field.name: told(f"option-{field.about}")})(callback)
    if field.values:
        shown = [(told(field.labels + value) if field.labels else value, value) for value in field.values]
        choices = [app_commands.Choice(name=label, value=value) for label, value in shown]
        callback = app_commands.choices(**{field.name: choices})(callback)
    if field.suggest is not None:
        callback = app_commands.autocomplete(**{field.name: _suggesting(context, field.suggest)})(callback)
    return callback


def _suggesting(
    context: Context, suggest: _Suggest
) -> Callable[[_Used, str], Coroutine[Any, Any, list[app_commands.Choice[str]]]]:
    async def suggested(interaction: _Used, typed: str) -> list[app_commands.Choice[str]]:
        found = suggest(context.core.catalog, typed, locale_of(interaction.locale.value))
        fitting = [one for one in found if len(one.value) <= _LONGEST_VALUE]
        return [app_commands.Choice(name=one.label, value=one.value) for one in fitting[:_MOST_SUGGESTED]]

    return suggested


def _transcribe(context: Context, taking: Taking) -> _Callback:
    @app_commands.describe(
        file=told("option-file"),
        url=told("option-url"),
        language=told("option-language"),
        model=told("option-model"),
        speakers=told("option-speakers"),
    )
    @app_commands.autocomplete(
        language=_suggesting(context, suggest_languages), model=_suggesting(context, suggest_models)
    )
    async def transcribe(
        interaction: _Used,
        file: discord.Attachment | None = None,
        url: str | None = None,
        language: str | None = None,
        model: str | None = None,
        speakers: bool | None = None,
    ) -> None:
        linked = linked_sound(url) if url else None
        sounds = [*([sound_of(file)] if file is not None else []), *([linked] if linked is not None else [])]

        async def how() -> Reply:
            return words(text((await caller_of(context, interaction)).locale, "slash-how"))

        def change(chosen: Options) -> Options:
            return changed(context.core.catalog, chosen, language, model, speakers)

        if sounds:
            await taking.take(interaction, sounds, change=change)
        else:
            await answer(interaction, how())

    return transcribe
