"""The settings that are set: where each comes from, and names that are no setting."""

from pathlib import Path

import pytest

from bot.chat.plugin import sections_of
from bot.service.serve import PLATFORMS
from bot.settings import read_settings
from bot.settings.origin import HIDDEN, given_settings, unknown_sentence, unknown_settings
from tests.helpers.settings import set_nothing
from tests.helpers.terminal import Terminal

SECRET = "sk-0123456789abcdef-not-to-be-told"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_nothing(monkeypatch, tmp_path)


def given() -> list[tuple[str, str, str]]:
    sections = read_settings(sections_of(PLATFORMS)).sections()
    return [(one.name, one.value, one.origin) for one in given_settings(sections)]


def unknown() -> dict[str, str]:
    return unknown_settings(read_settings(sections_of(PLATFORMS)).sections())


def test_each_value_is_told_with_its_origin_and_no_secret_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"EARMARK_PLAN=prepaid\nEARMARK_NANOGPT_API_KEY={SECRET}\nEARMARK_LANGUAGE=es\n")
    (tmp_path / "secret").write_text(SECRET)
    monkeypatch.setenv("EARMARK_LANGUAGE", "de")
    monkeypatch.setenv("EARMARK_BUCKET_SECRET_FILE", str(tmp_path / "secret"))
    assert given() == [
        ("EARMARK_LANGUAGE", "de", "environment"),
        ("EARMARK_NANOGPT_API_KEY", HIDDEN, str(tmp_path / ".env")),
        ("EARMARK_BUCKET_SECRET", HIDDEN, f"{tmp_path / 'secret'}, named by environment"),
        ("EARMARK_PLAN", "prepaid", str(tmp_path / ".env")),
    ]


def test_a_name_that_is_no_setting_is_told_with_the_nearest_right_one(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("EARMARK_TELEGRAM_TOKN=1\nEARMARK_PLANN=prepaid\nEARMARK_ZZZZZZZZZZZZ=1\nOTHER=1\n")
    assert unknown() == {
        "EARMARK_PLANN": "EARMARK_PLAN",
        "EARMARK_TELEGRAM_TOKN": "EARMARK_TELEGRAM_TOKEN",
        "EARMARK_ZZZZZZZZZZZZ": "",
    }
    assert unknown_sentence({"EARMARK_PLANN": "EARMARK_PLAN", "EARMARK_Z": ""}) == (
        "nothing is called EARMARK_PLANN (did you mean EARMARK_PLAN?), EARMARK_Z: see .env.example"
    )


def test_the_command_line_prints_them_and_ends_with_an_error_for_a_typing_error(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("EARMARK_PLAN=prepaid\nEARMARK_PLANN=open\n")
    said = Terminal(tmp_path / "data", {}).earmark("settings")
    assert f"EARMARK_PLAN=prepaid  ({tmp_path / '.env'})" in said.out.splitlines()
    assert said.code == 1
    assert "nothing is called EARMARK_PLANN (did you mean EARMARK_PLAN?)" in said.err


def test_the_doctor_names_the_nearest_right_one(tmp_path: Path) -> None:
    said = Terminal(tmp_path / "data", {"EARMARK_TELEGRAM_TOKN": "1"}).earmark("doctor")
    assert "[!!] settings: nothing is called EARMARK_TELEGRAM_TOKN (did you mean EARMARK_TELEGRAM_TOKEN?)" in said.out
