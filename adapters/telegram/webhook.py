"""Has Telegram call for each update: for operators whose service the world can reach at an address of its own."""

import asyncio
from secrets import compare_digest

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from telegram.ext import ExtBot

from adapters.telegram.backoff import Backoff, Sleep, report
from adapters.telegram.source import Keep
from adapters.telegram.updates import KINDS, arrivals_of, parse

log = structlog.get_logger()

PATH = "/telegram"
HEADER = "X-Telegram-Bot-Api-Secret-Token"
LARGEST = 1_000_000
"""Bytes of one update."""
BODY_SECONDS = 10.0


class Webhook:
    """The source of updates that is called. Its route must be served where the base address leads to."""

    def __init__(self, base: str, secret: str, sleep: Sleep = asyncio.sleep) -> None:
        """`base` is https, and PATH is appended to it; `secret` is 1 to 256 of A-Z a-z 0-9 _ -."""
        self._url = base.rstrip("/") + PATH
        self._secret = secret
        self._sleep = sleep
        self._keep: Keep | None = None
        self.route = Route(PATH, self._take, methods=["POST"])

    async def listen(self, bot: "ExtBot[None]", keep: Keep) -> None:
        self._keep = keep
        try:
            await Backoff(self._sleep).retry(
                lambda: bot.set_webhook(
                    self._url, secret_token=self._secret, allowed_updates=KINDS, drop_pending_updates=False
                )
            )
            await asyncio.Event().wait()
        finally:
            self._keep = None

    async def _take(self, request: Request) -> Response:
        """Answers 200 when an update is written down. Telegram sends it again after everything else."""
        if not compare_digest(request.headers.get(HEADER, "").encode(), self._secret.encode()):
            return Response(status_code=403)
        if self._keep is None:
            return Response(status_code=503)
        body = await _body(request)
        if isinstance(body, Response):
            return body
        try:
            arrivals = arrivals_of([parse(body)])
        except ValueError:
            return Response(status_code=400)
        if not arrivals:
            return Response(status_code=400)
        try:
            await self._keep(arrivals)
        except Exception as error:  # noqa: BLE001  # the database may be back when Telegram sends it again
            report("update_not_kept", error)
            return Response(status_code=503)
        return Response()


async def _body(request: Request) -> bytes | Response:
    """The body as far as it may go, or what is answered instead."""
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > LARGEST:
                    return Response(status_code=413)
    except TimeoutError:
        return Response(status_code=408)
    except ClientDisconnect:
        return Response(status_code=400)
    return bytes(body)
