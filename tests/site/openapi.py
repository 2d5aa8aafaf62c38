"""The HTTP API's own description, as a page."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_Schema = dict[str, Any]
_EXAMPLES = {
    "adapters__api__schemas__Problem": {
        "error": "...",
        "status": 402,
        "code": "BudgetShort",
        "requiredBalance": 0.0035,
    },
    "adapters__api__openai__Problem": {
        "error": {"message": "...", "type": "insufficient_quota", "code": "BudgetShort", "param": None}
    },
}
_NAMES = {"adapters__api__schemas__Problem": "Error", "adapters__api__openai__Problem": "Error in OpenAI's form"}


def routes(document: Path) -> Iterator[str]:
    """Yield a chapter a route, then one a schema."""
    content = json.loads(document.read_text("utf-8"))
    schemas: dict[str, _Schema] = content["components"]["schemas"]
    for path, methods in content["paths"].items():
        for method, operation in methods.items():
            yield f"## {method.upper()} {path}\n\n{operation.get('summary', '')}.\n"
            yield from _takes(operation)
            yield from _answers(operation)
    for name, schema in schemas.items():
        yield from _chapter(name, schema)


def _takes(operation: _Schema) -> Iterator[str]:
    for parameter in operation.get("parameters", []):
        kind, meaning = _type(parameter["schema"]), parameter.get("description", "")
        yield f"- `{parameter['name']}` ({parameter['in']}): {kind} {meaning}"
    for kind, body in operation.get("requestBody", {}).get("content", {}).items():
        schema = body["schema"]
        yield f"\nBody, `{kind}`:\n" if "properties" in schema else f"\nBody, `{kind}`: {_type(schema)}\n"
        yield from _fields(schema)
    yield ""


def _answers(operation: _Schema) -> Iterator[str]:
    yield "| status | meaning | body |\n|---|---|---|"
    for status, answer in operation["responses"].items():
        bodies = (
            _type(one["schema"]) if one.get("schema") else f"`{kind}`"
            for kind, one in answer.get("content", {}).items()
        )
        yield f"| {status} | {answer['description']} | {', '.join(bodies)} |"
    yield ""


def _chapter(name: str, schema: _Schema) -> Iterator[str]:
    yield f"## {_NAMES.get(name, name)}\n\n{schema.get('description', '')}\n"
    yield from _fields(schema)
    if name in _EXAMPLES:
        yield f"\n```json\n{json.dumps(_EXAMPLES[name])}\n```"
    yield ""


def _fields(schema: _Schema) -> Iterator[str]:
    for name, field in schema.get("properties", {}).items():
        yield f"- `{name}`: {_type(field)} {field.get('description', '')}"


def _type(schema: _Schema) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        shown = _NAMES.get(name, name)
        return f"[{shown}](#{shown.lower().replace(' ', '-').replace(chr(39), '')})"
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " or ".join(_type(one) for one in schema[several])
    if "enum" in schema:
        return " or ".join(f"`{one}`" for one in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    kind = schema.get("format") or schema.get("type", "any")
    return " or ".join(kind) if isinstance(kind, list) else str(kind)
