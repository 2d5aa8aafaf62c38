"""The slash commands, made from the core's table: what each takes, and what it answers, seen by its asker alone."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import discord
from discord import app_commands

from adapters.discord import linking, operating, settings
from adapters.discord.callers import Caller, caller_of
from adapters.discord.client import EarmarkClient
from adapters.discord.context import Context
from adapters.discord.interaction_replies import Reply, answer, words
from adapters.discord.localization import told
from adapters.discord.menus import EVERYWHERE, FOR_ALL
from adapters.discord.notes import Taking
from adapters.discord.pages import plain
from adapters.discord.sound import linked_sound, sound_of
from bot.chat import messages
from bot.chat.button_data import Action, ButtonData
from bot.chat.buttons import Button, Entry, Look, Menu
from bot.chat.command_table import DISCORD, Command, Where, commands_of
from bot.chat.pages import File
from bot.domain.catalog import Catalog
from bot.domain.languages import NAMES, english_name, normalise_language
from bot.domain.note import FORMATS, Options
from bot.locales import language_name, language_title, locale_of, text
from bot.people.preferences import Choice, with_speakers

_RECENT = 5
_MOST_JOBS = 20
_MOST_SUGGESTED = 25
_LONGEST_VALUE = 100
_IN_SERVERS = app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False)
_WITH_THE_BOT = app_commands.AppCommandContext(guild=False, dm_channel=True, private_channel=False)
_OF_SERVERS = app_commands.AppInstallationType(guild=True, user=False)

_Used = discord.Interaction[EarmarkClient]
_Callback = Callable[..., Coroutine[Any, Any, None]]
_Suggested = list[app_commands.Choice[str]]


def add_commands(tree: app_commands.CommandTree[EarmarkClient], context: Context, taking: Taking) -> None:
    """One for each of the table. A command of the table that nothing answers to is a KeyError."""
    answers = {
        **_about_notes(context, taking),
        **_that_choose(context),
        **_that_sets_places(context),
        **_that_tell(context),
        **_that_link(context),
    }
    answers |= operating.callbacks(context)
    for one in commands_of(DISCORD):
        tree.add_command(_made(one, answers[one.name]))


def _made(one: Command, callback: _Callback) -> app_commands.Command[Any, ..., None]:
    for_managers = one.where == {Where.ADMIN}
    contexts = _IN_SERVERS if for_managers else _WITH_THE_BOT if one.where == {Where.OPERATOR} else EVERYWHERE
    # Whoever manages a server need not manage its channels, and Discord could only ask for both: the command asks.
    return app_commands.Command(
        name=one.name,
        description=told(f"command-{one.name}"),
        callback=callback,
        allowed_contexts=contexts,
        allowed_installs=_OF_SERVERS if for_managers else FOR_ALL,
    )


def _telling(context: Context, make: Callable[[Caller], Coroutine[Any, Any, Reply]]) -> _Callback:
    """A command without anything to fill in."""

    async def command(interaction: _Used) -> None:
        async def reply() -> Reply:
            return await make(await caller_of(context, interaction))

        await answer(interaction, reply())

    return command


def _about_notes(context: Context, taking: Taking) -> dict[str, _Callback]:
    @app_commands.describe(
        file=told("option-file"),
        url=told("option-url"),
        language=told("option-language"),
        model=told("option-model"),
        speakers=told("option-speakers"),
    )
    @app_commands.autocomplete(language=_languages(context), model=_models(context))
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
            return _changed(context.catalog, chosen, language, model, speakers)

        if sounds:
            await taking.take(interaction, sounds, change=change)
        else:
            await answer(interaction, how())

    async def cancel(caller: Caller) -> Reply:
        mine = await context.queries.unfinished_notes(caller.account)
        for note_id in mine:
            await context.intake.cancel(note_id)
        return words(text(caller.locale, "cancelling", notes=len(mine)))

    return {"transcribe": transcribe, "cancel": _telling(context, cancel)}


def _that_choose(context: Context) -> dict[str, _Callback]:
    """Those that change settings; without a value they show all of them."""

    async def choose(interaction: _Used, choice: Choice, value: str | None) -> None:
        async def reply() -> Reply:
            caller = await caller_of(context, interaction)
            if value is None:
                return await settings.own_settings(context, caller)
            return await settings.choose_own(context, caller, choice, value)

        await answer(interaction, reply())

    @app_commands.describe(value=told("option-language"))
    @app_commands.autocomplete(value=_languages(context))
    async def language(interaction: _Used, value: str | None = None) -> None:
        await choose(interaction, Choice.LANGUAGE, value)

    @app_commands.describe(value=told("option-model"))
    @app_commands.autocomplete(value=_models(context))
    async def model(interaction: _Used, value: str | None = None) -> None:
        await choose(interaction, Choice.MODEL, value)

    @app_commands.describe(value=told("option-speakers"))
    async def speakers(interaction: _Used, value: bool | None = None) -> None:
        await choose(interaction, Choice.SPEAKERS, None if value is None else "on" if value else "off")

    @app_commands.describe(value=told("option-format"))
    @app_commands.choices(
        value=[app_commands.Choice(name=told(f"value-format-{form}"), value=form) for form in FORMATS]
    )
    async def form(interaction: _Used, value: str | None = None) -> None:
        await choose(interaction, Choice.FORMAT, value)

    async def all_of_them(caller: Caller) -> Reply:
        return await settings.own_settings(context, caller)

    return {
        "language": language,
        "model": model,
        "speakers": speakers,
        "format": form,
        "settings": _telling(context, all_of_them),
    }


def _that_sets_places(context: Context) -> dict[str, _Callback]:
    @app_commands.describe(server=told("option-server"))
    async def setup(interaction: _Used, server: bool = False) -> None:
        async def reply() -> Reply:
            return await settings.setup(context, interaction, await caller_of(context, interaction), server)

        await answer(interaction, reply())

    return {"setup": setup}


def _that_link(context: Context) -> dict[str, _Callback]:
    @app_commands.describe(code=told("option-code"))
    async def link(interaction: _Used, code: str = "") -> None:
        async def reply() -> Reply:
            return await linking.ask_to_link(context, await caller_of(context, interaction), code)

        await answer(interaction, reply())

    async def unlink(caller: Caller) -> Reply:
        return await linking.ask_to_part(context, caller)

    return {"link": link, "unlink": _telling(context, unlink)}


def _that_tell(context: Context) -> dict[str, _Callback]:
    async def balance(caller: Caller) -> Reply:
        if caller.group and context.groups_pay:
            found = messages.balance(caller.locale, await context.queries.balance(caller.group))
            return words("\n".join([text(caller.locale, "balance-group"), *found]))
        notes = messages.recent(caller.locale, await context.queries.recent(caller.account, _RECENT))
        lines = messages.balance(caller.locale, await context.queries.balance(caller.account))
        return words("\n".join([*lines, "", *notes]))

    async def usage(caller: Caller) -> Reply:
        return words("\n".join(messages.usage(caller.locale, await context.queries.usage(caller.account))))

    async def jobs(caller: Caller) -> Reply:
        """The latest notes, and a menu to have a text once more: also one that could not be delivered."""
        notes = await context.queries.recent(caller.account, _MOST_JOBS)
        lines = messages.recent(caller.locale, notes) or [text(caller.locale, "usage-none")]
        paid = [one for one in notes if one.charged is not None]
        texts = tuple(Entry(messages.one_note(caller.locale, one), one.note_id) for one in paid)
        menu = Menu(text(caller.locale, "jobs-show"), ButtonData(Action.SHOW), texts)
        return words("\n".join(lines), context.views.of((menu,)) if texts else None)

    async def export(caller: Caller) -> Reply:
        folder = await asyncio.to_thread(TemporaryDirectory)
        try:
            path = Path(folder.name) / "export.zip"
            notes = await context.privacy.export(caller.account, path)
            if (await asyncio.to_thread(path.stat)).st_size > caller.largest_file:
                return words(text(caller.locale, "export-too-large"))
            data = await asyncio.to_thread(path.read_bytes)
        finally:
            await asyncio.to_thread(folder.cleanup)
        caption = plain(text(caller.locale, "export-done", notes=notes))
        return Reply(replace(caption, file=File("earmark-export.zip", data)))

    async def forget(caller: Caller) -> Reply:
        yes = Button(text(caller.locale, "button-forget"), ButtonData(Action.FORGET), Look.DANGER)
        return words(text(caller.locale, "forget-ask"), context.views.of(((yes,),)))

    async def help_(caller: Caller) -> Reply:
        is_operator = await context.operators.has(caller.account)
        shown = [one for one in commands_of(DISCORD) if is_operator or one.where != {Where.OPERATOR}]
        lines = [f"/{one.name}: {one.says(caller.locale)}" for one in shown]
        return words("\n".join([text(caller.locale, "help-discord"), "", *lines]))

    notifiers = {"balance": balance, "usage": usage, "jobs": jobs, "export": export, "forget": forget, "help": help_}
    return {name: _telling(context, make) for name, make in notifiers.items()}


def _changed(
    catalog: Catalog, options: Options, language: str | None, model: str | None, speakers: bool | None
) -> Options:
    """What the command itself asks for goes before what was chosen. Raises BadOptions."""
    if model:
        wanted = catalog.find(model)
        # Speakers that were chosen for every note are left out where this model cannot tell them apart.
        options = replace(options, model=wanted.name, speakers=options.speakers and wanted.speakers)
    if language:
        options = replace(options, language=normalise_language(language))
    if speakers:
        able = with_speakers(options, catalog)
        return able if able.speakers else replace(options, speakers=True)  # refused with the reason
    return options if speakers is None else replace(options, speakers=False)


def _languages(context: Context) -> Callable[[_Used, str], Coroutine[Any, Any, _Suggested]]:
    """Languages that some model takes, with what was typed in their name; the likeliest first."""

    async def suggest(interaction: _Used, typed: str) -> _Suggested:
        locale = locale_of(interaction.locale.value)
        wanted = typed.strip().casefold()
        known = [code for code in NAMES if any(model.takes(code) for model in context.catalog)]
        names = {code: f"{language_name(locale, code)}\n{english_name(code)}".casefold() for code in known}
        found = [code for code in known if wanted in (code, "") or wanted in names[code]]
        found.sort(key=lambda code: (code != wanted, f"\n{wanted}" not in f"\n{names[code]}"))
        return [app_commands.Choice(name=language_title(locale, code), value=code) for code in found[:_MOST_SUGGESTED]]

    return suggest


def _models(context: Context) -> Callable[[_Used, str], Coroutine[Any, Any, _Suggested]]:
    async def suggest(_interaction: _Used, typed: str) -> _Suggested:
        names = [model.name for model in context.catalog if typed.strip().casefold() in model.name.casefold()]
        fitting = [name for name in names if len(name) <= _LONGEST_VALUE]
        return [app_commands.Choice(name=name, value=name) for name in fitting[:_MOST_SUGGESTED]]

    return suggest
