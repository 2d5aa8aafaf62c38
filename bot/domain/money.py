"""Money is a whole number of micro-dollars (1 dollar = 1,000,000), everywhere inside.

Decimal appears only at the edges: amounts in texts of providers and users, and amounts that users read.
"""

import re
from decimal import ROUND_CEILING, Decimal
from fractions import Fraction
from typing import NewType

Micros = NewType("Micros", int)
"""Micro-dollars, a whole number."""

PER_DOLLAR = 1_000_000
MOST = Micros(10**15)
"""A bound for every amount that is read from outside: a thousand million dollars."""
_PLAIN = re.compile(r"\d+\.?\d*|\.\d+", re.ASCII)


def micros(dollars: Decimal | int | str) -> Micros:
    """Read an amount in dollars ("0.0035", "$5"); what is smaller than a micro-dollar is rounded up.

    Raises ValueError for anything but a finite amount from 0 to a thousand million dollars. A text has plain digits and
    at most one point. A float is not accepted: it would already have been rounded.
    """
    try:
        amount = plain_decimal(dollars.strip().removeprefix("$")) if isinstance(dollars, str) else Decimal(dollars)
        whole = int((amount * PER_DOLLAR).to_integral_value(rounding=ROUND_CEILING))
    except (ArithmeticError, ValueError) as error:
        raise ValueError(f"{dollars!r} is not an amount in dollars: write it like 5 or 0.25") from error
    if not 0 <= whole <= MOST:
        raise ValueError(f"{dollars!r} is not an amount between 0 and {MOST // PER_DOLLAR:,} dollars")
    return Micros(whole)


def plain_decimal(text: str) -> Decimal:
    """Read a number of plain digits and at most one point. Raises ValueError.

    Decimal alone would also read "1_000", "1e3" and the digits of every script: more likely slips of the keyboard.
    """
    if not _PLAIN.fullmatch(text):
        raise ValueError(f"{text!r} is not a plain number")
    return Decimal(text)


def from_shown(text: str) -> int:
    """Read an amount as `dollars` writes it, and as an operator types it. Raises ValueError."""
    size = micros(text.removeprefix("-").replace(",", ""))
    return -size if text.startswith("-") else size


def by_length(per_minute: Micros, seconds: float) -> Micros:
    """Return the price of so many seconds at so much a minute, rounded up once."""
    exact = Decimal(per_minute) * Decimal(repr(seconds)) / 60
    return Micros(int(exact.to_integral_value(rounding=ROUND_CEILING)))


def with_markup(cost: Micros, markup: Decimal) -> Micros:
    """Return the operator's price for a provider's charge, rounded up once."""
    return Micros(int((cost * markup).to_integral_value(rounding=ROUND_CEILING)))


def dollars(amount: int) -> str:
    """Return an amount for readers: at least two decimals, as many more as it needs ("$0.00", "$1.50", "-$0.0035")."""
    sign, size = ("-" if amount < 0 else ""), abs(amount)
    fraction = f"{size % PER_DOLLAR:06d}".rstrip("0").ljust(2, "0")
    return f"{sign}${size // PER_DOLLAR:,}.{fraction}"


def plain_dollars(amount: int) -> str:
    """Return an amount as a user types it: "0.50", "5"."""
    whole, rest = divmod(amount, PER_DOLLAR)
    return dollars(amount).removeprefix("$").replace(",", "") if rest else str(whole)


def part(amount: int, share: float, whole: float) -> Micros:
    """Return the share of an amount that `share` is of `whole`, rounded down: half for 30 s of 60 s, all for 0 of 0."""
    if share >= whole:
        return Micros(amount)
    return Micros(int(amount * Fraction(share) / Fraction(whole)))
