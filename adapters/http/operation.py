"""The routes that an operator and a monitor look at: health, readiness, metrics."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Literal

import structlog
from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel
from starlette.responses import Response

from adapters.http.answers import Answers, plain_text, shown

log = structlog.get_logger()

Ready = Callable[[], Awaitable[Mapping[str, str]]]
"""Returns the conditions under which notes are worked on, by name: "ok", or the fault in a word or two.

Details may stand behind "ok" and a comma. "paused" is no fault.
"""

READY_SECONDS = 5.0
_FINE = {"ok", "paused"}
"""An operator who pauses the service wants it to be reached: for notes in work, and for the moment it goes on."""


class Health(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """Conditions under which notes are accepted and worked on."""

    status: Literal["ok", "not ready"]
    checks: dict[str, str]
    """Each condition: "ok" (behind a comma: details), or the fault in a word or two; "paused" is no fault."""


def operator_routes(ready: Ready) -> APIRouter:
    """Return the routes that tell an operator how the service is."""
    router = APIRouter(tags=["operation"])
    not_ready: Answers = {503: {"model": Readiness, "description": "Not now."}}

    @router.get("/healthz", response_model=Health, summary="Whether the process answers")
    async def healthz() -> Response:
        return shown(Health())

    @router.get("/readyz", response_model=Readiness, summary="Whether notes are worked on", responses=not_ready)
    async def readyz() -> Response:
        checks = dict(await _looked_at(ready))
        if checks and {result.partition(",")[0] for result in checks.values()} <= _FINE:
            return shown(Readiness(status="ok", checks=checks))
        return shown(Readiness(status="not ready", checks=checks), 503)

    @router.get(
        "/metrics",
        response_class=Response,
        summary="Figures for Prometheus",
        responses={200: {"content": {"text/plain": plain_text("Prometheus's text format.")}}},
    )
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router


async def _looked_at(ready: Ready) -> Mapping[str, str]:
    try:
        async with asyncio.timeout(READY_SECONDS):
            return await ready()
    except Exception as error:  # noqa: BLE001  # whatever it is: it is not ready
        log.warning("not_ready", error=type(error).__name__)
        return {"service": "failed"}
