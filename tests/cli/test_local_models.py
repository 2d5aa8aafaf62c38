"""Models of the embedded engine on the command line: a bad one ends no service."""

import time
from pathlib import Path

import pytest

from tests.helpers import tiny_models
from tests.helpers.corpus import VOICE_NOTE
from tests.helpers.terminal import Terminal


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path / "data", {})


def test_a_model_that_would_end_the_process_ends_no_service(terminal: Terminal, tmp_path: Path) -> None:
    keys = {name: text for name, text in tiny_models.TDT_KEYS.items() if name != "vocab_size"}
    folder = tiny_models.parakeet(tmp_path / "bad", keys)
    service = terminal.start("run", EARMARK_LOCAL_MODEL=str(folder))
    try:
        said = next(line for line in service.stderr if "The speech model" in line)
        assert "a trial of it ended in a crash" in said
        assert any("earmark: running" in line for line in service.stderr)
        began = time.monotonic()
        for _ in range(2):
            note = terminal.earmark("transcribe", VOICE_NOTE, EARMARK_LOCAL_MODEL=str(folder))
            assert note.code == 1
            assert "a trial of it ended in a crash" in note.err
        assert time.monotonic() - began < 60  # no trial is begun for a note
        assert service.returncode is None
    finally:
        service.kill()
        service.communicate()


def test_another_model_is_one_setting(terminal: Terminal, tmp_path: Path) -> None:
    folder = tiny_models.parakeet(tmp_path / "parakeet")
    said = terminal.earmark("transcribe", VOICE_NOTE, EARMARK_LOCAL_MODEL=str(folder))
    assert (said.code, said.out) == (0, "Hello world.\n")
