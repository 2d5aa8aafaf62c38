"""The app: every route, and the shape of every failure."""

from collections.abc import Callable
from uuid import uuid4

import structlog
from fastapi import APIRouter, FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import bot
from adapters.api import openai
from adapters.api.adapter import ApiAdapter
from adapters.api.context import Context, Limits, Shelf
from adapters.api.errors import LinkEnded, NowhereHere, refusal
from adapters.api.openai import openai_routes
from adapters.api.routes import document_routes, model_routes
from adapters.api.submissions import Submissions
from adapters.api.usage import usage_routes
from adapters.http.middleware import Counting, Lingering
from adapters.http.operation import operator_routes
from bot.domain.errors import DatabaseDown, EarmarkError, InternalError

log = structlog.get_logger()

_NEW = Limits()


def make_app(adapter: ApiAdapter, context: Context, limits: Limits = _NEW) -> FastAPI:
    """Return the whole API over one running service."""
    submissions = Submissions(adapter, context, limits)
    app = FastAPI(
        title="Earmark",
        version=bot.__version__,
        summary="Voice to text, every cent held before it is spent",
        redoc_url=None,
        separate_input_output_schemas=False,
    )
    app.state.submissions = submissions
    app.include_router(document_routes(submissions))
    for prefix in ("/api/v1", "/v1"):
        app.include_router(openai_routes(submissions, prefix))
        app.include_router(model_routes(submissions, prefix, openai.Problem))
    app.include_router(usage_routes(submissions))
    app.include_router(operator_routes(context.ready))
    if context.store is not None:
        app.include_router(_media_routes(context.store))
    app.add_exception_handler(EarmarkError, _tell)
    app.add_exception_handler(HTTPException, _tell_of_http)
    app.add_exception_handler(Exception, _tell_of_ours)
    app.add_middleware(_Outages, is_outage=context.is_outage)
    app.add_middleware(Lingering)
    app.add_middleware(Counting)
    return app


def _media_routes(store: Shelf) -> APIRouter:
    router = APIRouter()

    @router.api_route("/media/{token}/{name}", methods=["GET", "HEAD"], include_in_schema=False)
    async def media(token: str) -> Response:
        published = await store.open(token)
        if published is None:
            raise LinkEnded
        # A user's file: browsers must save it, never show it.
        headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
        return FileResponse(published.path, media_type=published.mime, filename="sound", headers=headers)

    return router


class _Outages:
    """Answers 503 to a request that finds the database away, before uvicorn would log it as a fault of the app."""

    def __init__(self, app: ASGIApp, is_outage: Callable[[BaseException], bool]) -> None:
        self._app = app
        self._is_outage = is_outage

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_begun = False

        async def watch(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception as error:
            if has_begun or not self._is_outage(error):
                raise
            log.warning("api_without_database", error=type(error).__name__)
            await refusal(Request(scope), DatabaseDown())(scope, receive, send)


async def _tell(request: Request, error: Exception) -> Response:
    assert isinstance(error, EarmarkError)
    return refusal(request, error)


async def _tell_of_http(request: Request, error: Exception) -> Response:
    """Return the response for the router's own errors: an unknown path, or a wrong method."""
    assert isinstance(error, HTTPException)
    told = refusal(request, NowhereHere(reason=error.detail), error.status_code)
    told.headers.update(error.headers or {})
    return told


async def _tell_of_ours(request: Request, error: Exception) -> Response:
    """Return the response for a fault of ours; the server logs its traceback."""
    reference = uuid4().hex[:12]
    log.error("api_failed", reference=reference, error=type(error).__name__)
    return refusal(request, InternalError(reference=reference))
