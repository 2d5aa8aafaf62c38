"""The commands of the application: what may be registered, and what a person may fill in."""

from collections.abc import Mapping, Sequence
from typing import Any

import regex

from tests.doubles.discord.permissions import PERMISSIONS
from tests.doubles.discord.places import IN_GUILD, Channel
from tests.doubles.discord.rules import Json, check_count, check_length, invalid, missing, not_among
from tests.doubles.discord.world import Author, World

SLASH, MESSAGE = 1, 3
_SUBCOMMAND, _GROUP, _STRING, _INTEGER, _BOOLEAN, _USER, _CHANNEL, _NUMBER, _ATTACHMENT = 1, 2, 3, 4, 5, 6, 7, 10, 11
_PLAIN: dict[int, type | tuple[type, ...]] = {_STRING: str, _INTEGER: int, _BOOLEAN: bool, _NUMBER: (int, float)}
_NAME = regex.compile(r"^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$")
_LOCALES = frozenset(
    {"id", "da", "de", "en-GB", "en-US", "es-ES", "es-419", "fr", "hr", "it", "lt", "hu", "nl", "no", "pl", "pt-BR"}
    | {"ro", "fi", "sv-SE", "vi", "tr", "cs", "el", "bg", "ru", "uk", "hi", "th", "zh-CN", "ja", "zh-TW", "ko"}
)
_MOST = {SLASH: 100, 2: 5, MESSAGE: 5}
INSTALLS = {"guild": 0, "user": 1}


def register(world: World, wanted: Sequence[Json]) -> list[Json]:
    """All global commands anew; those that were there keep their ids. Raises Refused."""
    kinds = [one.get("type") or SLASH for one in wanted]
    for kind, most in _MOST.items():
        if kinds.count(kind) > most:
            raise invalid("_", "APPLICATION_COMMANDS_LIMIT", f"There are more than {most} commands of type {kind}.")
    names = [(kind, str(one.get("name"))) for kind, one in zip(kinds, wanted, strict=True)]
    for number, (command, name) in enumerate(zip(wanted, names, strict=True)):
        if names.count(name) > 1:
            words = "Application command names must be unique"
            raise invalid(f"{number}.name", "APPLICATION_COMMANDS_DUPLICATE_NAME", words)
        _check_command(str(number), command)
    known = {(one["type"], one["name"]): one["id"] for one in world.commands}
    world.commands = [_kept(world, one, known.get(name)) for one, name in zip(wanted, names, strict=True)]
    return world.commands


def _kept(world: World, command: Json, number: str | None) -> Json:
    told: Json = {
        "id": number or str(world.snowflake()),
        "application_id": str(world.application_id),
        "version": str(world.snowflake()),
        "default_member_permissions": None,
        "dm_permission": True,
        "contexts": None,
        "integration_types": [0],
        "nsfw": False,
        "name_localizations": None,
        "description_localizations": None,
    }
    told |= {name: value for name, value in command.items() if value is not None}
    told |= {"type": command.get("type") or SLASH, "description": command.get("description") or ""}
    if told["default_member_permissions"] is not None:
        told["default_member_permissions"] = str(told["default_member_permissions"])
    return told


def _check_command(where: str, command: Json) -> None:
    slash = (command.get("type") or SLASH) == SLASH
    _check_name(where, command, plain=not slash)
    if slash:
        _check_words(where, command, "description", 100, 1)
        _check_options(where, command.get("options") or [])
        if _letters(command) > 8000:
            raise invalid(where, "APPLICATION_COMMAND_TOO_LARGE", "Command exceeds maximum size (8000)")
    elif command.get("description") or command.get("options"):
        words = "Context menu commands cannot have description"
        raise invalid(where, "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_INVALID", words)


def _check_name(where: str, command: Json, *, plain: bool) -> None:
    _check_words(where, command, "name", 32, 1)
    names = [command["name"], *(command.get("name_localizations") or {}).values()]
    if not plain and any(not _NAME.match(name) or name != name.lower() for name in names):
        raise invalid(f"{where}.name", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


def _check_words(where: str, command: Json, name: str, most: int, least: int) -> None:
    check_length(f"{where}.{name}", command.get(name), most, least)
    for locale, words in (command.get(f"{name}_localizations") or {}).items():
        if locale not in _LOCALES:
            raise not_among(f"{where}.{name}_localizations", "the locales of Discord")
        check_length(f"{where}.{name}_localizations.{locale}", words, most, least)


def _check_options(where: str, options: Sequence[Json]) -> None:
    check_count(f"{where}.options", options, 25)
    if len({option["name"] for option in options}) < len(options):
        words = "Option names must be unique"
        raise invalid(f"{where}.options", "APPLICATION_COMMAND_OPTIONS_NAME_INVALID", words)
    required = [bool(option.get("required")) for option in options]
    if required != sorted(required, reverse=True):
        words = "Required options must be placed before non-required options"
        raise invalid(f"{where}.options", "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", words)
    for number, option in enumerate(options):
        spot = f"{where}.options.{number}"
        if option.get("type") not in range(1, 12):
            raise not_among(f"{spot}.type", "1 to 11")
        _check_name(spot, option, plain=False)
        _check_words(spot, option, "description", 100, 1)
        _check_choices(spot, option)
        _check_options(spot, option.get("options") or [])


def _check_choices(where: str, option: Json) -> None:
    choices = option.get("choices") or []
    check_count(f"{where}.choices", choices, 25)
    if choices and option.get("autocomplete"):
        words = "Autocomplete cannot be used with choices"
        raise invalid(where, "APPLICATION_COMMAND_OPTIONS_CHOICES_AND_AUTOCOMPLETE", words)
    for number, choice in enumerate(choices):
        _check_words(f"{where}.choices.{number}", choice, "name", 100, 1)
        if isinstance(choice["value"], str):
            check_length(f"{where}.choices.{number}.value", choice["value"], 100, 1)


def _letters(command: Json) -> int:
    own = sum(len(str(command.get(name) or "")) for name in ("name", "description", "value"))
    inside = [*(command.get("options") or ()), *(command.get("choices") or ())]
    return own + sum(map(_letters, inside))


def check_choices_told(choices: Sequence[Json]) -> None:
    """The answer to an autocompletion."""
    check_count("data.choices", choices, 25)
    for number, choice in enumerate(choices):
        _check_words(f"data.choices.{number}", choice, "name", 100, 1)
        if isinstance(choice.get("value"), str):
            check_length(f"data.choices.{number}.value", choice["value"], 100, 1)
        elif choice.get("value") is None:
            raise missing(f"data.choices.{number}.value")


def usable(world: World, kind: int, name: str, channel: Channel, person: Author, install: str) -> Json:
    """Return the registered command of that name, if the person may use it so. Fails the test if she may not."""
    found = [one for one in world.commands if one["type"] == kind and name in _names(one)]
    assert found, f"there is no command {name!r}, but {[one['name'] for one in world.commands]}"
    command: Json = found[0]
    assert INSTALLS[install] in command["integration_types"], f"{name!r} cannot be installed for a {install}"
    assert install == "user" or channel.context == 1 or _present(channel), "the bot is not there"
    contexts = command["contexts"]
    assert contexts is None or channel.context in contexts, f"{name!r} is not for the context {channel.context}"
    needed = command["default_member_permissions"]
    if needed is not None and channel.context == IN_GUILD:
        held = sum(PERMISSIONS[one] for one in channel.person_may(person))
        assert held & int(needed) == int(needed), f"{name!r} needs permissions that she has not"
    return command


def _present(channel: Channel) -> bool:
    return channel.guild is not None and channel.guild.present


def _names(command: Json) -> list[str]:
    return [command["name"], *(command["name_localizations"] or {}).values()]


def filled(
    world: World,
    channel: Channel,
    command: Json,
    path: Sequence[str],
    values: Mapping[str, Any],
    *,
    partly: bool = False,
) -> tuple[list[Json], Json]:
    """The options as a person filled them in, and what they refer to. `path` leads to a subcommand.

    `partly` is while she still writes: then nothing is required, nor checked.
    """
    options = command.get("options") or []
    if path:
        inner = next((one for one in options if one["name"] == path[0] and one["type"] in (_SUBCOMMAND, _GROUP)), None)
        assert inner is not None, f"{command['name']!r} has no {path[0]!r}"
        inside, found = filled(world, channel, inner, path[1:], values, partly=partly)
        return [{"type": inner["type"], "name": inner["name"], "options": inside}], found
    assert all(one["type"] not in (_SUBCOMMAND, _GROUP) for one in options), f"{command['name']!r} needs a subcommand"
    known = {option["name"]: option for option in options}
    assert values.keys() <= known.keys(), f"{command['name']!r} has no {sorted(values.keys() - known.keys())}"
    lacking = [name for name, option in known.items() if option.get("required") and name not in values]
    assert partly or not lacking, f"{command['name']!r} needs {lacking}"
    if partly:
        return [{"type": known[name]["type"], "name": name, "value": value} for name, value in values.items()], {}
    resolved: Json = {}
    told = [_option(world, channel, known[name], value, resolved) for name, value in values.items()]
    return told, resolved


def _option(world: World, channel: Channel, option: Json, value: Any, resolved: Json) -> Json:
    kind = option["type"]
    if kind in _PLAIN:
        assert isinstance(value, _PLAIN[kind]), f"{option['name']} takes no {value!r}"
        told = _chosen(option, value)
    elif kind == _ATTACHMENT:
        file = channel.upload(value)
        file.ephemeral = True
        resolved.setdefault("attachments", {})[str(file.id)] = world.attachment(file)
        told = str(file.id)
    elif kind == _USER:
        resolved.setdefault("users", {})[str(value.id)] = value.raw
        told = str(value.id)
    elif kind == _CHANNEL:
        resolved.setdefault("channels", {})[str(value.id)] = value.raw() | {"permissions": "0"}
        told = str(value.id)
    else:
        raise AssertionError(f"this double cannot fill in options of type {kind}")
    return {"type": kind, "name": option["name"], "value": told}


def _chosen(option: Json, value: Any) -> Any:
    """A choice by its name or its value; or what is within the bounds."""
    choices = option.get("choices") or []
    if choices:
        found = [choice["value"] for choice in choices if value in (choice["value"], choice["name"])]
        assert found, f"{option['name']} has no choice {value!r}"
        return found[0]
    size = len(value) if isinstance(value, str) else value
    least, most = ("min_length", "max_length") if isinstance(value, str) else ("min_value", "max_value")
    assert size >= option.get(least, size), f"{value!r} is below the least {option['name']}"
    assert size <= option.get(most, size), f"{value!r} is above the most {option['name']}"
    assert not isinstance(value, str) or len(value) <= 6000, "nobody can write so much"
    return value
