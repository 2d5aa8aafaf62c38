"""Functions that all commands share: output, settings, account names, running work."""

import asyncio
import getpass
import json
import sys
from collections.abc import Coroutine
from typing import Annotated, Any

import typer
from rich.console import Console

from bot.chat.plugin import sections_of
from bot.domain.billing import Balance, Plan
from bot.domain.errors import BadSettings
from bot.domain.money import dollars
from bot.service.serve import PLATFORMS
from bot.settings import Settings, read_settings
from bot.support.logs import configure_logs

_WIDE = 200
"""Letters in a line of a pipe or a file."""
out = Console(soft_wrap=True, highlight=False, markup=False, width=None if sys.stdout.isatty() else _WIDE)
err = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)

_INTERRUPTED = 130

User = Annotated[str, typer.Option("--user", help="Whose account: a name, or platform:id.", show_default="you")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def settings_now() -> Settings:
    """Read the settings and configure the logs. Raises BadSettings."""
    settings = read_settings(sections_of(PLATFORMS))
    configure_logs(settings.logs.level, settings.logs.format)
    return settings


def completed(work: Coroutine[Any, Any, Any]) -> Any:
    """Run work and return its result; Ctrl-C ends it with one sentence."""
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        err.print("earmark: stopped; what was not finished was cancelled and costs nothing.")
        raise typer.Exit(_INTERRUPTED) from None


def account_named(name: str) -> str:
    """Return the account's id: a bare name is one of this terminal."""
    name = name.strip() or getpass.getuser()
    if name.startswith(("house:", "provider:")):
        raise BadSettings(reason=f"{name} is no user's account")
    return name if ":" in name else f"console:{name}"


def balance_line(found: Balance) -> str:
    spent = f"spent {dollars(found.spent)} on {found.notes} note{'' if found.notes == 1 else 's'}"
    plan = "counted only" if found.plan is Plan.OPEN else found.plan
    return f"{found.user}: balance {dollars(found.balance)}, held {dollars(found.held)}, {spent} ({plan})."


def print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
