"""Shared by all commands: output, language, settings, the account, and running work."""

import asyncio
import getpass
import json
import os
import signal
import sys
from collections.abc import Coroutine, Iterable
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from bot.domain.billing import Balance
from bot.domain.errors import BadUsage
from bot.domain.identity import OPERATOR, PROVIDER
from bot.domain.plain_text import escaped, escaped_json, plain_lines
from bot.locales import locale_of, money, text

if TYPE_CHECKING:
    from bot.settings import Settings

_WIDE = 200
"""Letters in a line of a pipe or a file."""


class PlainConsole(Console):
    """A console whose own commands alone reach the terminal: none that stands in a name or a text."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for part in super().render(renderable, options):
            yield part if part.control else Segment(plain_lines(part.text), part.style)


out = PlainConsole(
    soft_wrap=True, highlight=False, markup=False, emoji=False, width=None if sys.stdout.isatty() else _WIDE
)
err = PlainConsole(stderr=True, soft_wrap=True, highlight=False, markup=False, emoji=False)
silent = PlainConsole(stderr=True, quiet=True)

_INTERRUPTED = 130
_LOCALES = ("LC_ALL", "LC_MESSAGES", "LANG")
"""The environment's names of the language, the strongest first."""


def settings_now(log_level: str = "") -> "Settings":
    """Read the settings and configure the logs, at this level rather than the setting's. Raises BadSettings."""
    # Imported here: what only prints should not wait for it.
    from bot.chat.plugin import sections_of
    from bot.service.serve import PLATFORMS
    from bot.settings import read_settings
    from bot.support.logs import configure_logs

    settings = read_settings(sections_of(PLATFORMS))
    configure_logs(log_level or settings.logs.level, settings.logs.format)
    return settings


def completed(work: Coroutine[Any, Any, Any]) -> Any:
    """Return the result of the work. Ctrl-C is answered at once, and ends it with a sentence; a second one kills it."""
    interrupts: list[int] = []
    try:
        return asyncio.run(_interruptible(work, interrupts))
    except (KeyboardInterrupt, asyncio.CancelledError):
        if not interrupts and sys.platform != "win32":
            raise
        err.print(text(locale_now(), "cli-stopped"))
        raise typer.Exit(_INTERRUPTED) from None


async def _interruptible(work: Coroutine[Any, Any, Any], interrupts: list[int]) -> Any:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None, "it runs"

    def interrupt() -> None:
        interrupts.append(signal.SIGINT)
        if len(interrupts) > 1:
            err.show_cursor()
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            signal.raise_signal(signal.SIGINT)
        err.print(text(locale_now(), "cli-stopping"))
        task.cancel()

    if sys.platform == "win32":  # its loops take no handlers: the loop itself cancels the task
        return await work
    loop.add_signal_handler(signal.SIGINT, interrupt)
    return await work


def account_named(name: str) -> str:
    """Return the account's id: a bare name is one of this terminal."""
    name = name.strip() or getpass.getuser()
    if name.startswith((f"{OPERATOR}:", f"{PROVIDER}:")):
        raise BadUsage(reason=f"{name} is no user's account")
    if escaped(name) != name:
        raise BadUsage(reason="an account's name has no control characters")
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
