"""What people send, brought from Telegram to this disk.

The address of a file holds the bot's token. So it is put together here for one request, and neither it nor an exception
that could know it leaves this module.
"""

import asyncio
from pathlib import Path
from urllib.parse import quote

import httpx
import stamina
import structlog
from telegram.error import InvalidToken, TelegramError
from telegram.ext import ExtBot

from adapters.telegram.errors import FileDown, FileGone, TooLargeForTelegram, meaning
from bot.domain.errors import NotFound, TooLarge
from bot.support.files import Arriving, arriving, found

log = structlog.get_logger()

_NAME = "received"
_LARGEST = 20 * 1024 * 1024
"""Bytes that Telegram's own server gives to a bot."""
_MEGABYTE = 1_000_000
_PART_BYTES = 256 * 1024
_ATTEMPTS = 3
_PAUSE_SECONDS = 0.5
_SECONDS = 1800.0
"""For all of a file."""
_TIMEOUT = httpx.Timeout(30.0, connect=10.0)


class _BrokeOff(Exception):
    """The network, or Telegram itself, had a trouble that may pass. Says nothing: what it knows may hold the token."""


class Files:
    """Fetches files by their ids."""

    def __init__(self, bot: "ExtBot[None]", http: httpx.AsyncClient, base_file_url: str, local: bool) -> None:
        """`base_file_url`: as the bot's, without the token; `local`: whether files lie on this disk already."""
        self._bot = bot
        self._http = http
        self._base = base_file_url
        self._local = local

    async def fetch(self, file_id: str, name: str, claimed: int | None, folder: Path, limit: int) -> Path:
        """Bring a file into `folder`, under a name of ours, and return its path.

        `name` and `claimed` (bytes) are its sender's word. What is there already is not fetched again. More than
        `limit` bytes raise TooLarge, before they are on the disk. Raises TooLargeForTelegram, FileGone (a NotFound),
        FileDown.
        """
        self._check_claim(claimed, limit)
        target = folder / _NAME
        if await asyncio.to_thread(target.is_file):
            return target
        try:
            async for attempt in stamina.retry_context(
                _BrokeOff, attempts=_ATTEMPTS, timeout=None, wait_initial=_PAUSE_SECONDS
            ):
                with attempt:
                    async with asyncio.timeout(_SECONDS):
                        return await self._fetch(file_id, name, target, limit)
        except (_BrokeOff, TimeoutError):
            raise FileDown from None
        raise AssertionError("the last attempt returns or raises")

    def _check_claim(self, claimed: int | None, limit: int) -> None:
        if claimed is None:
            return
        if claimed > limit:
            raise TooLarge(limit_mb=limit / _MEGABYTE)
        if claimed > _LARGEST and not self._local:
            raise TooLargeForTelegram(size_mb=claimed / _MEGABYTE)

    async def _fetch(self, file_id: str, name: str, target: Path, limit: int) -> Path:
        place = await self._place_of(file_id, name)
        if self._local:
            return await self._found(Path(place), name, limit)
        async with arriving(target, limit) as file:
            await self._download(place, name, file)
        return target

    async def _found(self, path: Path, name: str, limit: int) -> Path:
        try:
            return await found(path, name, limit)
        except NotFound:
            log.warning("file_of_the_bot_api_server_not_found", what_to_do="let this process read that server's files")
            raise FileGone(name=name) from None

    async def _place_of(self, file_id: str, name: str) -> str:
        """Where a file lies on the server, or on this disk: python-telegram-bot's address without what is secret."""
        try:
            file = await self._bot.get_file(file_id)
        except TelegramError as error:
            raise _fault(error, name) from None
        if not file.file_path:
            raise _BrokeOff
        return file.file_path.removeprefix(f"{self._bot.base_file_url}/")

    async def _download(self, place: str, name: str, file: Arriving) -> None:
        url = f"{self._base}{self._bot.token}/{quote(place)}"
        try:
            async with self._http.stream("GET", url, timeout=_TIMEOUT, follow_redirects=False) as answer:
                _check(answer, name)
                async for part in answer.aiter_bytes(_PART_BYTES):
                    await file.add(part)
        except (httpx.HTTPError, httpx.InvalidURL):
            raise _BrokeOff from None


def _fault(error: TelegramError, name: str) -> Exception:
    """What keeps Telegram from telling where a file lies."""
    if isinstance(error, InvalidToken):
        log.error("telegram_does_not_know_the_token", what_to_do="look at EARMARK_TELEGRAM_TOKEN")
        return FileDown()
    told = meaning(error)
    if told is None:
        return _BrokeOff()
    return told if isinstance(told, TooLargeForTelegram) else FileGone(name=name)


def _check(answer: httpx.Response, name: str) -> None:
    if answer.status_code in (httpx.codes.NOT_FOUND, httpx.codes.GONE, httpx.codes.BAD_REQUEST):
        raise FileGone(name=name)
    if answer.status_code != httpx.codes.OK:
        raise _BrokeOff
