"""The platforms of `earmark run`, in one table, and its start. The module loads fast; what it starts loads slowly."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from adapters.discord.platform import DISCORD
from adapters.telegram.platform import TELEGRAM
from bot.chat.plugin import PlatformPlugin
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.service.application import Application

PLATFORMS: tuple[PlatformPlugin[Any], ...] = (TELEGRAM, DISCORD)


@asynccontextmanager
async def serve(
    settings: Settings, platforms: Sequence[PlatformPlugin[Any]] = PLATFORMS
) -> AsyncIterator["Application"]:
    """Start the service and each platform that the settings switch on. Raises BadSettings."""
    from bot.service.application import open_application

    async with open_application(settings, platforms) as application:
        yield application
