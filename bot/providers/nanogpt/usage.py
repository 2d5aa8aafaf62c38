"""NanoGPT's usage report: requests and answers of GET /v1/usage, as pure functions.

It reports whole days in UTC by model, never single calls. `from` and `to` go together, neither lies in the future, and
they span at most 366 days. A refund stands on its own day.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from bot.domain.billing import DayUse, Listing
from bot.domain.money import Micros
from bot.providers.nanogpt.json_values import as_dict, as_dollars, as_list, as_number, as_text, parse

USAGE = "v1/usage"


def usage_query(first: date, last: date) -> dict[str, str]:
    """Return the query of a range, both days included."""
    return {"from": first.isoformat(), "to": last.isoformat(), "group_by": "day,model"}


def read_usage(body: bytes) -> Listing:
    """Return the charges by day and model. Raises ValueError: an unreadable line would be money left out."""
    answer = as_dict(parse(body))
    lines = answer.get("byDayModel")
    if as_list(lines) is not lines:
        raise ValueError("it does not say what was charged by day and model")
    missing = as_list(as_dict(answer.get("source")).get("missingRollupDays"))
    return Listing(
        lines=tuple(_line(as_dict(entry)) for entry in as_list(lines)),
        missing=frozenset(_day(said) for said in missing),
    )


def _line(entry: Mapping[str, Any]) -> DayUse:
    cost = as_dollars(entry.get("costUsd"))
    refunded = _refunded(entry, cost)
    if cost is None:
        raise ValueError("it does not say what a line cost")
    return DayUse(
        day=_day(entry.get("date")),
        model=as_text(entry.get("model"))[:200],
        calls=int(as_number(entry.get("requests")) or 0),
        cost=cost,
        refunded=refunded,
    )


def _refunded(entry: Mapping[str, Any], cost: Micros | None) -> Micros:
    """Return the refunded amount; if it is not stated, the difference of cost and net cost."""
    refunded = as_dollars(entry.get("refundedUsd"))
    if refunded is not None:
        return refunded
    net = as_dollars(entry.get("netCostUsd"))
    return Micros(cost - net if cost is not None and net is not None else 0)


def _day(said: object) -> date:
    """Return a day such as "2026-11-30"; a time of that day is accepted too."""
    return date.fromisoformat(as_text(said)[:10])
