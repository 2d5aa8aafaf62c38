"""The whole hostile corpus through the whole service: a sentence each, no money, nothing left behind, nobody called."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.media.ffmpeg import find_ffmpeg
from tests.helpers.corpus import Corpus, ffmpeg
from tests.helpers.terminal import Terminal
from tests.media.test_hostile_media import REFUSED

LIMITS = {"EARMARK_MAX_MINUTES": "1", "EARMARK_MAX_MEGABYTES": "80", "EARMARK_PLAN": "prepaid"}
LINKED = "link.ogg"
"""A link that a person names is followed: it leads to a good recording."""


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A port on which nobody may call."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield listener


def test_the_whole_corpus_costs_nothing_and_every_file_gets_its_sentence(
    tmp_path: Path, listener: socket.socket
) -> None:
    corpus = Corpus(tmp_path, find_ffmpeg(None), listener.getsockname()[1])
    secret = corpus.secret.read_bytes()
    files = [corpus.make(name) for name, _ in REFUSED if name != LINKED]
    terminal = Terminal(tmp_path / "data", LIMITS)
    terminal.earmark("credit", "ada", "1")
    said = terminal.earmark("transcribe", *files, tmp_path / "gone.ogg", "--user", "ada", "--format", "json")
    assert (said.code, said.out) == (1, "")
    none = [file for file in (*files, tmp_path / "gone.ogg") if not file.exists() or file.is_dir()]
    assert [line.split(": ", 1)[0] for line in said.err.splitlines()] == [
        str(file) for file in (*none, *(file for file in files if file not in none))
    ]
    assert "went wrong" not in said.err
    with pytest.raises(BlockingIOError):  # no call waits to be taken
        listener.accept()
    assert corpus.secret.read_bytes() == secret
    (balance,) = terminal.earmark("balance", "--user", "ada", "--json").objects
    assert (balance["balance_micros"], balance["held_micros"], balance["spent_micros"]) == (1_000_000, 0, 0)
    (line,) = terminal.earmark("spend", "--json").rows
    assert (line["notes"], line["charged_micros"], line["cost_micros"], line["lost_micros"]) == (0, 0, 0, 0)
    assert line["paid_in_micros"] == 1_000_000
    assert not any((terminal.data / "spool").iterdir())
    assert terminal.earmark("doctor").code == 0


def test_a_file_s_name_is_no_order_to_the_terminal(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path / "data", {})
    nasty = tmp_path / "x\x1b]0;PWNED\x07\x1b[2J\x9b2J\nforged: line\u202e.ogg"
    nasty.write_bytes(b"no sound")
    said = terminal.earmark("transcribe", nasty)
    assert (said.code, said.err.count("\n")) == (1, 1)
    printed = [said.err, *(terminal.earmark(*command).out for command in (["jobs"], ["spend", "--format", "csv"]))]
    assert "PWNED" in printed[1]
    assert not set("\x1b\x9b\x07\u202e") & set("".join(printed))


def test_no_speech_is_told_and_costs_nothing(tmp_path: Path) -> None:
    silence = tmp_path / "silence.ogg"
    ffmpeg(find_ffmpeg(None), "-f", "lavfi", "-i", "anullsrc=r=48000:cl=mono", "-t", "5", "-c:a", "libopus", silence)
    terminal = Terminal(tmp_path / "data", {})
    said = terminal.earmark("transcribe", silence)
    assert said.code == 1
    assert (
        said.err
        == f"{silence}: No speech was found in this recording, so there is no text. A louder recording may help.\n"
    )
