"""Download of user-supplied URLs; private addresses are refused (bot/media/public_connections.py).

The transport is used without httpx's client, so there are no cookies, no proxies, only our redirects, and no log lines
with whole links.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from types import TracebackType
from typing import Self

import httpcore
import httpx

from bot.domain.errors import BadMedia, TooLarge
from bot.media.ffmpeg import map_disk_full
from bot.media.public_connections import PublicTransport, Refused, Resolve
from bot.support.files import Room, arriving

_NAME = "fetched"
_PART_BYTES = 256 * 1024
_HEADERS = {"User-Agent": "earmark", "Accept": "*/*", "Accept-Encoding": "identity"}


class LinkRefused(BadMedia):
    """The link is no public http or https address, or has a password in it."""


class LinkDown(BadMedia):
    """Nothing could be downloaded from the link."""

    reason: str
    status: int = 0
    """Of the HTTP answer, if that is the reason."""


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """Limits of one download."""

    seconds: float = 1800.0
    """Wall-clock seconds for the whole download."""
    idle_seconds: float = 30.0
    """Seconds without any data."""
    slowest: int = 10_000
    """Bytes per second, on the average of each `slowest_seconds`."""
    slowest_seconds: float = 60.0
    connect_seconds: float = 10.0
    """Seconds for the connection to one address."""
    redirects: int = 5
    concurrent: int = 32
    """Concurrent downloads; further ones wait."""


class Fetcher:
    """Downloader of links. Use it as `async with Fetcher() as fetcher`."""

    def __init__(
        self,
        limits: FetchLimits = FetchLimits(),
        allow: Sequence[str] = (),
        resolve: Resolve | None = None,
        room: Room | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`allow`: private networks ("10.1.2.0/24") that are permitted; `resolve`: replaces the system's resolver, and
        is checked like it; `room`: None: all of the disk may be filled.
        """
        self._limits = limits
        self._room = room or Room(Path(), 0)
        self._monotonic = monotonic
        self._places = asyncio.Semaphore(limits.concurrent)
        self._transport = PublicTransport(tuple(map(ip_network, allow)), resolve, limits.concurrent)

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._transport.__aexit__(kind, error, trace)

    async def fetch(self, url: str, folder: Path, limit: int) -> Path:
        """Download a link into `folder` under a generated name, and return its path.

        More than `limit` bytes raise TooLarge before they are written. An existing file is not downloaded again,
        because a link may have expired or changed. Raises LinkRefused, LinkDown, TooLarge, DiskFull,
        DiskShareFull.
        """
        target = folder / _NAME
        if await asyncio.to_thread(target.is_file):
            return target
        with _map_download_errors(), map_disk_full():
            async with (
                self._places,
                asyncio.timeout(self._limits.seconds),
                arriving(target, limit, self._room) as file,
                self._answer(url) as answer,
            ):
                if (
                    int(answer.headers.get("content-length", 0)) > limit
                ):  # the header may be wrong, so received bytes are counted too
                    raise TooLarge(limit_mb=limit / 1_000_000)
                async for part in self._parts(answer):
                    await file.add(part)
        return target

    async def _parts(self, answer: httpx.Response) -> AsyncIterator[bytes]:
        """Yield the body in parts that are worth a write. Raises LinkDown if it comes too slowly, however steadily."""
        part, arrived, since = bytearray(), 0, self._monotonic()
        async for data in answer.aiter_raw():  # as it comes: httpx would keep a trickle back until a part is whole
            part += data
            arrived += len(data)
            if len(part) >= _PART_BYTES:
                yield bytes(part)
                part.clear()
            if (passed := self._monotonic() - since) >= self._limits.slowest_seconds:
                if arrived < passed * self._limits.slowest:
                    raise LinkDown(reason="slow")
                arrived, since = 0, self._monotonic()
        yield bytes(part)

    @asynccontextmanager
    async def _answer(self, url: str) -> AsyncIterator[httpx.Response]:
        """Yield the response of the link, or of the last redirect. The transport checks each address."""
        for _ in range(self._limits.redirects + 1):
            answer = await self._transport.handle_async_request(self._request(url))
            async with aclosing(answer):
                if not answer.has_redirect_location:
                    _check(answer)
                    yield answer
                    return
                url = str(httpx.URL(url).join(answer.headers["location"]))
        raise LinkDown(reason="redirects")

    def _request(self, url: str) -> httpx.Request:
        limits = self._limits
        timeout = httpx.Timeout(limits.idle_seconds, connect=limits.connect_seconds)
        return httpx.Request("GET", url, headers=_HEADERS, extensions={"timeout": timeout.as_dict()})


def _check(answer: httpx.Response) -> None:
    if answer.status_code != httpx.codes.OK:
        raise LinkDown(reason="status", status=answer.status_code)
    if answer.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise LinkDown(reason="compressed")


@contextmanager
def _map_download_errors() -> Iterator[None]:
    """Map download errors to ours. The original message is dropped, because it contains the whole link."""
    try:
        yield
    except (Refused, httpx.InvalidURL, UnicodeError):
        raise LinkRefused from None
    except httpcore.ConnectError:
        raise LinkDown(reason="silent") from None
    except (httpcore.TimeoutException, TimeoutError):
        raise LinkDown(reason="slow") from None
    except (httpcore.NetworkError, httpcore.ProtocolError, httpx.HTTPError, ValueError):
        raise LinkDown(reason="broken") from None
