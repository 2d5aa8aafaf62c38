"""Typed options of /transcribe: suggestions, and the options that a note is asked for with."""

import pytest

from bot.chat.command_options import changed, suggest_languages, suggest_models
from bot.domain.catalog import Catalog, ModelInfo
from bot.domain.errors import BadOptions
from bot.domain.note import Options
from tests.doubles.provider import MODELS

CATALOG = Catalog(MODELS, "paid")
CHOSEN = Options(model="paid", language="auto")


def test_the_likeliest_language_is_suggested_first_and_only_what_some_model_takes() -> None:
    assert [one.value for one in suggest_languages(CATALOG, " SPAN ", "en")] == ["es"]
    assert suggest_languages(CATALOG, "de", "en")[0].label == "German"
    assert len(suggest_languages(CATALOG, "", "en")) > 25
    assert [one.label for one in suggest_languages(CATALOG, "spanisch", "de")] == ["Spanisch"]
    english = Catalog([ModelInfo("only", "paid", per_minute=MODELS[0].per_minute, languages=frozenset({"en"}))], "only")
    assert [one.value for one in suggest_languages(english, "", "en")] == ["en"]


def test_models_are_suggested_by_any_part_of_their_name() -> None:
    assert [one.value for one in suggest_models(CATALOG, "LATER", "en")] == ["paid-later"]
    assert [one.value for one in suggest_models(CATALOG, "", "en")] == [model.name for model in MODELS]


def test_what_the_command_asks_for_goes_before_what_was_chosen() -> None:
    assert changed(CATALOG, CHOSEN, None, None, None) == CHOSEN
    assert changed(CATALOG, CHOSEN, "Spanish", "paid-later", None) == Options(model="paid-later", language="es")
    assert changed(CATALOG, CHOSEN, None, None, speakers=True) == Options(model="paid-speakers", speakers=True)
    with_labels = Options(model="paid-speakers", speakers=True)
    assert not changed(CATALOG, with_labels, None, None, speakers=False).speakers
    assert not changed(CATALOG, with_labels, None, "paid", None).speakers, "that model cannot tell them apart"


@pytest.mark.parametrize(("language", "model"), [("Klingon", None), (None, "nothing-like-that")])
def test_what_cannot_be_asked_for_is_refused(language: str | None, model: str | None) -> None:
    with pytest.raises(BadOptions):
        changed(CATALOG, CHOSEN, language, model, None)
