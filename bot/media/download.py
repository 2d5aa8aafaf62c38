"""Fetching what a stranger's link leads to, without being led anywhere inside.

A link is somebody else's word about where this machine connects to. So the name in it is resolved once, every address
that it gives is looked at, and the connection goes to one of those very addresses: what a name says a moment later
changes nothing. ssrfguard does that, with the address registries of IANA. (httpx-secure, the other library that does,
first connects to an address and then refuses it: a stranger could ask it which ports are open inside.) Its transport is
used without httpx's client around it, so there are no cookies, no proxies, no redirects but ours, and no lines in the
log that show whole links.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
from ssrfguard import Policy, SSRFGuardError
from ssrfguard.httpx import AsyncSafeTransport

from bot.domain.errors import BadMedia, TooLarge
from bot.media.ffmpeg import map_disk_full
from bot.support.files import arriving

Resolve = Callable[..., Sequence[tuple[int, int, int, str, tuple[object, ...]]]]
"""As socket.getaddrinfo."""

_NAME = "fetched"
_PART_BYTES = 256 * 1024
_HEADERS = {"User-Agent": "earmark", "Accept": "*/*", "Accept-Encoding": "identity"}
# The well-known ones below 1024, where mail and shells listen too, are closed but for the two of the web; files are
# often served from a port such as 8080, and what listens up there on a public address is public.
_PORTS = frozenset({80, 443, *range(1024, 65536)})


class LinkRefused(BadMedia):
    """The link is no public http or https address, or has a password in it."""


class LinkDown(BadMedia):
    """Nothing could be downloaded from the link."""

    reason: str
    status: int = 0
    """Of the HTTP answer, if that is the reason."""


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """What one link may cost."""

    seconds: float = 1800.0
    """Wall clock, for all of it."""
    silence: float = 30.0
    """Seconds in which the other side says nothing."""
    connecting: float = 10.0
    """Seconds for one address to answer."""
    redirects: int = 5
    at_once: int = 32
    """Links that are fetched at the same time; others wait."""


class Fetcher:
    """Fetches links. Use it as `async with Fetcher() as fetcher`."""

    def __init__(
        self, limits: FetchLimits = FetchLimits(), allow: Sequence[str] = (), resolve: Resolve | None = None
    ) -> None:
        """`allow`: networks ("10.1.2.0/24") that are followed though they are not public; `resolve`: instead of the
        system's resolver, and believed as little.
        """
        self._limits = limits
        self._places = asyncio.Semaphore(limits.at_once)
        self._transport = AsyncSafeTransport(
            policy=Policy(allowed_networks=tuple(map(ip_network, allow)), allowed_ports=_PORTS),
            resolver=resolve,
            trust_env=False,
            limits=httpx.Limits(max_connections=limits.at_once, max_keepalive_connections=0),
        )

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._transport.__aexit__(kind, error, trace)

    async def fetch(self, url: str, folder: Path, limit: int) -> Path:
        """Bring what a link leads to into `folder`, under a name of ours, and return its path.

        More than `limit` bytes raise TooLarge, before they are on the disk. What is there already is not fetched again:
        a link may have ended meanwhile, or lead to something else. Raises LinkRefused, LinkDown, TooLarge, DiskFull.
        """
        target = folder / _NAME
        if await asyncio.to_thread(target.is_file):
            return target
        with _trouble_is_told(), map_disk_full():
            async with (
                self._places,
                asyncio.timeout(self._limits.seconds),
                arriving(target, limit) as file,
                self._answer(url) as answer,
            ):
                if int(answer.headers.get("content-length", 0)) > limit:  # it may lie, so what comes is counted too
                    raise TooLarge(limit_mb=limit / 1_000_000)
                async for part in answer.aiter_raw(_PART_BYTES):
                    await file.add(part)
        return target

    @asynccontextmanager
    async def _answer(self, url: str) -> AsyncIterator[httpx.Response]:
        """What the link, or the last one that it redirects to, answers. Each is checked, by the transport."""
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
        timeout = httpx.Timeout(limits.silence, connect=limits.connecting)
        return httpx.Request("GET", url, headers=_HEADERS, extensions={"timeout": timeout.as_dict()})


def _check(answer: httpx.Response) -> None:
    if answer.status_code != httpx.codes.OK:
        raise LinkDown(reason="status", status=answer.status_code)
    if answer.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise LinkDown(reason="compressed")


@contextmanager
def _trouble_is_told() -> Iterator[None]:
    """Turn every trouble on the way into one of ours. What was said stays here: it holds the whole link."""
    try:
        yield
    except (SSRFGuardError, httpx.UnsupportedProtocol, httpx.InvalidURL, UnicodeError):
        raise LinkRefused from None
    except httpx.ConnectError:
        raise LinkDown(reason="silent") from None
    except (httpx.TimeoutException, TimeoutError):
        raise LinkDown(reason="slow") from None
    except (httpx.HTTPError, ValueError):
        raise LinkDown(reason="broken") from None
