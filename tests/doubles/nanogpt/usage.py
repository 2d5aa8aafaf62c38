"""NanoGPT's answer to GET /v1/usage: sums by day and model, and never a single call."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from tests.doubles.nanogpt.rules import Refused

_GROUPINGS = {"day": ("byDay",), "model": ("byModel",), "day,model": ("byDay", "byModel", "byDayModel")}
_MOST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Charge:
    """One call on the bill. Dollars."""

    day: date
    model: str
    cost: float
    refunded: float = 0.0


def checked_usage(query: Mapping[str, str], today: date) -> tuple[date, date, str]:
    """The first day, the last day and the grouping. Raises Refused."""
    if query.keys() - {"from", "to", "group_by", "scope", "api_key_id"}:
        raise _bad("unknown parameter")
    first, last = _day(query.get("from")), _day(query.get("to"))
    group_by = {"model,day": "day,model"}.get(query.get("group_by", "day,model"), query.get("group_by", "day,model"))
    if last < first or last > today or last - first >= timedelta(days=_MOST_DAYS):
        raise _bad("the range must be 1 to 366 days, and not lie in the future")
    if group_by not in _GROUPINGS:
        raise _bad("group_by must be day, model or day,model")
    return first, last, group_by


def usage_answer(
    bill: Iterable[Charge], first: date, last: date, group_by: str, missing: Iterable[date]
) -> dict[str, Any]:
    left_out = set(missing)
    told = [charge for charge in bill if first <= charge.day <= last and charge.day not in left_out]
    arrays = {
        "byDay": [{**_sums(group), "date": key[0]} for key, group in _grouped(told, by_model=False)],
        "byModel": [
            {**_sums(group), "model": key[1]}
            for key, group in _grouped([replace(charge, day=first) for charge in told], by_model=True)
        ],
        "byDayModel": [
            {**_sums(group), "date": key[0], "model": key[1]} for key, group in _grouped(told, by_model=True)
        ],
    }
    return {
        "object": "usage",
        "scope": "current_key",
        "apiKey": {"id": 123},
        "from": first.isoformat(),
        "to": last.isoformat(),
        "timezone": "UTC",
        "groupBy": group_by,
        "asOf": f"{last.isoformat()}T12:00:00.000Z",
        "source": {"rollupDays": [], "liveDays": [], "missingRollupDays": sorted(map(str, left_out))},
        "totals": _sums(told),
        **{name: arrays[name] for name in _GROUPINGS[group_by]},
    }


def _grouped(told: Iterable[Charge], *, by_model: bool) -> list[tuple[tuple[str, str], list[Charge]]]:
    groups: dict[tuple[str, str], list[Charge]] = {}
    for charge in told:
        groups.setdefault((charge.day.isoformat(), charge.model if by_model else ""), []).append(charge)
    return sorted(groups.items(), key=lambda item: item[0])


def _sums(group: Iterable[Charge]) -> dict[str, Any]:
    """Sums of fractions, as a machine makes them: not always the nearest number."""
    charges = list(group)
    cost, refunded = sum(charge.cost for charge in charges), sum(charge.refunded for charge in charges)
    tokens = dict.fromkeys(("inputTokens", "outputTokens", "reasoningTokens", "totalTokens"), 0)
    return {"requests": len(charges), "costUsd": cost, "refundedUsd": refunded, "netCostUsd": cost - refunded, **tokens}


def _day(said: str | None) -> date:
    if said is None or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", said):
        raise _bad("from and to must be given together, as YYYY-MM-DD")
    return date.fromisoformat(said)


def _bad(why: str) -> Refused:
    return Refused(400, {"error": {"message": why, "type": "invalid_request_error", "code": "bad", "param": None}})
