"""Errors: each has a sentence, survives being stored, and none is lost when its kind is."""

import pickle

import pytest

from bot.domain.errors import BudgetShort, EarmarkError, InternalError, TooLong, UnknownModel


def kinds(of: type[EarmarkError] = EarmarkError) -> list[type[EarmarkError]]:
    return [kind for child in of.__subclasses__() for kind in (child, *kinds(child))]


@pytest.mark.parametrize(
    "error",
    [
        BudgetShort(price="$1.00", available="$0.10"),
        TooLong(limit_minutes=240.0),
        UnknownModel(model="{odd}", known="a, b"),
    ],
)
def test_an_error_survives_being_stored(error: EarmarkError) -> None:
    for again in (EarmarkError.from_json(error.to_json()), pickle.loads(pickle.dumps(error))):
        assert type(again) is type(error)
        assert str(again) == str(error)


def test_an_error_of_a_kind_that_no_longer_exists_is_an_internal_one() -> None:
    assert isinstance(EarmarkError.from_json({"code": "Forgotten"}), InternalError)
    assert isinstance(EarmarkError.from_json({"code": "BudgetShort"}), InternalError)


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_every_kind_has_a_sentence_of_its_own_that_ends(kind: type[EarmarkError]) -> None:
    assert kind.sentence != EarmarkError.sentence
    assert kind.sentence.rstrip("}").endswith((".", "{reason", "{what_to_do", "{words", ")"))
