"""Bodies of requests, bounded in bytes and in time."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, Protocol

from starlette.requests import ClientDisconnect, Request

from adapters.http.errors import BadRequest, UploadTooSlow

OTHER_BYTES = 64 * 1024
"""Most that a request may hold beside its file: fields, headers of parts, JSON."""


class Pace(Protocol):
    """Time that a client has for its body, in seconds."""

    @property
    def upload_seconds(self) -> float:
        """Return the limit for the whole body."""

    @property
    def chunk_seconds(self) -> float:
        """Return the limit for a pause in the middle of it."""


class BodyTooLarge(Exception):
    """The body has more bytes than it may."""


async def chunks(request: Request, pace: Pace) -> AsyncIterator[bytes]:
    """Yield the body as it comes. Raises UploadTooSlow, and BadRequest if the client goes away."""
    stream = aiter(request.stream())
    end = asyncio.get_running_loop().time() + pace.upload_seconds
    while True:
        try:
            async with asyncio.timeout_at(min(end, asyncio.get_running_loop().time() + pace.chunk_seconds)):
                chunk = await anext(stream)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise UploadTooSlow from None
        except ClientDisconnect:
            raise BadRequest(reason="it breaks off") from None
        if chunk:
            yield chunk


async def read_body(request: Request, most: int, pace: Pace) -> bytes:
    """Return a small body. Raises BodyTooLarge, UploadTooSlow, BadRequest."""
    body = bytearray()
    async for chunk in chunks(request, pace):
        body += chunk
        if len(body) > most:
            raise BodyTooLarge
    return bytes(body)


async def read_json(request: Request, pace: Pace) -> dict[str, Any]:
    """Return a small JSON object. Raises BadRequest, UploadTooSlow."""
    try:
        values = json.loads(await read_body(request, OTHER_BYTES, pace))
    except BodyTooLarge:
        raise BadRequest(reason="the JSON is too large") from None
    except (ValueError, RecursionError):
        raise BadRequest(reason="the body is no JSON") from None
    if not isinstance(values, dict):
        raise BadRequest(reason="the JSON is no object")
    return values
