"""Calls, read by the machine-readable description of the Bot API, and checked against it.

The description is no part of the project. Where it is absent nothing is checked, and a small table says which
parameters are numbers, flags and objects.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from tests.doubles.telegram.rules import bad
from tests.helpers.paths import SPECS

DESCRIPTION = SPECS / "telegram-bot-api.json"
_PLAIN: dict[str, type | tuple[type, ...]] = {"Integer": int, "Float": (int, float), "Boolean": bool, "String": str}
_ARRAY = "Array of "
_NUMBERS = frozenset(
    {"message_id", "message_thread_id", "offset", "limit", "timeout", "user_id", "cache_time", "max_connections"}
)
_FLAGS = frozenset(
    {"ok", "show_alert", "disable_notification", "protect_content", "drop_pending_updates"}
    | {"disable_content_type_detection", "allow_paid_broadcast", "return_bots", "show_caption_above_media"}
)
_OBJECTS = frozenset(
    {"entities", "caption_entities", "reply_markup", "reply_parameters", "link_preview_options", "allowed_updates"}
    | {"commands", "scope", "media", "prices", "result"}
)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a call."""

    name: str
    mime: str
    content: bytes = field(repr=False)


class Spec:
    """The description, or nothing."""

    def __init__(self, described: Mapping[str, Any] | None) -> None:
        self._methods: Mapping[str, Any] = described["methods"] if described else {}
        self._types: Mapping[str, Any] = described["types"] if described else {}
        self._names = {name.lower(): name for name in self._methods}

    def __bool__(self) -> bool:
        return bool(self._methods)

    def name(self, method: str) -> str | None:
        """The method as it is written; None if the Bot API has none such."""
        return self._names.get(method.lower())

    def read(self, method: str, raw: Mapping[str, object]) -> dict[str, Any]:
        """The parameters as what they are. Raises Refused if one is no JSON."""
        fields = {field["name"]: field["types"] for field in self._methods.get(method, {}).get("fields", ())}
        return {name: _value(name, value, fields.get(name)) for name, value in raw.items() if value is not None}

    def complaints(self, method: str, asked: Mapping[str, Any]) -> list[str]:
        """Return the faults of a call: unknown fields, missing ones, wrong types, all the way down."""
        return list(self._of_fields(method, self._methods[method].get("fields", ()), asked)) if self else []

    def misfits(self, kind: str, value: object) -> list[str]:
        """Return the reasons why a value is not of that type: for the double's own answers."""
        return list(self._of_kind(kind, kind, value)) if self else []

    def _of_fields(self, where: str, fields: list[Any], asked: Mapping[str, Any]) -> Iterator[str]:
        known = {field["name"]: field for field in fields}
        yield from (f"{where} has no {name}" for name in asked if name not in known)
        yield from (f"{where} needs {name}" for name, field in known.items() if field["required"] and name not in asked)
        for name in asked.keys() & known.keys():
            yield from self._of_one(f"{where}.{name}", known[name]["types"], asked[name])

    def _of_one(self, where: str, kinds: list[str], value: object) -> list[str]:
        """Nothing if the value is of any of these kinds; else what keeps it from the one that it is nearest to."""
        tries = [list(self._of_kind(where, kind, value)) for kind in kinds]
        return min(tries, key=len)

    def _of_kind(self, where: str, kind: str, value: object) -> Iterator[str]:
        if kind.startswith(_ARRAY):
            if not isinstance(value, list):
                yield f"{where} is no array"
                return
            for index, one in enumerate(value):
                yield from self._of_kind(f"{where}[{index}]", kind.removeprefix(_ARRAY), one)
        elif kind == "InputFile":
            if not isinstance(value, Upload):
                yield f"{where} is no file"
        elif kind in _PLAIN:
            if not isinstance(value, _PLAIN[kind]) or (isinstance(value, bool) and kind != "Boolean"):
                yield f"{where} is no {kind}"
        else:
            yield from self._of_object(where, kind, value)

    def _of_object(self, where: str, kind: str, value: object) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{where} is no {kind}"
            return
        described = self._types[kind]
        if "subtypes" in described:
            yield from self._of_one(where, _candidates(self._types, described["subtypes"], value), value)
        else:
            yield from self._of_fields(where, described.get("fields", ()), value)


def _candidates(types: Mapping[str, Any], subtypes: list[str], value: Mapping[str, Any]) -> list[str]:
    """The subtypes whose `type` must be what it is here; all of them where that tells nothing."""
    named = [
        subtype
        for subtype in subtypes
        for field in types[subtype].get("fields", ())
        if field["name"] == "type" and re.search(rf"\b{re.escape(str(value.get('type')))}$", field["description"])
    ]
    return named or subtypes


@cache
def described() -> Spec:
    return Spec(json.loads(DESCRIPTION.read_text()) if DESCRIPTION.is_file() else None)


def _value(name: str, value: object, kinds: list[str] | None) -> object:
    if not isinstance(value, str):
        return value
    kinds = kinds or _guessed(name)
    if "Integer" in kinds and re.fullmatch(r"-?\d+", value):
        return int(value)
    if kinds == ["Boolean"] and value.lower() in ("true", "false", "1", "0"):
        return value.lower() in ("true", "1")
    if "String" in kinds or kinds in (["Integer"], ["Boolean"]):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise bad(f"can't parse {name}: it is no JSON") from None


def _guessed(name: str) -> list[str]:
    if name in _NUMBERS:
        return ["Integer"]
    if name in _FLAGS:
        return ["Boolean"]
    if name in _OBJECTS:
        return ["Object"]
    return ["Integer", "String"] if name == "chat_id" else ["String"]
