"""The slash commands, made from the conversation's table, and the entries in the menu of every message, under Apps.

Discord is told them in all languages, and only if they changed. An answer to a command is seen by its asker alone.
"""

import asyncio
import hashlib
import json
from collections.abc import Callable, Coroutine
from inspect import Parameter, Signature
from pathlib import Path
from typing import Any

import discord
import structlog
from discord import app_commands
from discord.app_commands import locale_str

from adapters.discord.client import EarmarkClient
from adapters.discord.context import FEATURES, Context, caller_of
from adapters.discord.files import linked_sound, sound_of, sounds_in
from adapters.discord.interaction_replies import answer
from adapters.discord.notes import Taking
from bot.chat.command_options import FIELDS, Field, Suggest, changed
from bot.chat.command_table import Command, Where, commands_of
from bot.chat.pages import Page
from bot.chat.replies import Reply
from bot.chat.user_commands import ANSWERS
from bot.domain.note import Options
from bot.locales import ENGLISH, locale_of, text

log = structlog.get_logger()

_BAD_REQUEST = 400
_MOST_SUGGESTED = 25
_LONGEST_VALUE = 100
_EVERYWHERE = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True)
_FOR_ALL = app_commands.AppInstallationType(guild=True, user=True)
_IN_SERVERS = app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False)
_OF_SERVERS = app_commands.AppInstallationType(guild=True, user=False)

_Used = discord.Interaction[EarmarkClient]
_Callback = Callable[..., Coroutine[Any, Any, None]]
_Tree = app_commands.CommandTree[EarmarkClient]


class Catalogs(app_commands.Translator):
    """Answers from the catalogs. Names of commands stay as they are: users type them and read about them."""

    async def translate(
        self, string: locale_str, locale: discord.Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        key = string.extras.get("key")
        spoken = locale_of(locale.value)
        if key is None or (spoken == ENGLISH and not locale.value.startswith(ENGLISH)):
            return None
        return text(spoken, key)


class CommandsRefused(Exception):
    """Discord does not take the commands; in its own words, and with its number for that."""

    def __init__(self, words: str, code: int) -> None:
        super().__init__(words)
        self.code = code


async def add_commands(tree: _Tree, context: Context, taking: Taking) -> None:
    """Add each command of the table, and the entries of menus. Raises KeyError for one that nothing answers to.

    A recording that a user asks for in a menu is taken, whatever the channel's mode is.
    """

    async def transcribe(interaction: _Used, message: discord.Message) -> None:
        await taking.take(interaction, sounds_in(message), message=message.id)

    async def transcribe_privately(interaction: _Used, message: discord.Message) -> None:
        await taking.take(interaction, sounds_in(message), message=message.id, private=True)

    await tree.set_translator(Catalogs())
    for one in commands_of(FEATURES):
        if one.where == {Where.OPERATOR}:  # all users would see them: operators type them in their own chat
            continue
        act = _transcribe(context, taking) if one.name == "transcribe" else _answering(context, one.name)
        tree.add_command(_made(one, _with_fields(context, one.name, act)))
    for key, callback in (("menu-transcribe", transcribe), ("menu-transcribe-privately", transcribe_privately)):
        entry = app_commands.ContextMenu(
            name=_told(key), callback=callback, allowed_installs=_FOR_ALL, allowed_contexts=_EVERYWHERE
        )
        tree.add_command(entry)


async def tell_commands(tree: _Tree, application: int, remembered: Path) -> None:
    """Tell Discord the commands of a tree. The file `remembered` holds what it was told last.

    Raises CommandsRefused, discord.HTTPException, and what the network raises; safe to repeat.
    """
    wanted = await _fingerprint(tree, application)
    if await asyncio.to_thread(_read, remembered) == wanted:
        return
    try:
        await tree.sync()
    except discord.HTTPException as error:
        if error.status != _BAD_REQUEST:
            raise
        words = [line.strip() for line in str(error).splitlines()]  # they name the command and its field
        raise CommandsRefused(": ".join(words), error.code) from None
    await asyncio.to_thread(remembered.write_text, wanted)
    log.info("discord_commands_told", commands=len(tree.get_commands()))


async def _fingerprint(tree: _Tree, application: int) -> str:
    assert tree.translator is not None, "add_commands sets it"
    commands = tree._get_all_commands(guild=None)  # as sync() does: context menus are not among get_commands()
    payload = [await command.get_translated_payload(tree, tree.translator) for command in commands]
    return hashlib.sha256(json.dumps([application, payload], sort_keys=True).encode()).hexdigest()


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""


def _told(key: str) -> locale_str:
    """Return the text of a key: in English, and translated by `Catalogs`."""
    return locale_str(text(ENGLISH, key), key=key)


def _made(one: Command, callback: _Callback) -> app_commands.Command[Any, ..., None]:
    for_managers = one.where == {Where.ADMIN}
    contexts = _IN_SERVERS if for_managers else _EVERYWHERE
    # A user who manages a server need not manage its channels, and Discord could only ask for both: the command asks.
    return app_commands.Command(
        name=one.name,
        description=_told(f"command-{one.name}"),
        callback=callback,
        allowed_contexts=contexts,
        allowed_installs=_OF_SERVERS if for_managers else _FOR_ALL,
    )


def _with_fields(context: Context, name: str, act: _Callback) -> _Callback:
    """Return a command's callback, whose parameters discord.py makes the command's fields of."""

    async def command(interaction: _Used, **filled: Any) -> None:
        await act(interaction, **filled)

    fields = FIELDS.get(name, ())
    used = Parameter("interaction", Parameter.POSITIONAL_OR_KEYWORD, annotation=_Used)
    command.__signature__ = Signature([used, *map(_parameter, fields)])  # type: ignore[attr-defined]
    callback: _Callback = command
    for field in fields:
        callback = _described(context, callback, field)
    return callback


def _parameter(field: Field) -> Parameter:
    kind = discord.Attachment if field.is_file else str if field.switch is None else bool
    default = Parameter.empty if field.is_needed else None
    return Parameter(field.name, Parameter.KEYWORD_ONLY, default=default, annotation=kind)


def _described(context: Context, callback: _Callback, field: Field) -> _Callback:
    """Describe a field of a callback, with the values that can be chosen, or suggestions."""
    callback = app_commands.describe(**{field.name: _told(f"option-{field.about}")})(callback)
    if field.values:
        shown = [(_told(field.labels + value) if field.labels else value, value) for value in field.values]
        choices = [app_commands.Choice(name=label, value=value) for label, value in shown]
        callback = app_commands.choices(**{field.name: choices})(callback)
    if field.suggest is not None:
        callback = app_commands.autocomplete(**{field.name: _suggesting(context, field.suggest)})(callback)
    return callback


def _suggesting(
    context: Context, suggest: Suggest
) -> Callable[[_Used, str], Coroutine[Any, Any, list[app_commands.Choice[str]]]]:
    async def suggested(interaction: _Used, typed: str) -> list[app_commands.Choice[str]]:
        found = suggest(context.core.catalog, typed, locale_of(interaction.locale.value))
        fitting = [one for one in found if len(one.value) <= _LONGEST_VALUE]
        return [app_commands.Choice(name=one.label, value=one.value) for one in fitting[:_MOST_SUGGESTED]]

    return suggested


def _answering(context: Context, name: str) -> _Callback:
    """Return the act of a command that the conversation answers."""
    answer_to, fields = ANSWERS[name], FIELDS.get(name, ())

    async def command(interaction: _Used, **filled: Any) -> None:
        async def reply() -> Reply:
            typed = [word for field in fields if (word := field.word(filled.get(field.name)))]
            return await answer_to(context.core, await caller_of(context, interaction), typed)

        await answer(context.views, interaction, reply())

    return command


def _transcribe(context: Context, taking: Taking) -> _Callback:
    async def transcribe(
        interaction: _Used,
        file: discord.Attachment | None = None,
        url: str | None = None,
        language: str | None = None,
        model: str | None = None,
        speakers: bool | None = None,
    ) -> None:
        found = (sound_of(file) if file is not None else None, linked_sound(url) if url else None)
        sounds = [sound for sound in found if sound is not None]

        async def how() -> Reply:
            return Reply(Page(text((await caller_of(context, interaction)).locale, "slash-how")))

        def change(chosen: Options) -> Options:
            return changed(context.core.catalog, chosen, language, model, speakers)

        if sounds:
            await taking.take(interaction, sounds, change=change)
        else:
            await answer(context.views, interaction, how())

    return transcribe
