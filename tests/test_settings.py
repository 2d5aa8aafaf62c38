"""Settings: what .env.example says is what there is, and a wrong value is one clear sentence."""

import re
from pathlib import Path

import pytest

from bot.domain.errors import BadSettings
from bot.settings import Settings, read_settings
from tests.helpers.paths import ROOT

EXAMPLE = ROOT / ".env.example"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"EARMARK_{name.upper()}", raising=False)


def listed() -> dict[str, tuple[str, str]]:
    """The example's variables: name -> (sentence, default)."""
    found = re.findall(r"^# (.+)\n#(EARMARK_\w+)=(.*)$", EXAMPLE.read_text(), re.MULTILINE)
    return {name: (sentence, default) for sentence, name, default in found}


def test_the_example_lists_every_setting_with_its_sentence() -> None:
    assert {name: sentence for name, (sentence, _) in listed().items()} == {
        f"EARMARK_{name.upper()}": field.description for name, field in Settings.model_fields.items()
    }


def test_the_example_s_defaults_are_the_true_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    unset = read_settings()
    for name, (_, default) in listed().items():
        monkeypatch.setenv(name, default)
    assert read_settings() == unset


def test_a_home_folder_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARMARK_DATA_DIR", "~/somewhere")
    assert read_settings().data_dir == Path.home() / "somewhere"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PLAN", "free"),
        ("ALLOWANCE", "lots"),
        ("ALLOWANCE", "-1"),
        ("MARKUP", "-2"),
        ("TIMEZONE", "Mars/Olympus"),
        ("MAX_MINUTES", "0"),
        ("NOTES_AT_ONCE", "many"),
        ("LOG_LEVEL", "shout"),
    ],
)
def test_a_wrong_value_is_one_sentence_that_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"EARMARK_{name}", value)
    with pytest.raises(BadSettings) as caught:
        read_settings()
    assert f"EARMARK_{name}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_two_wrong_values_are_told_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARMARK_PLAN", "free")
    monkeypatch.setenv("EARMARK_MARKUP", "x")
    with pytest.raises(BadSettings, match=r"EARMARK_PLAN.*EARMARK_MARKUP"):
        read_settings()


def test_settings_are_read_from_a_dotenv_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("EARMARK_LANGUAGE=es\n")
    assert read_settings().language == "es"


@pytest.mark.parametrize("value", ["9" * 100_000, "a:" * 50_000, "http://" + "a" * 100_000, "\u202e" * 1000])
def test_a_huge_value_is_harmless_or_one_short_sentence(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    sentences = []
    for name in Settings.model_fields:
        with monkeypatch.context() as patch:
            patch.setenv(f"EARMARK_{name.upper()}", value)
            try:
                read_settings()
            except BadSettings as error:
                sentences.append(str(error))
    assert len(sentences) > 20
    assert [one for one in sentences if len(one) > 300 or value in one] == []


def test_a_secret_in_the_wrong_place_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARMARK_ALLOWANCE", "sk-secret-0123456789")
    with pytest.raises(
        BadSettings, match="EARMARK_ALLOWANCE: Value error, this is not an amount in dollars"
    ) as refused:
        read_settings()
    assert "secret" not in str(refused.value)
