"""Shared by all commands: output, language, settings, the account, and running work."""

import asyncio
import getpass
import json
import os
import sys
from collections.abc import Coroutine, Iterable
from typing import Annotated, Any

import typer
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from bot.chat.plugin import sections_of
from bot.domain.billing import Balance
from bot.domain.errors import BadSettings
from bot.domain.identity import OPERATOR, PROVIDER
from bot.domain.plain_text import escaped, escaped_json, plain_lines
from bot.locales import locale_of, money, text
from bot.service.serve import PLATFORMS
from bot.settings import Settings, read_settings
from bot.support.logs import configure_logs

_WIDE = 200
"""Letters in a line of a pipe or a file."""


class PlainConsole(Console):
    """A console whose own commands alone reach the terminal: none that stands in a name or a text."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for part in super().render(renderable, options):
            yield part if part.control else Segment(plain_lines(part.text), part.style)


out = PlainConsole(soft_wrap=True, highlight=False, markup=False, width=None if sys.stdout.isatty() else _WIDE)
err = PlainConsole(stderr=True, soft_wrap=True, highlight=False, markup=False)
silent = PlainConsole(stderr=True, quiet=True)

_INTERRUPTED = 130
_LOCALES = ("LC_ALL", "LC_MESSAGES", "LANG")
"""The environment's names of the language, the strongest first."""

User = Annotated[str, typer.Option("--user", help="Whose account: a name, or platform:id.", show_default="you")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def settings_now(log_level: str = "") -> Settings:
    """Read the settings and configure the logs, at this level rather than the setting's. Raises BadSettings."""
    settings = read_settings(sections_of(PLATFORMS))
    configure_logs(log_level or settings.logs.level, settings.logs.format)
    return settings


def completed(work: Coroutine[Any, Any, Any]) -> Any:
    """Return the result of the work; Ctrl-C ends it with one sentence."""
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        err.print(text(locale_now(), "cli-stopped"))
        raise typer.Exit(_INTERRUPTED) from None


def account_named(name: str) -> str:
    """Return the account's id: a bare name is one of this terminal."""
    name = name.strip() or getpass.getuser()
    if name.startswith((f"{OPERATOR}:", f"{PROVIDER}:")):
        raise BadSettings(reason=f"{name} is no user's account")
    if escaped(name) != name:
        raise BadSettings(reason="an account's name has no control characters")
    return name if ":" in name else f"console:{name}"


def locale_now() -> str:
    """Return the language that the terminal's environment asks for."""
    named = next((os.environ[name] for name in _LOCALES if os.environ.get(name)), "")
    return locale_of(named.partition(".")[0])


def balance_line(found: Balance) -> str:
    """Return what an account has, holds and spent, in a sentence."""
    locale = locale_now()
    amounts = {"balance": found.balance, "held": found.held, "spent": found.spent}
    shown = {name: money(locale, amount) for name, amount in amounts.items()}
    return text(locale, "cli-balance", account=found.user, notes=found.notes, plan=found.plan.value, **shown)


def print_json(value: object) -> None:
    sys.stdout.write(escaped_json(json.dumps(value, ensure_ascii=False)) + "\n")


def print_text(text: str) -> None:
    """Print a text as it is, but for control characters."""
    sys.stdout.write(plain_lines(text) + "\n")
