"""Words of the command line that cannot be taken: told as that, and not as a fault of the settings."""

from pathlib import Path

import pytest

from tests.helpers.paths import SAMPLES
from tests.helpers.terminal import Terminal

VOICE = str(SAMPLES / "voice-note.ogg")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("transcribe", "--speakers", "0", VOICE), "--speakers takes a number from 1 to 32, or none"),
        (("transcribe", "-f", "pdf", VOICE), "there is no format 'pdf'"),
        (("transcribe", "-f", "docx", VOICE), "need --output"),
        (("credit", "ada", "much"), "much"),
        (("balance", "--user", "provider:x"), "provider:x is no user's account"),
        (("people", "approve", "telegram:1"), "telegram:1 did not ask; see `earmark people list`"),
    ],
)
def test_a_wrong_word_is_told_as_one(tmp_path: Path, words: tuple[str, ...], sentence: str) -> None:
    said = Terminal(tmp_path / "data", {}).earmark(*words)
    assert said.code == 2
    assert sentence in said.err
    assert "The settings are not right" not in said.err


def test_a_name_is_printed_as_it_is(tmp_path: Path) -> None:
    assert Terminal(tmp_path / "data", {}).earmark("balance", "--user", "ops:x").out.startswith("ops:x: balance")


def test_a_text_is_written_in_english_whatever_is_spoken(tmp_path: Path) -> None:
    said = Terminal(tmp_path / "data", {}).earmark("transcribe", "--translate", str(SAMPLES / "spanish.ogg"))
    assert said.code == 0, said.err
    assert {"the", "a", "to", "of", "and", "is", "in"} & {*said.out.lower().split()}, said.out
