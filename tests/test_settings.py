"""Settings: what .env.example says is what there is, and a wrong value is one clear sentence."""

from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.chat.plugin import sections_of
from bot.domain.errors import BadSettings
from bot.service.serve import PLATFORMS
from bot.settings import Settings, read_settings
from tests.helpers.settings import environment_variables, listed

NAMES = [variable.name for variable in environment_variables()]


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def read() -> Settings:
    return read_settings(sections_of(PLATFORMS))


def test_the_example_lists_every_setting_with_its_sentence() -> None:
    sentences = {name: sentence for name, (sentence, _) in listed().items()}
    assert sentences == {one.name: one.description for one in environment_variables()}


def test_the_example_s_defaults_are_the_true_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    unset = read()
    for name, (_, default) in listed().items():
        monkeypatch.setenv(name, default)
    assert read() == unset


def test_a_home_folder_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARMARK_DATA_DIR", "~/somewhere")
    assert read().storage.data_dir == Path.home() / "somewhere"


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
        read()
    assert f"EARMARK_{name}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_two_wrong_values_are_told_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARMARK_PLAN", "free")
    monkeypatch.setenv("EARMARK_MARKUP", "x")
    with pytest.raises(BadSettings, match=r"EARMARK_PLAN.*EARMARK_MARKUP"):
        read()


def test_settings_are_read_from_a_dotenv_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("EARMARK_LANGUAGE=es\n")
    assert read().engine.language == "es"


@pytest.mark.parametrize("value", ["9" * 100_000, "a:" * 50_000, "http://" + "a" * 100_000, "\u202e" * 1000])
def test_a_huge_value_is_harmless_or_one_short_sentence(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    sentences = []
    for name in NAMES:
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            try:
                read()
            except BadSettings as error:
                sentences.append(str(error))
    assert len(sentences) > 20
    assert [one for one in sentences if len(one) > 300 or value in one] == []


def test_a_secret_in_the_wrong_place_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARMARK_ALLOWANCE", "sk-secret-0123456789")
    with pytest.raises(
        BadSettings, match="EARMARK_ALLOWANCE: Value error, this is not an amount in dollars"
    ) as refused:
        read()
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("name", ["ALLOWANCE", "DAY_BUDGET", "ASK_ABOVE", "MARKUP"])
@pytest.mark.parametrize("value", ["1_000", "\u0661", "1e3"])
def test_an_amount_has_plain_digits(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"EARMARK_{name}", value)
    with pytest.raises(BadSettings, match=f"EARMARK_{name}: Value error, this is not"):
        read()


def test_values_have_real_types(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "ALLOWANCE": "$2.50",
        "DAY_BUDGET": " ",
        "KEEP_TRANSCRIPTS_DAYS": "30",
        "LINK_NETWORKS": "10.1.2.0/24, fd00::/8",
        "API_BIND": "[::1]:8081",
        "OWNERS": "telegram:1,discord:2",
        "TIMEZONE": "Europe/Berlin",
        "MODELS_FILE": "~/models.toml",
    }.items():
        monkeypatch.setenv(f"EARMARK_{name}", value)
    settings = read()
    assert (settings.money.allowance, settings.money.day_budget) == (2_500_000, None)
    assert settings.money.timezone == ZoneInfo("Europe/Berlin")
    assert (settings.retention.transcripts, settings.retention.ledger_names) == (timedelta(days=30), None)
    assert settings.media.link_networks == (ip_network("10.1.2.0/24"), ip_network("fd00::/8"))
    assert settings.http.bind == ("::1", 8081)
    assert settings.access.owners == {"telegram:1", "discord:2"}
    assert settings.engine.models_file == Path.home() / "models.toml"


@pytest.mark.parametrize("name", ["olga", "telegram:-1001", "discord:server:1", "telegram:@olga"])
def test_an_owner_is_one_user_of_a_platform(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("EARMARK_OWNERS", "telegram:1 smallest:olga")
    assert read().access.owners == {"telegram:1", "smallest:olga"}, "not on every platform a user is a number"
    monkeypatch.setenv("EARMARK_OWNERS", name)
    with pytest.raises(BadSettings, match="EARMARK_OWNERS"):
        read()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LINK_NETWORKS", "10.1.2.0/24 sk-secret-0123456789"),
        ("OWNERS", "telegram:1 sk-secret-0123456789"),
        ("TIMEZONE", "sk-secret-0123456789"),
        ("KEEP_TRANSCRIPTS_DAYS", "sk-secret-0123456789"),
        ("API_BIND", "sk-secret-0123456789"),
        ("PUBLIC_URL", "sk-secret-0123456789"),
        ("TELEGRAM_STAR", "sk-secret-0123456789"),
        ("DISCORD_GATEWAY_URL", "sk-secret-0123456789"),
        ("PROVIDER", "sk-secret-0123456789"),
    ],
)
def test_no_kind_of_value_shows_itself_in_an_error(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"EARMARK_{name}", value)
    with pytest.raises(BadSettings, match=f"EARMARK_{name}") as refused:
        read()
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("value", "scope"),
    [("true", "own"), ("TRUE", "own"), ("1", "own"), ("false", "off"), ("no", "off")]
    + [(one, one) for one in ("own", "all", "off")],
)
def test_known_files_take_the_words_of_the_first_release_too(
    monkeypatch: pytest.MonkeyPatch, value: str, scope: str
) -> None:
    monkeypatch.setenv("EARMARK_KNOWN_FILES", value)
    assert read().engine.known_files == scope
