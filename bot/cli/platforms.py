"""Commands that platforms bring along."""

from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import typer

from bot.chat.payments import Payments
from bot.cli.console import completed, out, settings_now
from bot.service.serve import PLATFORMS

T = TypeVar("T")


def attach(app: typer.Typer) -> None:
    """Give the command line the commands of platforms."""
    for platform in PLATFORMS:
        app.add_typer(platform.commands(PlatformCommandLine(platform.name)), name=platform.name)


@dataclass(frozen=True, slots=True)
class PlatformCommandLine:
    """The command line, as a platform's commands use it."""

    platform: str

    def settings(self) -> Any:
        return settings_now().platforms[self.platform]

    @asynccontextmanager
    async def payments(self) -> AsyncIterator[Payments]:
        from bot.service.core import open_core

        async with open_core(settings_now()) as core:
            yield core.ledger

    def completed(self, work: Coroutine[Any, Any, T]) -> T:
        found: T = completed(work)
        return found

    def show(self, text: str) -> None:
        out.print(text)
