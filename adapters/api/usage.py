"""GET /api/v1/usage: an account's charges by day and model."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel
from starlette.responses import JSONResponse

from adapters.api import openai
from adapters.api.access import Caller
from adapters.api.openapi import refusals
from adapters.api.schemas import in_dollars
from adapters.api.submissions import Submissions
from adapters.http.answers import shown
from adapters.http.errors import BadRequest
from bot.domain.billing import DayUse
from bot.domain.money import Micros

_MOST_DAYS = 366
_USUAL_DAYS = 30
_GROUPINGS = {"day": "day", "model": "model", "day,model": "day,model", "model,day": "day,model"}

_DAY = {"format": "date"}


class _Camel(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class Sums(_Camel):
    """Sums of some calls, in dollars."""

    requests: int
    cost_usd: float
    refunded_usd: float
    net_cost_usd: float


class Use(Sums):
    """Sums of a day, of a model, or of both."""

    date: str | None = None
    model: str | None = None


class Usage(_Camel):
    """Charges of the key's account over a range of days, both included, in UTC."""

    object: Literal["usage"] = "usage"
    scope: Literal["current_key"] = "current_key"
    first: str
    to: str
    timezone: Literal["UTC"] = "UTC"
    group_by: str
    as_of: str
    totals: Sums
    by_day: list[Use] | None = None
    by_model: list[Use] | None = None
    by_day_model: list[Use] | None = None

    model_config = ConfigDict(
        alias_generator=lambda name: "from" if name == "first" else to_camel(name), populate_by_name=True
    )


def usage_routes(submissions: Submissions) -> APIRouter:
    """Return the route. Unfinished notes are not included."""
    router = APIRouter(prefix="/api/v1", tags=["speech-to-text"])

    @router.get(
        "/usage",
        summary="What was charged, by day and model",
        responses={
            200: {"model": Usage, "description": "Sums; a day is the one in UTC on which a recording was taken on."},
            **refusals(openai.Problem, 400, 401, 429, 500),
        },
    )
    async def usage(
        key: Caller,
        first: Annotated[str, Query(alias="from", json_schema_extra=_DAY)] = "",
        last: Annotated[str, Query(alias="to", json_schema_extra=_DAY)] = "",
        group_by: str = "day,model",
    ) -> JSONResponse:
        now = submissions.context.clock().astimezone(UTC)
        since, until = _range(first, last, now.date())
        if group_by not in _GROUPINGS:
            raise BadRequest(reason="group_by is day, model or day,model")
        used = await submissions.context.statements.use_by_day(key.account, since, until)
        return shown(_usage(used, since, until, _GROUPINGS[group_by], now))

    return router


def _range(first: str, last: str, today: date) -> tuple[date, date]:
    """Return the range of days. Raises BadRequest."""
    if not first and not last:
        return today - timedelta(days=_USUAL_DAYS - 1), today
    try:
        since, until = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        raise BadRequest(reason="from and to go together, each as YYYY-MM-DD") from None
    if not timedelta(0) <= until - since < timedelta(days=_MOST_DAYS) or until > today:
        raise BadRequest(reason=f"from and to are at most {_MOST_DAYS} days, none of them in the future")
    return since, until


def _usage(used: Sequence[DayUse], since: date, until: date, group_by: str, now: datetime) -> Usage:
    days, models = "day" in group_by, "model" in group_by
    return Usage(
        first=since.isoformat(),
        to=until.isoformat(),
        group_by=group_by,
        as_of=now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        totals=Sums(**_sums(used)),
        by_day=_lines(used, lambda one: {"date": one.day.isoformat()}) if days else None,
        by_model=_lines(used, lambda one: {"model": one.model}) if models else None,
        by_day_model=_lines(used, lambda one: {"date": one.day.isoformat(), "model": one.model})
        if days and models
        else None,
    )


def _lines(used: Sequence[DayUse], called: Callable[[DayUse], dict[str, Any]]) -> list[Use]:
    """Return one line for each group, in order."""
    groups: defaultdict[tuple[str, ...], list[DayUse]] = defaultdict(list)
    for one in used:
        groups[tuple(called(one).values())].append(one)
    return [Use(**called(group[0]), **_sums(group)) for _, group in sorted(groups.items())]


def _sums(group: Sequence[DayUse]) -> dict[str, Any]:
    cost, refunded = sum(one.cost for one in group), sum(one.refunded for one in group)
    amounts = {"cost_usd": cost, "refunded_usd": refunded, "net_cost_usd": cost - refunded}
    told = {name: in_dollars(Micros(amount)) for name, amount in amounts.items()}
    return {"requests": sum(one.calls for one in group), **told}
