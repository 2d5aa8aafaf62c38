"""Errors: each has a code and typed fields, survives being stored, and none is lost when its kind is."""

import pickle
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.api import errors as _api
from adapters.discord import opening as _discord
from adapters.http import errors as _http
from adapters.telegram import opening as _telegram
from adapters.telegram import refunds as _refunds
from bot.domain.errors import BudgetShort, EarmarkError, InternalError, Language, Names, NotNow, Plain, UnableModel
from bot.domain.money import MOST, Micros
from bot.domain.waiting import Wait, WaitReason
from bot.media import download as _download
from bot.operations import backup as _backup
from bot.operations import restore as _restore

DEFINE_ERRORS = (_api, _backup, _discord, _download, _http, _refunds, _restore, _telegram)
VALUES: dict[object, st.SearchStrategy[Any]] = {
    str: st.text(),
    Language: st.sampled_from(["", "de", "yue", "no such"]),
    Names: st.text(),
    int: st.integers(),
    float: st.floats(allow_nan=False),
    Micros: st.integers(-MOST, MOST),
    WaitReason: st.sampled_from(WaitReason),
    datetime: st.datetimes(timezones=st.just(UTC)),
}


def kinds(of: type[EarmarkError] = EarmarkError) -> list[type[EarmarkError]]:
    return [kind for child in of.__subclasses__() for kind in (child, *kinds(child))]


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
@settings(max_examples=20)
@given(data=st.data())
def test_an_error_survives_being_stored(kind: type[EarmarkError], data: st.DataObject) -> None:
    fields = {name: data.draw(VALUES[type_], name) for name, type_ in kind.kinds.items()}
    error = kind(**fields)
    for again in (EarmarkError.from_json(error.to_json()), pickle.loads(pickle.dumps(error))):
        assert again.code == kind.__name__
        plain = {name: one.isoformat() if isinstance(one, datetime) else one for name, one in fields.items()}
        assert again.to_json() == error.to_json() == {"code": kind.__name__} | plain
        assert str(again) == str(error)


def test_an_error_of_a_kind_that_no_longer_exists_is_an_internal_one() -> None:
    assert isinstance(EarmarkError.from_json({"code": "Forgotten"}), InternalError)
    assert isinstance(EarmarkError.from_json({"code": "BudgetShort"}), InternalError)
    assert isinstance(EarmarkError.from_json({"code": "BudgetShort", "price": "much", "available": 0}), InternalError)


def test_an_error_that_an_earlier_release_stored_is_read() -> None:
    short = EarmarkError.from_json({"code": "BudgetShort", "price": "$1,234.50", "available": "-$0.0035"})
    assert isinstance(short, BudgetShort)
    assert (short.price, short.available) == (1_234_500_000, -3_500)
    unable = EarmarkError.from_json({"code": "UnableModel", "model": "a", "what": "tell speakers apart", "able": "b"})
    assert isinstance(unable, UnableModel)
    assert unable.language == ""
    stored: dict[str, Plain] = {"code": "NotNow", "reason": "It is away.", "until": "2026-11-01T00:00:00+00:00"}
    waits = EarmarkError.from_json(stored)
    assert isinstance(waits, NotNow)
    assert waits.wait == Wait(WaitReason.OTHER, datetime(2026, 11, 1, tzinfo=UTC))
    large = EarmarkError.from_json({"code": "TooLargeForTelegram", "size": "has 23 MB"})
    assert large.code == "TooLargeForTelegram"


def test_a_field_that_is_lacking_is_an_error_of_the_program() -> None:
    with pytest.raises(TypeError, match="BudgetShort lacks price, available"):
        BudgetShort(**{})  # the type checker sees what stands there, not what is unpacked


def test_the_log_gets_code_and_fields() -> None:
    assert str(BudgetShort(price=Micros(1), available=Micros(0))) == "BudgetShort(price=1, available=0)"
