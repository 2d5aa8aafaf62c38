"""Downloads of a platform's files to this disk: tried again after a trouble that passes, whole or not there at all.

The address of a file may hold a secret, so no exception that could know it leaves this module.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import stamina

from bot.domain.errors import TooLarge
from bot.support.files import Room, arriving

MEGABYTE = 1_000_000
_NAME = "received"
_PART_BYTES = 256 * 1024
_ATTEMPTS = 3
_PAUSE_SECONDS = 0.5
_SECONDS = 1800.0
"""For all of a file."""
_TIMEOUT = httpx.Timeout(30.0, connect=10.0)
_HEADERS = {"Accept-Encoding": "identity"}

Fetch = Callable[[Path], Awaitable[Path]]
"""Brings a file to a path, and returns that, or the path where it lies on this disk already. Raises BrokeOff."""


class BrokeOff(Exception):
    """The network, or the platform, had a trouble that may pass."""


async def download(fetch: Fetch, claimed: int | None, folder: Path, limit: int) -> Path:
    """Bring a file into `folder`, under a name of ours, and return its path. A file that is there is not fetched again.

    `claimed` (bytes) is its sender's word. Raises TooLarge for more than `limit` bytes, and BrokeOff.
    """
    if claimed is not None and claimed > limit:
        raise TooLarge(limit_mb=limit / MEGABYTE)
    target = folder / _NAME
    if await asyncio.to_thread(target.is_file):
        return target
    try:
        async for attempt in stamina.retry_context(
            BrokeOff, attempts=_ATTEMPTS, timeout=None, wait_initial=_PAUSE_SECONDS
        ):
            with attempt:
                async with asyncio.timeout(_SECONDS):
                    return await fetch(target)
    except TimeoutError:
        raise BrokeOff from None
    raise AssertionError("the last attempt returns or raises")


async def stream(
    http: httpx.AsyncClient, url: str, target: Path, limit: int, room: Room, check: Callable[[httpx.Response], None]
) -> Path:
    """Stream a file to its place. `check` raises the meaning of a status.

    Raises TooLarge, DiskFull, DiskShareFull, BrokeOff.
    """
    async with arriving(target, limit, room) as file:
        try:
            async with http.stream("GET", url, headers=_HEADERS, timeout=_TIMEOUT, follow_redirects=False) as answer:
                check(answer)
                async for part in answer.aiter_bytes(_PART_BYTES):
                    await file.add(part)
        except (httpx.HTTPError, httpx.InvalidURL):
            raise BrokeOff from None
    return target
