"""Errors of the API and their HTTP form.

Two forms, by the path: NanoGPT's `{"error": "text", "status": 402, "requiredBalance": 0.0035}`, and below /v1 OpenAI's
`{"error": {"message", "type", "code", "param"}}`.
"""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from adapters.http.errors import UploadTooSlow
from bot.domain.errors import (
    BadMedia,
    BadOptions,
    BadSettings,
    BudgetShort,
    Cancelled,
    DatabaseDown,
    DayShort,
    DiskShareFull,
    EarmarkError,
    InternalError,
    NeedsLink,
    NoAccess,
    NotFound,
    NotNow,
    OperatorError,
    Paused,
    ProviderDown,
    ProviderError,
    ProviderRefused,
    TooLarge,
)
from bot.domain.money import PER_DOLLAR
from bot.locales import ENGLISH, error_text


class KeyUnknown(EarmarkError):
    """The API key is missing, wrong or revoked."""


class NowhereHere(EarmarkError):
    """There is no such route, or it takes another method."""

    reason: str


class RunUnknown(EarmarkError):
    """The account has no run of this id."""


class LinkEnded(EarmarkError):
    """There is no such file, or its link has expired."""


class TooOften(EarmarkError):
    """The client sends more requests a second than its limit."""

    limit: float


class TooMany(EarmarkError):
    """The account has as many unfinished recordings as it may have."""

    limit: int


class IdempotencyKeyReused(EarmarkError):
    """The Idempotency-Key came before, with another recording or other options."""


class NotInTime(EarmarkError):
    """The text is not ready within the time of one request."""

    run: str


class RunWaits(EarmarkError):
    """The run waits for a reason that passes, and goes on by itself."""

    run: str


_STATUS: tuple[tuple[type[EarmarkError], int], ...] = (
    (KeyUnknown, 401),
    (BudgetShort, 402),
    (DayShort, 402),
    (NoAccess, 403),
    (RunUnknown, 404),
    (LinkEnded, 404),
    (NowhereHere, 404),
    (UploadTooSlow, 408),
    (Cancelled, 409),
    (TooLarge, 413),
    (IdempotencyKeyReused, 422),
    (TooOften, 429),
    (TooMany, 429),
    (DiskShareFull, 429),
    (BadOptions, 400),
    (BadMedia, 400),
    (NotFound, 400),
    (ProviderRefused, 400),
    (OperatorError, 503),
    (Paused, 503),
    (ProviderDown, 503),
    (NotNow, 503),
    (RunWaits, 503),
    (NotInTime, 504),
    (ProviderError, 502),
)
"""The first match counts; any other error is 500."""

_OPENAI_TYPES = {
    401: "authentication_error",
    402: "insufficient_quota",
    403: "permission_error",
    429: "rate_limit_error",
}
_OPENAI_CODES = {401: "invalid_api_key", 402: "insufficient_quota", 429: "rate_limit_exceeded"}

_WAIT: tuple[tuple[type[EarmarkError], int], ...] = (
    (TooOften, 1),
    (TooMany, 5),
    (DiskShareFull, 60),
    (ProviderDown, 30),
    (NotNow, 60),
    (RunWaits, 60),
    (Paused, 60),
    (DatabaseDown, 5),
    (OperatorError, 60),
)
"""Seconds for Retry-After; the first match counts."""
_PASSES = (ProviderError, OperatorError, DiskShareFull, Paused, NotNow, InternalError)
_STAYS = (ProviderRefused, BadSettings, NeedsLink)


def passes(error: EarmarkError) -> bool:
    """Return True if the same request may succeed later: the fault is not the recording's, and not the balance's."""
    return isinstance(error, _PASSES) and not isinstance(error, _STAYS)


def status_of(error: EarmarkError) -> int:
    """Return the HTTP status of an error."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def refusal(request: Request, error: EarmarkError, status: int | None = None) -> JSONResponse:
    """Return the response for an error, in the form of the requested path."""
    status = status or status_of(error)
    body = _openai(error, status) if "/v1/" in request.url.path else _plain(error, status)
    return JSONResponse(body, status, headers=_headers(request, error, status))


def _plain(error: EarmarkError, status: int) -> dict[str, Any]:
    body: dict[str, Any] = {"error": error_text(ENGLISH, error), "status": status, "code": error.code}
    if isinstance(error, BudgetShort | DayShort):
        body["requiredBalance"] = required_balance(error)
    return body


def _openai(error: EarmarkError, status: int) -> dict[str, Any]:
    kind = _OPENAI_TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error")
    told = {
        "message": error_text(ENGLISH, error),
        "type": kind,
        "code": _OPENAI_CODES.get(status, error.code),
        "param": None,
    }
    return {"error": told}


def required_balance(error: BudgetShort | DayShort) -> float:
    """Return the price of the note in dollars."""
    return error.price / PER_DOLLAR


def _headers(request: Request, error: EarmarkError, status: int) -> Mapping[str, str]:
    headers = {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if wait := next((seconds for kind, seconds in _WAIT if isinstance(error, kind)), None):
        headers["Retry-After"] = str(wait)
    if status == 503:
        headers["x-should-retry"] = "true" if passes(error) else "false"
    # Without a key OpenAI's clients would send the request again as another, which would be charged again.
    if isinstance(error, RunWaits | DatabaseDown):
        is_safe = request.method == "GET" or request.headers.get("idempotency-key")
        headers["x-should-retry"] = "true" if is_safe else "false"
    if isinstance(error, NotInTime | Cancelled):
        headers["x-should-retry"] = "false"
    return headers
