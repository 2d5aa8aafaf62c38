"""Pages of the site that are written from the code at each build, so that they are always current."""

import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from fluent.syntax import FluentParser
from fluent.syntax.ast import Message, Pattern, Placeable, SelectExpression, TextElement
from typer.main import get_command

from bot.cli.main import whole
from bot.domain.errors import EarmarkError, Remedy
from tests.helpers.paths import DATA, ROOT
from tests.site.openapi import routes

Row = tuple[str, ...]
_GROUP = re.compile(r"^# -- (.+) --$|^# (.+)\n#(EARMARK_\w+)=(.*)$", re.MULTILINE)
_HELPS = {
    Remedy.USER: "the user",
    Remedy.TIME: "time: it passes, and the same recording can be sent again",
    Remedy.OPERATOR: "the operator",
}


def table(heads: Row, rows: Iterator[Row]) -> str:
    """Return a table in Markdown."""
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |" for line in lines) + "\n"


def code(text: str) -> str:
    return f"`{text}`" if text else ""


def settings_page() -> str:
    """Return all settings with their defaults, in the groups of .env.example."""
    parts = ["# Settings\n\nEach is read from the environment, from `.env`, or from the file that `NAME_FILE` names.\n"]
    rows: list[Row] = []
    for group, sentence, name, default in _GROUP.findall((ROOT / ".env.example").read_text("utf-8")):
        if group:
            parts += [table(("setting", "default", "meaning"), iter(rows))] if rows else []
            parts.append(f"## {group}\n")
            rows = []
        else:
            rows.append((code(name), code(default), plain(sentence)))
    return "\n".join([*parts, table(("setting", "default", "meaning"), iter(rows))])


def plain(text: str) -> str:
    """Escape what Markdown would take for itself outside of code."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if part.startswith("`") else re.sub(r"([\\*_<>\[\]])", r"\\\1", part) for part in parts)


def commands_page() -> str:
    """Return all commands with their arguments and options, as `earmark COMMAND --help` has them."""
    return "# Commands\n\n" + "\n".join(_commands(get_command(whole()), "earmark"))


def _commands(command: Any, path: str) -> Iterator[str]:
    below = getattr(command, "commands", {})
    if not below or command.invoke_without_command:
        yield f"## {path}\n\n{plain(command.help or '')}\n"
        shown = [one for one in command.params if not getattr(one, "hidden", False) and one.name != "help"]
        if shown:
            yield table(("parameter", "meaning"), (_parameter(one) for one in shown))
    for name, one in below.items():
        if not one.hidden:
            yield from _commands(one, f"{path} {name}")


def _parameter(parameter: Any) -> Row:
    names = [parameter.metavar or parameter.name.upper()] if parameter.param_type_name == "argument" else parameter.opts
    return ", ".join(code(name) for name in names), plain(parameter.help or "")


def api_page() -> str:
    """Return all routes, with the fields that they take and the answers that they give."""
    return "# Routes of the HTTP API\n\n" + "\n".join(routes(DATA / "openapi.json"))


def errors_page() -> str:
    """Return every sentence that says why a recording has no text, with its code and who can help."""
    head = (
        "# Errors by their sentence\n\nSearch for a few words of the sentence that you read. `...` stands for a value. "
        "The code is what the HTTP API, the log and the metrics have.\n\n"
    )
    kinds = {f"error-{kind.__name__}": kind for kind in all_errors()}
    rows = (
        (plain(sentence), code(name.removeprefix("error-")), _HELPS[kinds[name].remedy])
        for name, sentence in sorted(sentences().items())
        if name in kinds
    )
    return head + table(("sentence", "code", "help is from"), rows)


def sentences() -> dict[str, str]:
    """Return the sentences of the catalogs of errors, by their names there."""
    found: dict[str, str] = {}
    for folder in (ROOT / "bot" / "locales" / "en", *ROOT.glob("adapters/*/locales/en")):
        for file in sorted(folder.glob("errors*.ftl")):
            for entry in FluentParser().parse(file.read_text("utf-8")).body:
                if isinstance(entry, Message) and entry.value is not None:
                    found[entry.id.name] = " ".join(written(entry.value).split())
    return found


def all_errors() -> list[type[EarmarkError]]:
    """Return every kind of error that has a sentence; the modules that define them are imported."""
    codes = "|".join(name.removeprefix("error-") for name in sentences() if name.startswith("error-"))
    defined = re.compile(rf"^class ({codes})\(", re.MULTILINE)
    found: list[type[EarmarkError]] = []
    for path in (one for package in ("bot", "adapters") for one in sorted((ROOT / package).rglob("*.py"))):
        if names := defined.findall(path.read_text("utf-8")):
            module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
            found += [getattr(module, name) for name in names]
    return found


def written(pattern: Pattern) -> str:
    """Return a catalog's sentence: all variants, with a stroke between; dots for values."""
    return "".join(_element(one) for one in pattern.elements)


def _element(element: object) -> str:
    if isinstance(element, TextElement):
        return str(element.value)
    if isinstance(element, Placeable) and isinstance(element.expression, SelectExpression):
        variants = (written(variant.value) for variant in element.expression.variants)
        return " / ".join(dict.fromkeys(" ".join(one.split()) for one in variants if one.strip()))
    return "..."


PAGES = {
    "reference-settings.md": settings_page,
    "reference-commands.md": commands_page,
    "reference-api.md": api_page,
    "reference-errors.md": errors_page,
}
