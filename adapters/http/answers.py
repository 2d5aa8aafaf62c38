"""JSON answers, and how the documentation describes answers."""

from typing import Any

from pydantic import BaseModel
from starlette.responses import JSONResponse

Answers = dict[int | str, dict[str, Any]]
"""Descriptions of answers by status, as FastAPI takes them."""


def shown(body: BaseModel, status: int = 200) -> JSONResponse:
    """Return a body as JSON, without the fields that have no value."""
    return JSONResponse(body.model_dump(mode="json", by_alias=True, exclude_none=True), status)


def plain_text(description: str) -> dict[str, Any]:
    """Describe an answer that is text."""
    return {"schema": {"type": "string", "description": description}}
