"""The catalog: options that can be asked for, and their prices."""

from decimal import Decimal

import pytest
from faster_whisper.tokenizer import _LANGUAGE_CODES

from bot.domain.catalog import Catalog, ModelInfo, cloud_models, local_models, local_name
from bot.domain.errors import UnableModel, UnknownLanguage, UnknownModel
from bot.domain.languages import NAMES, WHISPER, WHISPER_99, english_name, normalise_language
from bot.domain.money import Micros
from bot.domain.note import Options
from bot.locales import error_text

PAID = ModelInfo("scribe", "cloud", Micros(8_000), speakers=True, languages=frozenset({"en", "ru"}))
PLAIN = ModelInfo("plain", "cloud")


@pytest.fixture
def local() -> Catalog:
    return Catalog(local_models("base"))


@pytest.fixture
def both() -> Catalog:
    return Catalog([*local_models("base"), PAID])


def test_the_embedded_model_is_the_default_and_free(local: Catalog) -> None:
    assert local.default == "whisper-base"
    quote = local.quote(Options(local.default), 3600.0, Decimal(2))
    assert (quote.model, quote.seconds, quote.cost, quote.price) == ("whisper-base", 3600.0, 0, 0)


def test_a_paid_model_costs_by_the_minute_and_the_user_the_markup(both: Catalog) -> None:
    quote = both.quote(Options("scribe"), 90.5, Decimal("1.5"))
    assert (quote.cost, quote.price) == (12_067, 18_101)


def test_an_unknown_model_is_answered_with_the_known_ones(both: Catalog) -> None:
    with pytest.raises(UnknownModel, match="known='whisper-base, scribe'"):
        both.check(Options("gpt"))


def test_the_default_must_be_there() -> None:
    with pytest.raises(UnknownModel):
        Catalog([PAID], default="whisper-base")


def test_the_embedded_model_tells_speakers_apart(local: Catalog) -> None:
    local.check(Options("whisper-base", speakers=True))


def test_speakers_where_no_model_tells_them_apart() -> None:
    with pytest.raises(UnableModel) as caught:
        Catalog([PLAIN]).check(Options("plain", speakers=True))
    said = "The model plain cannot do that (tell speakers apart); no model here can."
    assert error_text("en", caught.value) == said


def test_speakers_name_the_model_that_tells_them_apart() -> None:
    both = Catalog([PLAIN, PAID])
    both.check(Options("scribe", speakers=True))
    with pytest.raises(UnableModel, match="what='speakers', able='scribe'"):
        both.check(Options("plain", speakers=True))


def test_a_model_that_cannot_translate_says_so_and_names_one_that_can() -> None:
    models = Catalog([*cloud_models(), *local_models("base")])
    models.check(Options("whisper-base", translate=True))
    with pytest.raises(UnableModel, match="what='translation', able='whisper-base'") as caught:
        models.check(Options("Whisper-Large-V3", translate=True))
    said = "The model Whisper-Large-V3 cannot do that (translate into English); whisper-base can."
    assert error_text("en", caught.value) == said


@pytest.mark.parametrize("setting", ["base.en", "large-v3-turbo", "distil-large-v3"])
def test_whisper_models_that_were_not_taught_to_translate_refuse_it(setting: str) -> None:
    (model,) = local_models(setting)
    with pytest.raises(UnableModel, match="what='translation', able='none'"):
        Catalog([model]).check(Options(model.name, translate=True))


def test_a_language_that_a_model_does_not_know_names_one_that_does(both: Catalog) -> None:
    with pytest.raises(UnableModel, match="able='whisper-base', language='es'"):
        both.check(Options("scribe", "es"))


def test_a_language_nobody_knows_is_refused(local: Catalog) -> None:
    with pytest.raises(UnknownLanguage, match="'klingon'"):
        local.check(Options("whisper-base", "klingon"))


def test_options_are_understood_before_they_are_frozen(local: Catalog) -> None:
    assert local.understood(Options("whisper-base", "pt-BR")).language == "pt"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("auto", "auto"), ("", "auto"), ("AUTO", "auto"), ("en", "en"), ("EN", "en"), ("pt-BR", "pt"), ("zh_CN", "zh"),
        ("Spanish", "es"), ("  haitian   creole ", "ht"), ("spa", "es"), ("deu", "de"), ("jw", "jv"), ("iw", "he"),
        ("yue", "yue"), ("cantonese", "yue"), ("nb-NO", "no"), ("haw", "haw"), ("sr-Latn-RS", "sr"),
    ],
)  # fmt: skip
def test_languages_are_understood_as_people_write_them(said: str, code: str) -> None:
    assert normalise_language(said) == code


@pytest.mark.parametrize("said", ["xx", "english please", "-", "e", "🏴", "en\u0000"])
def test_what_is_no_language_is_refused(said: str) -> None:
    with pytest.raises(UnknownLanguage):
        normalise_language(said)


def test_the_languages_are_those_of_whisper() -> None:
    assert {"jw" if code == "jv" else code for code in WHISPER} == set(_LANGUAGE_CODES)
    assert len(WHISPER_99) == 99


def test_every_code_and_every_name_is_understood() -> None:
    assert {code: normalise_language(code) for code in NAMES} == {code: code for code in NAMES}
    assert {code: normalise_language(english_name(code)) for code in NAMES} == {code: code for code in NAMES}


@pytest.mark.parametrize(
    ("setting", "name"),
    [
        ("base", "whisper-base"), ("", "whisper-base"), ("large-v3", "whisper-large-v3"),
        ("Systran/faster-whisper-small", "whisper-small"), ("/models/mine", "whisper-mine"),
        ("/models/whisper-tuned/", "whisper-tuned"), ("parakeet-tdt-0.6b-v3", "parakeet-tdt-0.6b-v3"),
        ("/models/sherpa-onnx-nemo-parakeet-tdt-0.6b-v3-int8", "parakeet-tdt-0.6b-v3-int8"),
        ("sherpa-onnx-whisper-tiny", "whisper-tiny"),
        ("/models/sherpa-onnx-moonshine-tiny-en-int8", "moonshine-tiny-en-int8"),
    ],
)  # fmt: skip
def test_the_operators_setting_gives_the_model_its_name(setting: str, name: str) -> None:
    assert local_name(setting) == name


def test_a_model_for_english_takes_nothing_else() -> None:
    catalog = Catalog([*local_models("base"), *local_models("small.en")])
    catalog.check(Options("whisper-small.en", "english"))
    with pytest.raises(UnableModel, match="able='whisper-base'"):
        catalog.check(Options("whisper-small.en", "ru"))


def test_only_the_large_models_know_cantonese() -> None:
    catalog = Catalog([*local_models("base"), *local_models("large-v3")])
    catalog.check(Options("whisper-large-v3", "yue"))
    with pytest.raises(UnableModel, match="able='whisper-large-v3'"):
        catalog.check(Options("whisper-base", "yue"))


def test_several_embedded_models_are_offered_and_the_first_is_the_default() -> None:
    catalog = Catalog(local_models("base, parakeet-tdt-0.6b-v3 ,/models/sherpa-onnx-moonshine-base-en"))
    assert [model.name for model in catalog] == ["whisper-base", "parakeet-tdt-0.6b-v3", "moonshine-base-en"]
    assert catalog.default == "whisper-base"
    assert [model.words for model in catalog] == [True, True, False]
    with pytest.raises(UnableModel, match="able='whisper-base, moonshine-base-en'"):
        catalog.check(Options("parakeet-tdt-0.6b-v3", "ja"))
    catalog.check(Options("parakeet-tdt-0.6b-v3", "de"))
