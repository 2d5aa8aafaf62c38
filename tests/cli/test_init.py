"""`earmark init` at a terminal, whose answers are typed, and with options alone."""

import asyncio
import os
import pty
import select
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.settings.env_file import write_env, written_in
from tests.doubles.telegram.server import BotApi
from tests.helpers.terminal import Said, Terminal


@pytest.fixture
def telegram() -> Iterator[BotApi]:
    with BotApi() as double:
        yield double


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def at(folder: Path, *words: str, **also: str) -> Said:
    return Terminal(folder / "data", {"EARMARK_STRANGERS": "", **also}).earmark("init", *words)


class Typist:
    """A user at a terminal of their own, who waits for a question before the answer is typed."""

    def __init__(self, environment: dict[str, str], *words: str) -> None:
        self.shown = ""
        self._process, self._terminal = pty.fork()
        if self._process == 0:
            os.execve(sys.executable, [sys.executable, "-m", "bot", *words], environment)

    def waits_for(self, words: str, seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while words not in self.shown:
            assert time.monotonic() < end, self.shown
            if select.select([self._terminal], [], [], 0.1)[0]:
                try:
                    self.shown += os.read(self._terminal, 65536).decode()
                except OSError:  # the process ended
                    break
        assert words in self.shown, self.shown

    def answers(self, question: str, answer: str) -> None:
        self.waits_for(question)
        time.sleep(0.05)  # the terminal's echo is switched off after the question is printed
        self.shown = ""
        os.write(self._terminal, f"{answer}\n".encode())

    def ends(self) -> int:
        os.set_blocking(self._terminal, True)
        self.waits_for("Next: earmark run")
        return os.waitstatus_to_exitcode(os.waitpid(self._process, 0)[1])


def environment(folder: Path, **also: str) -> dict[str, str]:
    found = Terminal(folder / "data", {"PYTHONPATH": os.pathsep.join(sys.path), **also}).environment()
    return {name: value for name, value in found.items() if name not in ("EARMARK_STRANGERS", "EARMARK_DATA_DIR")}


async def test_a_user_answers_the_questions_and_a_wrong_token_is_told(folder: Path, telegram: BotApi) -> None:
    typist = Typist(environment(folder, EARMARK_TELEGRAM_BASE_URL=telegram.base_url), "init")

    def answer() -> int:
        typist.answers("Telegram: token of the bot", "110201543:" + "B" * 35)
        typist.answers("Keep it all the same?", "n")
        typist.answers("Telegram: token of the bot", telegram.token)
        typist.answers("Discord: token of the bot", "")
        typist.answers("NanoGPT: API key", "")
        typist.answers("May everybody use the bot", "")
        typist.answers("Your own account", "olga")
        typist.answers("Your own account", "telegram:5")
        typist.answers("Plan:", "prepayed")
        typist.answers("Plan:", "prepaid")
        typist.answers("Public https address", "")
        typist.answers("Folder for everything", str(folder / "it's here"))
        return typist.ends()

    assert await asyncio.to_thread(answer) == 0
    assert written_in(folder / ".env") == {
        "EARMARK_TELEGRAM_TOKEN": telegram.token,
        "EARMARK_STRANGERS": "false",
        "EARMARK_OWNERS": "telegram:5",
        "EARMARK_PLAN": "prepaid",
        "EARMARK_DATA_DIR": str(folder / "it's here"),
    }
    assert (folder / ".env").stat().st_mode & 0o777 == 0o600


def test_options_alone_write_the_file_and_keep_what_stands_in_it(folder: Path, telegram: BotApi) -> None:
    (folder / ".env").write_text("# mine\nEARMARK_LANGUAGE=de\nOTHER='a b'\n")
    (folder / "token").write_text(telegram.token + "\n")
    words = ("--yes", "--token-file", f"telegram={folder / 'token'}", "--plan", "prepaid", "--no-strangers")
    said = at(folder, *words, EARMARK_TELEGRAM_BASE_URL=telegram.base_url)
    assert said.code == 0, said.err
    assert "it prints a word that makes its first sender the owner" in said.out
    assert telegram.token not in said.out + said.err
    kept, *added = (folder / ".env").read_text().split("OTHER='a b'\n")
    assert kept == "# mine\nEARMARK_LANGUAGE=de\n"
    assert added[0].splitlines() == [
        f"EARMARK_TELEGRAM_TOKEN={telegram.token}",
        "EARMARK_PLAN=prepaid",
        "EARMARK_STRANGERS=false",
    ]
    changed = at(folder, "--yes", "--plan", "open")
    assert (changed.code, "EARMARK_PLAN stands in .env already" in changed.err) == (2, True)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--yes", "--token-file", "telegram=nothere"), "nothere cannot be read"),
        (("--yes", "--token-file", "icq=x"), "platforms are: telegram, discord"),
        ((), "there is no terminal to ask at"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_written(folder: Path, words: tuple[str, ...], sentence: str) -> None:
    said = at(folder, *words)
    assert (said.code, sentence in said.err) == (2, True), said.err
    assert not (folder / ".env").exists()


def test_a_value_that_no_setting_takes_is_told_and_nothing_is_written(folder: Path) -> None:
    said = at(folder, "--yes", "--public-url", "ftp://x")
    assert (said.code, "EARMARK_PUBLIC_URL" in said.err) == (1, True)
    assert not (folder / ".env").exists()


def test_a_name_that_is_no_setting_is_told_before_anything_is_asked(folder: Path) -> None:
    (folder / ".env").write_text("EARMARK_PLANN=open\n")
    said = at(folder, "--yes", "--plan", "open")
    assert (said.code, "did you mean EARMARK_PLAN?" in said.err) == (1, True)


def test_the_users_folder_of_settings_holds_below_this_folder_and_the_environment(folder: Path) -> None:
    (folder / "config" / "earmark").mkdir(parents=True)
    (folder / "config" / "earmark" / ".env").write_text("EARMARK_LANGUAGE=es\nEARMARK_PLAN=open\nEARMARK_SUPPORT=me\n")
    (folder / ".env").write_text("EARMARK_LANGUAGE=de\nEARMARK_PLAN=prepaid\n")
    said = Terminal(folder / "data", {"EARMARK_LANGUAGE": "ru"}).earmark("settings")
    assert {
        "EARMARK_LANGUAGE=ru  (environment)",
        f"EARMARK_PLAN=prepaid  ({folder / '.env'})",
        f"EARMARK_SUPPORT=me  ({folder / 'config' / 'earmark' / '.env'})",
    } <= {*said.out.splitlines()}


@pytest.mark.parametrize("value", ["plain", 'it\'s "here" \\ #1', "a b", "=", "ünï"])
def test_a_value_is_read_as_it_was_written(tmp_path: Path, value: str) -> None:
    write_env(tmp_path / "deep" / ".env", {"EARMARK_SUPPORT": value})
    write_env(tmp_path / "deep" / ".env", {"EARMARK_SUPPORT": value, "EARMARK_PLAN": "open"})
    assert written_in(tmp_path / "deep" / ".env") == {"EARMARK_SUPPORT": value, "EARMARK_PLAN": "open"}
    assert [one.name for one in (tmp_path / "deep").iterdir()] == [".env"]
