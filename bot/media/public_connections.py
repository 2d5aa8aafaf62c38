"""HTTP to public addresses alone.

A host is resolved once. Every address that its name has must be permitted, and the connection goes to one of these very
addresses, so a later answer of the name server changes nothing. TLS is httpcore's own, by the name in the URL.

Of the packages for this, safehttpx takes a name with one public address among private ones, calls shared addresses
(100.64.0.0/10, with the metadata of some clouds) public, asks Google's name server too, and keeps whole answers in
memory; httpx-secure connects first and refuses then, which reveals open ports inside.
"""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from ipaddress import ip_address
from typing import Self

import anyio.to_thread
import httpcore
import httpx

from bot.media.public_addresses import Address, Network, is_permitted

Rows = Sequence[tuple[int, int, int, str, tuple[object, ...]]]
Resolve = Callable[..., Rows]
"""Signature of socket.getaddrinfo."""

_MOST_ADDRESSES = 8
"""Addresses of one name that are tried."""
# Of the well-known ports below 1024 (mail, shells) only those of the web are open. Higher ports are open, because
# files are often served from ports such as 8080.
_PORTS = frozenset({None, 80, 443, *range(1024, 65536)})
_LONGEST_URL = 8192
_NAME = re.compile(
    r"(?=.{1,254}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.?"
)

_ENDS_IN_NUMBER = re.compile(r"(?:^|\.)(?:\d+|0x[0-9a-f]*)\.?$", re.IGNORECASE)


class Refused(Exception):
    """The URL is no plain one of the web, or leads to an address that is not permitted."""


class PublicTransport(httpx.AsyncBaseTransport):
    """Sends requests, each over a connection of its own. No proxy is used, and no redirect followed."""

    def __init__(self, allowed: Sequence[Network], resolve: Resolve | None, concurrent: int) -> None:
        """`allowed`: networks that are permitted though not public; `concurrent`: connections at once."""
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            max_connections=concurrent,
            max_keepalive_connections=0,
            network_backend=_Backend(allowed, resolve or socket.getaddrinfo, concurrent),
        )

    async def __aenter__(self) -> Self:
        await self._pool.__aenter__()
        return self

    async def aclose(self) -> None:
        await self._pool.aclose()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the response, its body unread. Raises Refused, and the errors of httpcore."""
        url = request.url
        _check(url)
        answer = await self._pool.handle_async_request(
            httpcore.Request(
                request.method,
                httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                extensions=request.extensions,
            )
        )
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer))


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._answer.aiter_stream():
            yield part

    async def aclose(self) -> None:
        await self._answer.aclose()


class _Backend(httpcore.AsyncNetworkBackend):
    """Opens connections. Names have threads of their own: a slow name server holds up nothing else."""

    def __init__(self, allowed: Sequence[Network], resolve: Resolve, concurrent: int) -> None:
        self._allowed = allowed
        self._resolve = resolve
        self._threads = anyio.CapacityLimiter(concurrent)
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - as httpcore calls it
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to a host. Raises Refused, and httpcore's ConnectError and ConnectTimeout."""
        failed: Exception = httpcore.ConnectError("the name has no address")
        for address in await self._addresses(host, port, timeout):
            try:
                return await self._inner.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)

    async def _addresses(self, host: str, port: int, seconds: float | None) -> Sequence[Address]:
        try:
            async with asyncio.timeout(seconds):
                rows = await anyio.to_thread.run_sync(
                    self._rows, host, port, abandon_on_cancel=True, limiter=self._threads
                )
        except TimeoutError as error:
            raise httpcore.ConnectTimeout from error
        except OSError as error:
            raise httpcore.ConnectError from error
        addresses = list(dict.fromkeys(ip_address(str(row[4][0])) for row in rows))
        if not all(is_permitted(address, self._allowed) for address in addresses):
            raise Refused
        return addresses[:_MOST_ADDRESSES]

    def _rows(self, host: str, port: int) -> Rows:
        return self._resolve(host, port, 0, socket.SOCK_STREAM)


def _check(url: httpx.URL) -> None:
    """Raise Refused for anything but a plain http or https URL without a password."""
    is_plain = url.scheme in ("http", "https") and not url.userinfo and len(str(url)) <= _LONGEST_URL
    if not (is_plain and url.port in _PORTS and _is_host(url.raw_host.decode("ascii"))):
        raise Refused


def _is_host(host: str) -> bool:
    """Return True for a name, and for an address in its usual form: not 127.1, 0x7f000001, fe80::1%eth0."""
    if ":" not in host and not _ENDS_IN_NUMBER.search(host):
        return bool(_NAME.fullmatch(host))
    try:
        return "%" not in str(ip_address(host))
    except ValueError:
        return False
