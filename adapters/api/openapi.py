"""Documentation of responses and request bodies."""

from typing import Any

from pydantic import BaseModel

from adapters.http.answers import Answers
from adapters.http.uploads import MEBIBYTE, Rules

_WHY = {
    400: "It cannot be understood, or no model here can do it, or the file is at fault; nothing was charged.",
    401: "The API key is missing, wrong or revoked.",
    402: "The balance is too small; requiredBalance says what it would cost.",
    403: "The operator does not let this key in.",
    404: "There is no such thing, or it is somebody else's.",
    408: "The upload came too slowly.",
    409: "It was cancelled; nothing was charged.",
    413: "The file is too large.",
    422: "This Idempotency-Key came before with another recording or other options; nothing was charged.",
    429: "Too many requests or unfinished recordings; Retry-After says when to come again.",
    500: "An error of ours; nothing was charged.",
    502: "The speech service failed; nothing was charged.",
    503: "The service is not ready, is paused, or needs its operator; nothing was charged. Or the recording has to "
    "wait, and is charged once.",
    504: "The text was not ready in time; the work goes on.",
}
_SUBMITTING = (400, 401, 402, 403, 408, 409, 413, 422, 429, 500, 502, 503)

IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A repeat with the same key gets the first answer, and is charged once; after a failure that "
    "passes (502, 503, 500) it is tried anew. Another request is refused.",
    "schema": {"type": "string", "maxLength": 255, "pattern": "^[!-~]*$"},
}


def refusals(shape: type[BaseModel], *statuses: int) -> Answers:
    """Return the error responses of a route, in its form."""
    return {status: {"model": shape, "description": _WHY[status]} for status in statuses}


def submitting(shape: type[BaseModel], *more: int) -> Answers:
    """Return all responses to a submitted recording."""
    return refusals(shape, *_SUBMITTING, *more)


def json_body(schema: dict[str, Any]) -> dict[str, Any]:
    """Describe a JSON body."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def recording_body(rules: Rules, fields: dict[str, Any], json_fields: dict[str, Any]) -> dict[str, Any]:
    """Describe a form with a file or its URL, or JSON with its URL."""
    link = {rules.link: {"type": "string", "format": "uri", "pattern": "^https?://", "maxLength": 4096}}
    about = f"At most {rules.most / MEBIBYTE:g} MB."
    file = {rules.file: {"type": "string", "format": "binary", "description": about}}
    either = [{"required": [rules.file]}, {"required": [rules.link]}]
    form = {"type": "object", "properties": {**file, **link, **fields}, "oneOf": either}
    plain = {"type": "object", "properties": {**link, **json_fields}, "required": [rules.link]}
    content = {"multipart/form-data": {"schema": form}, "application/json": {"schema": plain}}
    return {"requestBody": {"required": True, "content": content}, "parameters": [IDEMPOTENCY]}
