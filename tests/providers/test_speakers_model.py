"""The voice model's file: what may come before sherpa-onnx."""

import subprocess
import sys
from pathlib import Path

import pytest

from bot.domain.errors import ModelMissing
from bot.locales import error_text
from bot.providers.embedded.speakers.embedding import sha256_of
from bot.providers.embedded.speakers.model import BUNDLED, BUNDLED_SHA256, find_speaker_model
from tests.helpers.paths import ROOT

KEYS = {
    "framework": "3d-speaker",
    "language": "Chinese",
    "sample_rate": "16000",
    "output_dim": "192",
    "normalize_samples": "1",
}


def varint(value: int) -> bytes:
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


def field(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def onnx(keys: dict[str, str], graph: bytes = b"weights" * 1000) -> bytes:
    """The shell of an ONNX model: its version, a graph, an opset, and metadata."""
    metadata = b"".join(field(14, field(1, key.encode()) + field(2, value.encode())) for key, value in keys.items())
    return b"\x08\x08" + field(2, b"tests") + field(7, graph) + field(8, b"\x10\x11") + metadata


def written(folder: Path, content: bytes) -> str:
    path = folder / "mine.onnx"
    path.write_bytes(content)
    return str(path)


def test_the_bundled_model_is_the_published_one() -> None:
    assert find_speaker_model("") == find_speaker_model("  ") == BUNDLED
    assert sha256_of(BUNDLED) == BUNDLED_SHA256
    assert BUNDLED_SHA256 in (BUNDLED.parent / "NOTICE").read_text(encoding="utf-8")


def test_a_damaged_bundled_model_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    damaged = tmp_path / "campplus.int8.onnx"
    monkeypatch.setattr("bot.providers.embedded.speakers.model.BUNDLED", damaged)
    for content in (None, BUNDLED.read_bytes()[:-1] + b"x"):
        if content is not None:
            damaged.write_bytes(content)
        with pytest.raises(ModelMissing) as caught:
            find_speaker_model("")
        assert error_text("en", caught.value) == (
            "The speech model for speakers is not available: its file is damaged or lacking; install Earmark again."
        )


def test_a_file_of_the_operators_with_all_keys_is_taken(tmp_path: Path) -> None:
    mine = written(tmp_path, BUNDLED.read_bytes())
    assert find_speaker_model(mine) == Path(mine)
    assert find_speaker_model(written(tmp_path, onnx(KEYS))) == Path(mine)


@pytest.mark.parametrize("key", KEYS)
def test_a_file_that_lacks_a_key_is_refused_by_the_key(tmp_path: Path, key: str) -> None:
    for keys in ({**KEYS, key: ""}, {name: value for name, value in KEYS.items() if name != key}):
        with pytest.raises(ModelMissing, match=f"it lacks the keys {key}"):
            find_speaker_model(written(tmp_path, onnx(keys)))


WHOLE = onnx(KEYS)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no ONNX model"),
        (b"just a letter, dear reader", "no ONNX model"),
        (b"\xff" * 5000, "no ONNX model"),
        (BUNDLED.read_bytes()[:4_000_000], "breaks off"),
        (WHOLE[:-1], "breaks off"),
        (WHOLE[:-30], "breaks off"),
        (onnx(KEYS, graph=b""), "no ONNX model"),
        (onnx({**KEYS, "framework": "nemo"}), "framework must be 3d-speaker or wespeaker"),
        (onnx({**KEYS, "sample_rate": "-1"}), "must be numbers: sample_rate"),
        (onnx({**KEYS, "output_dim": "many", "sample_rate": "9" * 50}), "must be numbers: sample_rate, output_dim"),
        (WHOLE + onnx(KEYS), "twice"),
        (onnx({**KEYS, "more": "x" * 100_000}), "larger than any"),
        (WHOLE + field(14, field(1, b"\xff\xfe") + field(2, b"")), "damaged"),
        (WHOLE + b"\x0b", "no ONNX model"),  # a group, which nobody writes any more
        (WHOLE + b"\x09abc", "breaks off"),
    ],
)
def test_what_sherpa_onnx_must_not_get_is_one_sentence(tmp_path: Path, content: bytes, why: str) -> None:
    with pytest.raises(ModelMissing, match=rf"mine\.onnx', what_to_do=.EARMARK_SPEAKER_MODEL must be .*{why}"):
        find_speaker_model(written(tmp_path, content))


def test_a_file_that_is_not_there_or_a_folder_is_said_so(tmp_path: Path) -> None:
    for setting in (tmp_path / "gone.onnx", tmp_path):
        with pytest.raises(ModelMissing, match="it cannot be read"):
            find_speaker_model(str(setting))


def test_a_file_with_all_keys_and_no_model_in_it_ends_nothing(tmp_path: Path) -> None:
    """In a process of its own, since nobody knows what a library does with such a file."""
    mine = written(tmp_path, WHOLE)
    script = (
        "import sys\nfrom bot.domain.errors import ModelMissing\n"
        "from bot.providers.embedded.transcriber import open_embedder\n"
        "try:\n    open_embedder(sys.argv[1])\nexcept ModelMissing as error:\n    print(error)\n"
    )
    command = [sys.executable, "-W", "ignore", "-c", script, mine]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    assert "its file cannot be used; the log says why" in done.stdout


def test_importing_the_engine_loads_no_voice_library() -> None:
    script = "import sys, bot.providers.embedded.transcriber as _; sys.exit('sherpa_onnx' in sys.modules)"
    command = [sys.executable, "-W", "ignore", "-c", script]
    subprocess.run(command, check=True, cwd=ROOT)
