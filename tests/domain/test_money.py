"""Amounts: read once, rounded up once, written so that people see every micro-dollar."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.money import MOST, PER_DOLLAR, Micros, by_length, dollars, from_shown, micros, with_markup


@pytest.mark.parametrize(
    ("text", "amount"),
    [("1", 1_000_000), ("$2.50", 2_500_000), (" 0.0035 ", 3_500), ("0.00000001", 1), (".5", 500_000), ("0", 0)],
)
def test_dollars_are_read(text: str, amount: int) -> None:
    assert micros(text) == amount


@pytest.mark.parametrize("text", ["", "much", "-1", "nan", "inf", "1e99", "1e999999", "1,5", "$"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not an amount"):
        micros(text)


@pytest.mark.parametrize(
    "text", ["1_000", "1_0.5", "1e3", "1e-6", "\u0665", "\uff15", "5\u00a0000", "+5", "$$5", "0x10"]
)
def test_a_slip_of_the_keyboard_is_no_amount(text: str) -> None:
    """Python reads most of these: the first as a thousand, the Arabic five as five."""
    with pytest.raises(ValueError, match=r"is not an amount in dollars: write it like 5 or 0\.25"):
        micros(text)


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0, "$0.00"), (1_500_000, "$1.50"), (-3_500, "-$0.0035"), (1, "$0.000001"), (1_234_567_000_000, "$1,234,567.00")],
)
def test_amounts_are_written_for_people(amount: int, text: str) -> None:
    assert dollars(amount) == text


@given(st.integers(-MOST, MOST))
def test_what_is_written_can_be_read_again(amount: int) -> None:
    assert from_shown(dollars(amount)) == amount


@given(st.integers(0, 10**9), st.integers(0, 86_400_000))
def test_a_price_by_length_is_rounded_up_and_by_less_than_a_micro_dollar(per_minute: int, thousandths: int) -> None:
    price = by_length(Micros(per_minute), thousandths / 1000)
    assert 0 <= price - Fraction(per_minute * thousandths, 60_000) < 1


@given(st.integers(0, 10**12), st.decimals(0, 1000, places=3))
def test_a_markup_is_rounded_up_and_by_less_than_a_micro_dollar(cost: int, markup: Decimal) -> None:
    assert 0 <= with_markup(Micros(cost), markup) - cost * markup < 1


def test_a_dollar_is_a_million() -> None:
    assert micros(1) == PER_DOLLAR
