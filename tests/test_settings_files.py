"""Settings that lie in files: what stands in them counts, and nothing of it is ever told."""

from pathlib import Path

import pytest

from bot.chat.plugin import sections_of
from bot.domain.errors import BadSettings
from bot.service.serve import PLATFORMS
from bot.settings import Settings, read_settings
from tests.helpers.settings import set_nothing

SECRET = "sk-0123456789abcdef-not-to-be-told"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_nothing(monkeypatch, tmp_path)


def read() -> Settings:
    return read_settings(sections_of(PLATFORMS))


@pytest.mark.parametrize("content", [SECRET, f"{SECRET}\n", f"{SECRET}\r\n"])
def test_a_secret_may_lie_in_a_file_with_or_without_a_line_break(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str
) -> None:
    (tmp_path / "key").write_bytes(content.encode())
    monkeypatch.setenv("EARMARK_NANOGPT_API_KEY_FILE", str(tmp_path / "key"))
    settings = read()
    assert settings.cloud.api_key.get_secret_value() == SECRET
    assert SECRET not in repr(settings)


def test_a_dotenv_file_may_name_files_for_any_setting(tmp_path: Path) -> None:
    (tmp_path / "plan").write_text("prepaid\n\n")
    (tmp_path / "language").write_text("es\n")
    (tmp_path / ".env").write_text("EARMARK_LANGUAGE_FILE=language\nEARMARK_MARKUP_FILE=\nEARMARK_MARKUP=2\n")
    settings = read()
    assert settings.engine.language == "es"
    assert settings.money.markup == 2
    (tmp_path / ".env").write_text("EARMARK_PLAN_FILE=plan\n")
    with pytest.raises(BadSettings, match="EARMARK_PLAN"):  # one line break goes, the rest is the value
        read()


def test_a_setting_that_is_given_twice_is_a_fault_and_so_is_a_file_that_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text(SECRET)
    (tmp_path / "picture").write_bytes(b"\xff\xfe\xfa")
    (tmp_path / ".env").write_text(f"EARMARK_NANOGPT_API_KEY={SECRET}\n")
    monkeypatch.setenv("EARMARK_NANOGPT_API_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.setenv("EARMARK_BUCKET_SECRET_FILE", str(tmp_path / "nothing-here"))
    monkeypatch.setenv("EARMARK_DISCORD_TOKEN_FILE", str(tmp_path / "picture"))
    with pytest.raises(BadSettings) as caught:
        read()
    told = str(caught.value)
    assert "EARMARK_NANOGPT_API_KEY and EARMARK_NANOGPT_API_KEY_FILE are both set" in told
    assert "EARMARK_BUCKET_SECRET_FILE: its file cannot be read" in told
    assert "EARMARK_DISCORD_TOKEN_FILE: its file is no text" in told
    assert SECRET not in told
    assert str(tmp_path) not in told


def test_a_wrong_value_from_a_file_is_told_by_its_variable_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "plan").write_text(SECRET)
    monkeypatch.setenv("EARMARK_PLAN_FILE", str(tmp_path / "plan"))
    with pytest.raises(BadSettings, match="EARMARK_PLAN") as caught:
        read()
    assert SECRET not in str(caught.value)


def test_a_file_named_for_one_setting_is_not_taken_for_another_s(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "models.toml").write_text("")
    monkeypatch.setenv("EARMARK_MODELS_FILE", str(tmp_path / "models.toml"))
    assert read().engine.models_file == tmp_path / "models.toml"
