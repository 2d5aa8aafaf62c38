"""One HTTP call to NanoGPT: streamed body, bounded answer, and a classified failure."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from http import HTTPStatus

import httpx
from aiolimiter import AsyncLimiter

from bot.domain.catalog import NANOGPT
from bot.support.metrics import PROVIDER_BUSY, PROVIDER_SECONDS

PER_SECOND = 25
"""Requests per second that the provider accepts from one account."""
LARGEST_ANSWER = 64_000_000
"""Bytes; the words of a whole day take less."""
_SLACK_SECONDS = 900.0
"""Seconds beyond the answer's timeout: a slow line has time, but trickling bytes end."""


class NeverArrived(Exception):
    """The call failed before all of it was sent, so the provider cannot have acted on it."""


class Unreachable(NeverArrived):
    """There is no connection to the provider."""


class MayHaveArrived(Exception):
    """The call failed without an answer, and the provider may have acted on it."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A complete answer; of an error's body as much as arrived."""

    status: int
    headers: httpx.Headers
    body: bytes


class Pace:
    """Rate limit of `per_second` requests, with room left for submits beside polls.

    A bucket of one drop permits no bursts after a pause: requests are evenly spaced, so that no second has more than
    one above the rate. One more is left for requests that the network brings closer together.
    """

    def __init__(self, per_second: float = PER_SECOND) -> None:
        self._all = AsyncLimiter(1, 1 / (per_second - 2))
        self._looks = AsyncLimiter(1, 1 / (0.8 * per_second))

    async def wait_to_submit(self) -> None:
        """Wait for the next free moment."""
        await self._all.acquire()

    async def wait_to_poll(self) -> None:
        """Wait for the next free moment of a poll: polls queue among themselves first, so that submits do not wait
        behind them.
        """
        await self._looks.acquire()
        await self._all.acquire()


class FileUnreadable(Exception):
    """The file to send cannot be read; `error` is the reason."""

    def __init__(self, error: OSError) -> None:
        super().__init__(type(error).__name__)
        self.error = error


class _Upload(httpx.AsyncByteStream):
    """A body that is read in a thread, chunk by chunk, and records if its end was passed to the network."""

    def __init__(self, chunks: Iterator[bytes], length: int) -> None:
        self._chunks = chunks
        self._left = length

    @property
    def is_sent(self) -> bool:
        """Return True from the last chunk on (of a form its closing line): from then on it may have arrived."""
        return self._left <= 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (chunk := await self._next()) is not None:
            self._left -= len(chunk)
            yield chunk
        if self._left > 0:
            raise FileUnreadable(OSError("the file became shorter while it was sent"))

    async def _next(self) -> bytes | None:
        try:
            return await asyncio.to_thread(next, self._chunks, None)
        except OSError as error:
            raise FileUnreadable(error) from error


async def call(client: httpx.AsyncClient, request: httpx.Request, answer_seconds: float) -> Answered:
    """Send a request once. Raises NeverArrived, MayHaveArrived, and FileUnreadable."""
    assert isinstance(request.stream, httpx.SyncByteStream), "as build_request makes them"
    upload = _Upload(iter(request.stream), int(request.headers.get("content-length", "0")))
    request.stream = upload
    with PROVIDER_SECONDS.labels(NANOGPT, request.url.path.rpartition("/")[2]).time():
        answered = await _sent(client, request, upload, answer_seconds)
    if answered.status == HTTPStatus.TOO_MANY_REQUESTS:
        PROVIDER_BUSY.labels(NANOGPT).inc()
    return answered


async def _sent(client: httpx.AsyncClient, request: httpx.Request, upload: _Upload, answer_seconds: float) -> Answered:
    try:
        async with asyncio.timeout(answer_seconds + _SLACK_SECONDS):
            response = await client.send(request, stream=True)
            try:
                return Answered(response.status_code, response.headers, await _body_of(response))
            finally:
                await response.aclose()
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        raise Unreachable(type(error).__name__) from error
    except httpx.PoolTimeout as error:
        raise NeverArrived(type(error).__name__) from error
    except (httpx.HTTPError, OSError) as error:  # a damaged TLS record comes unwrapped; TimeoutError is an OSError
        broken = MayHaveArrived if upload.is_sent else NeverArrived
        raise broken(type(error).__name__) from error


async def _body_of(response: httpx.Response) -> bytes:
    """Return the bounded body. An error's body may break off: its status is enough."""
    body = bytearray()
    try:
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > LARGEST_ANSWER:
                raise httpx.DecodingError("the answer is too large", request=response.request)
    except (httpx.HTTPError, OSError):
        if response.status_code < 400:
            raise
    return bytes(body)
