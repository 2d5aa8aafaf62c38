"""Somebody else's JSON, read with suspicion: what comes out is a clean value, or nothing."""

import json
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from bot.domain.money import MOST, PER_DOLLAR, Micros, micros

_DEPTH = 8
_NOTHING: Mapping[str, Any] = {}


def parse(body: bytes) -> Any:
    """The value in a JSON text, fractions as Decimal, NaN and infinity as None. Raises ValueError."""
    try:
        return json.loads(body, parse_float=_decimal, parse_constant=lambda _: None)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def as_dict(value: object) -> Mapping[str, Any]:
    """The object, or an empty one for what is none."""
    return value if isinstance(value, dict) else _NOTHING


def as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def as_text(value: object) -> str:
    """The text, without what neither a database nor a platform takes; "" for what is none."""
    return value.replace("\0", "").encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def as_number(value: object) -> float | None:
    """A finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    try:
        number = float(value)
    except (OverflowError, ValueError):
        return None
    return number if math.isfinite(number) else None


def as_dollars(value: object) -> Micros | None:
    """An amount in dollars, a number or a text; None for what cannot be one. Nothing is rounded on the way."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return None
    amount = _decimal(value) if isinstance(value, str) else Decimal(value)
    if amount is None or not amount.is_finite() or not 0 <= amount <= MOST // PER_DOLLAR:
        return None
    return micros(amount)


def as_plain(value: object, depth: int = _DEPTH) -> Any:
    """The value as plain JSON that can be stored: no Decimal, and nothing nested deeper than `depth`."""
    if isinstance(value, str):
        return as_text(value)
    if isinstance(value, bool | int) or value is None:
        return value
    if isinstance(value, dict) and depth:
        return {as_text(name): as_plain(inner, depth - 1) for name, inner in value.items()}
    if isinstance(value, list) and depth:
        return [as_plain(inner, depth - 1) for inner in value]
    return as_number(value)


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except ArithmeticError:  # as an exponent of twenty digits
        return None
