"""Bodies of calls, checked against Discord's machine-readable description of its API.

The description is no part of the project. Where it is absent nothing is checked. Lengths and counts are not checked
here: discord_rules.py knows the true ones, and answers as Discord does.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from tests.helpers.paths import SPECS

DESCRIPTION = SPECS / "discord-openapi.json"
_PLAIN: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": type(None),
}
_UNDESCRIBED = frozenset({"nsfw", "flags", "tts"})
"""Fields that Discord takes in more places than its description has them."""
_SAME = {
    "/webhooks/{application_id}/{token}": "/webhooks/{webhook_id}/{webhook_token}",
    "/interactions/{interaction_id}/{token}/callback": "/interactions/{interaction_id}/{interaction_token}/callback",
}


class Spec:
    """The description, or nothing."""

    def __init__(self, told: Mapping[str, Any] | None) -> None:
        self._paths: Mapping[str, Any] = told["paths"] if told else {}
        self._schemas: Mapping[str, Any] = told["components"]["schemas"] if told else {}

    def __bool__(self) -> bool:
        return bool(self._paths)

    def complaints(self, verb: str, path: str, body: object) -> list[str]:
        """Return the faults of a body: unknown fields, missing ones, wrong types, all the way down."""
        for ours, theirs in _SAME.items():
            path = path.replace(ours, theirs)
        method = self._paths.get(path, {}).get(verb.lower(), {})
        contents = method.get("requestBody", {}).get("content", {})
        if "application/json" not in contents or body is None:
            return []
        return list(self._of(path, contents["application/json"]["schema"], body))

    def misfits(self, name: str, value: object) -> list[str]:
        """Return the reasons why a value is not of that schema: for the double's own answers."""
        return list(self._of(name, {"$ref": f"#/components/schemas/{name}"}, value)) if self else []

    def _of(self, where: str, schema: Mapping[str, Any], value: object) -> Iterator[str]:
        while "$ref" in schema:
            schema = self._schemas[schema["$ref"].rpartition("/")[2]]
        if schema.get("format") == "snowflake" and isinstance(value, int):
            return  # Discord takes both
        kinds = schema.get("type", [])
        kinds = [kinds] if isinstance(kinds, str) else kinds
        if kinds and not any(_is_a(kind, value) for kind in kinds):
            yield f"{where} is no {' or '.join(kinds)}"
            return
        if "const" in schema and value != schema["const"]:
            yield f"{where} is not {schema['const']!r}"
        if "enum" in schema and value not in schema["enum"]:
            yield f"{where} is none of {schema['enum']!r}"
        yield from self._of_parts(where, schema, value)
        if isinstance(value, list):
            for number, one in enumerate(value):
                yield from self._of(f"{where}[{number}]", schema.get("items", {}), one)
        elif isinstance(value, dict):
            yield from self._of_fields(where, schema, value)

    def _of_parts(self, where: str, schema: Mapping[str, Any], value: object) -> Iterator[str]:
        for part in schema.get("allOf", ()):
            yield from self._of(where, part, value)
        for either in ("oneOf", "anyOf"):
            if either in schema:
                yield from min((list(self._of(where, one, value)) for one in reversed(schema[either])), key=len)

    def _of_fields(self, where: str, schema: Mapping[str, Any], value: Mapping[str, Any]) -> Iterator[str]:
        known = schema.get("properties", {})
        yield from (f"{where} needs {name}" for name in schema.get("required", ()) if name not in value)
        other = schema.get("additionalProperties")
        for name, one in value.items():
            if name in known:
                yield from self._of(f"{where}.{name}", known[name], one)
            elif isinstance(other, dict):
                yield from self._of(f"{where}.{name}", other, one)
            elif known and name not in _UNDESCRIBED:
                yield f"{where} has no {name}"


def _is_a(kind: str, value: object) -> bool:
    return isinstance(value, _PLAIN[kind]) and (kind == "boolean" or not isinstance(value, bool))


@cache
def described() -> Spec:
    return Spec(json.loads(DESCRIPTION.read_text()) if DESCRIPTION.is_file() else None)
