"""Updates by webhook: for operators whose service has a public address."""

import asyncio
from dataclasses import dataclass
from secrets import compare_digest

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from telegram.ext import ExtBot

from adapters.http.bodies import BodyTooLarge, read_body
from adapters.http.errors import BadRequest, UploadTooSlow
from adapters.telegram.client import parse
from adapters.telegram.errors import backoff
from adapters.telegram.receiving import KINDS, Keep, arrivals_of
from bot.chat.listening import StateReport
from bot.support.retry import Sleep
from bot.support.tracebacks import report

PATH = "/telegram"
HEADER = "X-Telegram-Bot-Api-Secret-Token"
LARGEST = 1_000_000
"""Bytes of one update."""
BODY_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class _Pace:
    """Time that Telegram has for an update."""

    upload_seconds: float = BODY_SECONDS
    chunk_seconds: float = BODY_SECONDS


class Webhook:
    """The source of updates that is called. Its route must be served where the base address leads to."""

    def __init__(self, base: str, secret: str, report: StateReport, sleep: Sleep = asyncio.sleep) -> None:
        """`base` is https, and PATH is appended to it; `secret` is 1 to 256 of A-Z a-z 0-9 _ -."""
        self._url = base.rstrip("/") + PATH
        self._secret = secret
        self._report = report
        self._sleep = sleep
        self._keep: Keep | None = None
        self.route = Route(PATH, self._take, methods=["POST"])

    async def listen(self, bot: "ExtBot[None]", keep: Keep) -> None:
        self._keep = keep
        try:
            await backoff(self._sleep).retry(
                lambda: bot.set_webhook(
                    self._url, secret_token=self._secret, allowed_updates=KINDS, drop_pending_updates=False
                )
            )
            self._report.connected()
            await asyncio.Event().wait()
        finally:
            self._keep = None
            self._report.lost()

    async def _take(self, request: Request) -> Response:
        """Answer 200 if an update is written down. Telegram sends it again after any other answer."""
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
        self._report.update_arrived()
        return Response()


async def _body(request: Request) -> bytes | Response:
    """Return the body, or the answer to one that is too large or too slow."""
    try:
        return await read_body(request, LARGEST, _Pace())
    except BodyTooLarge:
        return Response(status_code=413)
    except UploadTooSlow:
        return Response(status_code=408)
    except BadRequest:  # the client went away
        return Response(status_code=400)
