"""`earmark models`: the list, and fetching from a hub, which is a double on a socket."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.doubles.hub import COMMIT, Hub, running_hub
from tests.helpers import tiny_models
from tests.helpers.corpus import VOICE_NOTE
from tests.helpers.terminal import Terminal

MODEL = "ada/sherpa-onnx-parakeet"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    made = tiny_models.parakeet(tmp_path / "made")
    with running_hub({MODEL: {path.name: path.read_bytes() for path in made.iterdir()}}) as hub:
        yield hub


@pytest.fixture
def terminal(tmp_path: Path, hub: Hub) -> Terminal:
    return Terminal(tmp_path / "data", {"HF_ENDPOINT": hub.url})


def test_a_pulled_model_is_used_by_its_name(terminal: Terminal, hub: Hub, tmp_path: Path) -> None:
    missing = terminal.earmark("transcribe", VOICE_NOTE, EARMARK_LOCAL_MODEL=MODEL)
    assert missing.code == 1
    assert f"`earmark models pull {MODEL}` fetches it." in missing.err
    doctor = terminal.earmark("doctor", EARMARK_LOCAL_MODEL=MODEL)
    assert f"[!!] model: The speech model {MODEL} is not available" in doctor.out
    assert hub.asked == []

    said = terminal.earmark("models", "pull", MODEL)
    assert said.code == 0, said.err
    folder = tmp_path / "data" / "models" / "hub" / MODEL.replace("/", "--") / COMMIT
    assert said.out == f"{folder}\n"
    told, use = said.err.splitlines()
    assert told.startswith(f"{MODEL}: ")
    assert f"from {MODEL} at {COMMIT[:12]}; it takes about 0.2 GB of memory (" in told
    assert use == f"earmark: to use it, set EARMARK_LOCAL_MODEL to {MODEL}:"

    text = terminal.earmark("transcribe", VOICE_NOTE, "--format", "json", EARMARK_LOCAL_MODEL=MODEL)
    assert text.code == 0, text.err
    assert json.loads(text.out)["text"] == "Hello world."


def test_several_models_are_offered_and_chosen_by_name(terminal: Terminal, tmp_path: Path) -> None:
    folder = tiny_models.parakeet(tmp_path / "parakeet")
    both = f"base,{folder}"
    listed = terminal.earmark("models", EARMARK_LOCAL_MODEL=both).out
    assert listed.index("whisper-base") < listed.index("parakeet ")
    said = terminal.earmark("transcribe", VOICE_NOTE, "--model", "parakeet", EARMARK_LOCAL_MODEL=both)
    assert (said.code, said.out) == (0, "Hello world.\n")
    said = terminal.earmark("transcribe", VOICE_NOTE, EARMARK_LOCAL_MODEL=both)
    assert said.code == 0
    assert len(said.out) > 100


def test_the_models_that_can_be_pulled_are_listed_with_size_languages_and_licence(terminal: Terminal) -> None:
    (parakeet,) = [line for line in terminal.earmark("models").out.splitlines() if "parakeet-tdt-0.6b-v3" in line]
    for fact in ("670 MB", "25 of Europe", "CC BY 4.0"):
        assert fact in parakeet


def test_an_unknown_name_and_an_unreachable_hub_are_one_sentence(terminal: Terminal) -> None:
    said = terminal.earmark("models", "pull", "smal")
    assert (said.code, said.out) == (1, "")
    assert "large-v3-turbo" in said.err
    said = terminal.earmark("models", "pull", "ada/gone")
    assert said.err == "earmark: The speech model ada/gone is not available: the hub has no such model.\n"
    said = terminal.earmark("models", "pull", "small", HF_ENDPOINT="http://127.0.0.1:9")
    assert said.code == 1
    assert "the hub cannot be reached" in said.err
    assert "Traceback" not in said.err
