"""Media that lies on this machine already, where an adapter leaves it."""

import asyncio
from pathlib import Path

from bot.errors import NotFound, TooLarge

_MEGABYTE = 1_000_000


async def found(path: Path, name: str, limit: int) -> Path:
    """The file itself, where a link is named: what is none may not become one afterwards.

    `name` is what its sender calls it. Raises NotFound, and TooLarge for more than `limit` bytes.
    """
    try:
        path = await asyncio.to_thread(path.resolve, strict=True)
        size = (await asyncio.to_thread(path.stat)).st_size
    except OSError as error:
        raise NotFound(name=name) from error
    if size > limit:
        raise TooLarge(limit_mb=limit / _MEGABYTE)
    return path
