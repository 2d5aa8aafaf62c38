"""Authentication: the API key of a request, in either of its two headers."""

from typing import Annotated

from fastapi import Depends, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import Request

from adapters.api.submissions import Submissions
from bot.people.api_keys import Key

_HEADER = APIKeyHeader(name="x-api-key", auto_error=False)
_BEARER = HTTPBearer(auto_error=False)


async def _caller(
    request: Request,
    header: Annotated[str | None, Security(_HEADER)],
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)],
) -> Key:
    """Return the key of a request. Raises KeyUnknown, TooOften."""
    submissions: Submissions = request.app.state.submissions
    return await submissions.caller(header or (bearer.credentials if bearer else ""))


WITH_A_KEY = Depends(_caller)
"""Dependency of routes that are open to any key."""

Caller = Annotated[Key, WITH_A_KEY]
"""Parameter of a route: the key of the request."""
