"""The command line as people of the field expect it: recordings from anywhere, texts to anywhere, short options."""

import time
from pathlib import Path

import pytest

from tests.helpers.paths import SAMPLES
from tests.helpers.speech import reference, word_error_rate
from tests.helpers.terminal import Terminal

VOICE = SAMPLES / "voice-note.ogg"


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path / "data", {})


def test_a_folder_and_standard_input_become_files_of_several_formats(terminal: Terminal, tmp_path: Path) -> None:
    talks, texts = tmp_path / "talks", tmp_path / "texts"
    talks.mkdir()
    (talks / "talk.ogg").write_bytes(VOICE.read_bytes())
    (talks / "readme.md").write_text("no sound")
    said = terminal.earmark(talks, "-", "-f", "srt,docx", "-f", "txt", "-o", texts, "-q", stdin=VOICE)
    assert (said.code, said.out, said.err) == (0, "", "")
    assert sorted(file.name for file in texts.iterdir()) == [
        *("standard-input.docx", "standard-input.srt", "standard-input.txt"),
        *("talk.docx", "talk.srt", "talk.txt"),
    ]
    for name in ("talk", "standard-input"):
        text = (texts / f"{name}.txt").read_text()
        assert word_error_rate(reference("voice-note.ogg")["text"], text) <= 0.05


def test_a_link_is_fetched_with_the_rules_of_all_links(terminal: Terminal) -> None:
    said = terminal.earmark("http://127.0.0.1:9/talk.ogg", "nothere.ogg", "-l", "en")
    assert (said.code, said.out) == (1, "")
    missing, refused = said.err.splitlines()
    assert missing == "nothere.ogg: There is no file nothere.ogg."
    assert refused.startswith("http://127.0.0.1:9/talk.ogg: This link")
    assert not (terminal.data / "earmark.db").exists(), "nothing was opened for it"


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["voice.ogg", "-f", "docx"], 2, "several formats, and docx, need --output"),
        (["voice.ogg", "-f", "pdf"], 2, "there is no format 'pdf'"),
        (["a.ogg", "b.ogg", "-o", "one.srt"], 2, "must be a folder for several texts"),
        (["voice.ogg", "-m", "clairvoyance"], 1, "There is no model 'clairvoyance'"),
    ],
)
def test_what_cannot_be_asked_for_is_said_before_anything_is_opened(
    terminal: Terminal, tmp_path: Path, words: list[str], code: int, sentence: str
) -> None:
    recordings = [tmp_path / word if word.endswith(".ogg") else word for word in words]
    for one in recordings:
        if isinstance(one, Path):
            one.write_bytes(VOICE.read_bytes())
    said = terminal.earmark("transcribe", *recordings)
    assert (said.code, said.out) == (code, "")
    assert sentence in said.err
    assert said.err.count("\n") == 1
    assert not terminal.data.exists()


def test_help_and_version_have_short_options_and_cost_little(terminal: Terminal) -> None:
    for words in ([], ["-h"], ["--help"]):
        said = terminal.earmark(*words)
        assert "transcribe" in said.out + said.err
        assert "Traceback" not in said.err
    begin = time.perf_counter()
    assert terminal.earmark("-V").out == terminal.earmark("--version").out
    assert time.perf_counter() - begin < 5, "twice, however busy the machine is"
    assert "typer" not in terminal.earmark("-V", PYTHONPROFILEIMPORTTIME="1").err, (
        "nothing is loaded that takes a while"
    )


def test_completion_is_offered_for_the_common_shells(terminal: Terminal) -> None:
    for shell in ("bash", "zsh", "fish"):
        script = terminal.earmark(_EARMARK_COMPLETE=f"source_{shell}").out
        assert "earmark" in script
