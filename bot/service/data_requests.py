"""What is done for somebody who asked the operator, instead of the bot: their data given out, or forgotten."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from bot.domain.errors import BadSettings
from bot.notes.durable import open_client
from bot.people.privacy import Forgotten
from bot.service.core import open_core
from bot.service.worker import engine_url
from bot.settings import Settings


async def export(settings: Settings, user: str, path: Path) -> int:
    """Write all that is stored about a person into a new file; how many notes it holds. Raises BadSettings."""
    async with open_core(settings) as core:
        try:
            return await core.privacy.export(user, path)
        except OSError as error:
            raise BadSettings(reason=f"{path} cannot be written ({error.strerror})") from error


async def forget(settings: Settings, user: str) -> tuple[Forgotten, bool]:
    """What was forgotten of a person; and whether that is all, or the running service, or the next, does the rest."""
    url = engine_url(settings)
    async with AsyncExitStack() as stack:
        core = await stack.enter_async_context(open_core(settings))
        forgotten = await core.privacy.forget(user)
        is_there = await asyncio.to_thread(Path(str(url.database)).exists)
        engine = await stack.enter_async_context(open_client(url)) if is_there else None
        return forgotten, await core.privacy.finish(engine)
