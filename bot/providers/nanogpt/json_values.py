"""Defensive reading of foreign JSON: the result is a clean value, or nothing."""

import json
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from bot.domain.money import MOST, PER_DOLLAR, Micros, micros

_DEPTH = 8
_NOTHING: Mapping[str, Any] = {}


def parse(body: bytes) -> Any:
    """Parse JSON, with fractions as Decimal, NaN and infinity as None. Raises ValueError."""
    try:
        return json.loads(body, parse_float=_decimal, parse_constant=lambda _: None)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def as_dict(value: object) -> Mapping[str, Any]:
    """Return an object, or an empty one for any other value."""
    return value if isinstance(value, dict) else _NOTHING


def as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def as_text(value: object) -> str:
    """Return a text without characters that databases or platforms refuse; "" for any other value."""
    return value.replace("\0", "").encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def as_number(value: object) -> float | None:
    """Return a finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    try:
        number = float(value)
    except (OverflowError, ValueError):
        return None
    return number if math.isfinite(number) else None


def as_dollars(value: object) -> Micros | None:
    """Return an amount in dollars, from a number or a text, or None. Intermediate values are not rounded."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return None
    amount = _decimal(value) if isinstance(value, str) else Decimal(value)
    if amount is None or not amount.is_finite() or not 0 <= amount <= MOST // PER_DOLLAR:
        return None
    return micros(amount)


def as_plain(value: object, depth: int = _DEPTH) -> Any:
    """Return plain JSON that can be stored: no Decimal, and nothing nested deeper than `depth`."""
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
    except ArithmeticError:  # such as an exponent of twenty digits
        return None
