"""The service's models: their order, and changes to them by the operator's file and the provider's list."""

from pathlib import Path
from typing import Any

import pytest

from bot.domain.billing import Plan
from bot.domain.errors import BadSettings, UnableModel, UnknownModel
from bot.domain.money import Micros
from bot.domain.note import Options
from bot.service.model_offer import catalog_of, keep_prices, other_names
from bot.settings import Settings
from tests.helpers.settings import make_settings


def rig(tmp_path: Path, **chosen: Any) -> Settings:
    return make_settings(tmp_path, **chosen)


def with_file(tmp_path: Path, text: str, **chosen: Any) -> Settings:
    file = tmp_path / "models.toml"
    file.write_text(text)
    return rig(tmp_path, models_file=str(file), nanogpt_api_key="secret", **chosen)


def test_without_a_key_there_is_the_embedded_model_alone_and_accounts_are_open(tmp_path: Path) -> None:
    settings = rig(tmp_path)
    assert [model.name for model in catalog_of(settings)] == ["whisper-base"]
    assert settings.plan is Plan.OPEN


def test_with_a_key_the_document_s_models_come_first_at_its_prices_and_accounts_have_an_allowance(
    tmp_path: Path,
) -> None:
    settings = rig(tmp_path, nanogpt_api_key="secret")
    catalog = catalog_of(settings)
    assert [model.name for model in catalog][:3] == ["Whisper-Large-V3", "Wizper", "Elevenlabs-STT"]
    assert [model.per_minute for model in catalog][:3] == [10_000, 10_000, 30_000]
    assert catalog.default == "Whisper-Large-V3"
    assert "whisper-base" in {model.name for model in catalog}
    assert settings.plan is Plan.ALLOWANCE


def test_the_embedded_engine_stays_first_where_the_operator_says_so(tmp_path: Path) -> None:
    catalog = catalog_of(rig(tmp_path, nanogpt_api_key="secret", provider="local"))
    assert catalog.default == "whisper-base"
    assert catalog.find("Wizper").provider == "nanogpt"


def test_the_operator_s_default_is_taken(tmp_path: Path) -> None:
    settings = rig(tmp_path, nanogpt_api_key="secret", model="Elevenlabs-STT")
    assert catalog_of(settings).default == "Elevenlabs-STT"
    with pytest.raises(UnknownModel, match="Wizper"):
        catalog_of(rig(tmp_path, model="Wizzper", nanogpt_api_key="secret"))


def test_an_ask_that_a_model_cannot_serve_names_one_that_can(tmp_path: Path) -> None:
    catalog = catalog_of(rig(tmp_path, nanogpt_api_key="secret"))
    with pytest.raises(UnableModel, match="able='Elevenlabs-STT, whisper-base'"):
        catalog.check(Options("Wizper", speakers=True))
    with pytest.raises(UnableModel, match="able='Elevenlabs-STT'"):
        catalog.check(Options("whisper-base", events=True))


def test_the_file_changes_what_it_says_and_leaves_the_rest(tmp_path: Path) -> None:
    settings = with_file(
        tmp_path,
        """
        [models.Elevenlabs-STT]
        per_minute = "0.0075"
        [models.scribe-next]
        per_minute = "0.02"
        speakers = true
        languages = ["en"]
        """,
    )
    catalog = catalog_of(settings)
    scribe, new = catalog.find("Elevenlabs-STT"), catalog.find("scribe-next")
    assert (scribe.per_minute, scribe.speakers, scribe.asynchronous) == (7_500, True, True)
    assert (new.per_minute, new.speakers, new.languages) == (20_000, True, frozenset({"en"}))


def test_the_embedded_model_can_have_a_price_too(tmp_path: Path) -> None:
    catalog = catalog_of(with_file(tmp_path, '[models.whisper-base]\nper_minute = "0.001"'))
    assert catalog.find("whisper-base").per_minute == 1_000
    assert catalog.find("whisper-base").provider == "local"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("models = 3", "models"),
        ("[models.x]\nper_minute = 0.5", "models.x.per_minute"),
        ('[models.x]\nper_minute = "much"', "models.x.per_minute"),
        ("[models.x]\nprice = 1", "models.x.price"),
        ("[models.x", "cannot be read"),
        ("[models.x]\nspeakers = true", "a new model needs its per_minute"),
    ],
)
def test_a_fault_in_the_file_is_one_sentence_that_says_where(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(BadSettings, match=told):
        catalog_of(with_file(tmp_path, text))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="EARMARK_MODELS_FILE cannot be read"):
        catalog_of(rig(tmp_path, models_file=str(tmp_path / "none.toml"), nanogpt_api_key="secret"))


def test_discovered_prices_replace_the_document_s_and_the_file_replaces_both(tmp_path: Path) -> None:
    keep_prices(tmp_path, {"Whisper-Large-V3": Micros(500), "Wizper": Micros(600)})
    catalog = catalog_of(with_file(tmp_path, '[models.Wizper]\nper_minute = "0.003"'))
    assert [catalog.find(name).per_minute for name in ("Whisper-Large-V3", "Wizper")] == [500, 3_000]


def test_a_damaged_list_of_prices_is_told(tmp_path: Path) -> None:
    (tmp_path / "models.json").write_text("{")
    with pytest.raises(BadSettings, match=r"models\.json"):
        catalog_of(rig(tmp_path, nanogpt_api_key="secret"))


def test_the_document_s_names_stand_for_the_embedded_model_where_there_is_no_cloud(tmp_path: Path) -> None:
    settings = rig(tmp_path)
    names = {one.name: (one.model, one.asynchronous) for one in other_names(settings, catalog_of(settings))}
    assert names == {
        "whisper-1": ("whisper-base", False),
        "Whisper-Large-V3": ("whisper-base", False),
        "Wizper": ("whisper-base", False),
        "Elevenlabs-STT": ("whisper-base", True),
    }


def test_the_operator_gives_models_other_names(tmp_path: Path) -> None:
    settings = with_file(tmp_path, '[names]\n"whisper-1" = "Elevenlabs-STT"\n"mine" = "Wizper"')
    names = {one.name: (one.model, one.asynchronous) for one in other_names(settings, catalog_of(settings))}
    assert names == {"whisper-1": ("Elevenlabs-STT", True), "mine": ("Wizper", False)}


def test_a_name_for_no_model_is_told(tmp_path: Path) -> None:
    settings = with_file(tmp_path, '[names]\nmine = "Wizzper"')
    with pytest.raises(UnknownModel, match="Wizzper"):
        other_names(settings, catalog_of(settings))
