"""A model is tried in another process before the service loads it, and a bad one is one sentence."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.domain.errors import BadSettings, EngineFailed, ModelMissing
from bot.providers.embedded.hardware import Hardware
from bot.providers.embedded.recogniser import Recogniser
from bot.providers.embedded.sherpa import Sherpa
from bot.providers.embedded.trial import try_model
from bot.providers.embedded.tried_loading import MOST_ATTEMPTS, TriedLoader, memory_for
from bot.providers.embedded.weights import ModelFolders, find_model
from bot.support.memory import available_memory
from tests.helpers import tiny_models
from tests.helpers.paths import ROOT

ANY = Hardware()


def lacking(key: str) -> Callable[[Path], Path]:
    """A Parakeet whose encoder lacks a key that sherpa-onnx reads."""
    return lambda folder: tiny_models.parakeet(
        folder, {name: text for name, text in tiny_models.TDT_KEYS.items() if name != key}
    )


def too_few_tokens(folder: Path) -> Path:
    tokens = tiny_models.parakeet(folder) / "tokens.txt"
    tokens.write_text("a 0\n<blk> 1\n")
    return folder


def truncated_whisper(folder: Path) -> Path:
    shutil.copytree(find_model("base", ModelFolders(folder.parent)), folder)
    with (folder / "model.bin").open("r+b") as file:
        file.truncate(70_000_000)
    return folder


def another_number_of_bands(folder: Path) -> Path:
    """A folder of Whisper base that says it were large-v3, which takes 128 bands."""
    shutil.copytree(find_model("base", ModelFolders(folder.parent)), folder)
    (folder / "preprocessor_config.json").write_text(json.dumps({"feature_size": 128}))
    return folder


@pytest.mark.parametrize("make", [tiny_models.parakeet, tiny_models.sense_voice, tiny_models.moonshine])
def test_a_good_model_passes(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    try_model(make(tmp_path / "model"), "mine", ANY)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lacking("vocab_size"), "a trial of it ended in a crash.*'vocab_size' does not exist"),
        (lacking("subsampling_factor"), "ended in a crash"),
        (too_few_tokens, "ended in a crash"),
        (truncated_whisper, "cannot be loaded"),
        (another_number_of_bands, "cannot be loaded"),
    ],
    ids=["no vocabulary", "no factor", "few tokens", "truncated", "bands"],
)
def test_a_model_that_would_end_the_process_is_one_sentence(
    tmp_path: Path, make: Callable[[Path], Path], why: str
) -> None:
    with pytest.raises(ModelMissing, match=why):
        try_model(make(tmp_path / "model"), "mine", ANY)


def test_a_model_that_ends_its_process_ends_it_indeed(tmp_path: Path) -> None:
    """Without the trial this would be the end of the service."""
    folder = lacking("vocab_size")(tmp_path)
    script = (
        "import sys, pathlib\nfrom bot.providers.embedded.loading import load_model\n"
        "from bot.providers.embedded.hardware import Hardware\n"
        "try:\n    load_model(pathlib.Path(sys.argv[1]), 'mine', Hardware())\nexcept BaseException:\n    sys.exit(0)\n"
    )
    command = [sys.executable, "-W", "ignore", "-c", script, str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert done.returncode != 0


def test_a_precision_that_the_device_lacks_is_said_as_a_setting(tmp_path: Path) -> None:
    base = find_model("base", ModelFolders(tmp_path))
    with pytest.raises(BadSettings, match="cpu has no float16"):
        try_model(base, "mine", Hardware(device="cpu", compute_type="float16"))


def test_a_trial_without_an_end_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="did not end within 0 s"):
        try_model(tiny_models.parakeet(tmp_path), "mine", ANY, time_limit=0.05)


class Trials:
    """Counts trials and loads, and fails as it is told."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.tried = self.loaded = 0

    def attempt(self, folder: Path, name: str, hardware: Hardware) -> None:
        self.tried += 1
        if self.error is not None:
            raise self.error

    def load(self, folder: Path, name: str, hardware: Hardware) -> Recogniser:
        self.loaded += 1
        return object.__new__(Sherpa)

    def loader(self, data: Path) -> TriedLoader:
        """A loader as a start of the service makes it."""
        return TriedLoader(ModelFolders(data), load=self.load, attempt=self.attempt)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_models.parakeet(tmp_path / "mine")


def test_a_model_is_tried_once_and_not_at_each_start(tmp_path: Path, folder: Path) -> None:
    trials = Trials()
    for _ in range(3):
        trials.loader(tmp_path)(folder, "mine", ANY)
    assert (trials.tried, trials.loaded) == (1, 3)


def test_a_changed_file_is_tried_again(tmp_path: Path, folder: Path) -> None:
    trials = Trials()
    trials.loader(tmp_path)(folder, "mine", ANY)
    (folder / "tokens.txt").write_text("a 0\n")
    trials.loader(tmp_path)(folder, "mine", ANY)
    trials.loader(tmp_path)(folder, "mine", Hardware(threads=2))
    assert trials.tried == 3


def test_the_included_model_needs_no_trial(tmp_path: Path) -> None:
    trials = Trials()
    trials.loader(tmp_path)(find_model("base", ModelFolders(tmp_path)), "base", ANY)
    assert (trials.tried, trials.loaded) == (0, 1)


def test_a_refused_model_is_not_tried_for_each_note(tmp_path: Path, folder: Path) -> None:
    trials = Trials(ModelMissing(model="mine", what_to_do="choose another."))
    loader = trials.loader(tmp_path)
    for _ in range(3):
        with pytest.raises(ModelMissing, match="choose another"):
            loader(folder, "mine", ANY)
    assert (trials.tried, trials.loaded) == (1, 0)


def test_after_a_lack_of_memory_it_is_tried_again(tmp_path: Path, folder: Path) -> None:
    trials = Trials(EngineFailed(reason="memory"))
    loader = trials.loader(tmp_path)
    for _ in range(2):
        with pytest.raises(EngineFailed):
            loader(folder, "mine", ANY)
    assert trials.tried == 2


def test_a_model_larger_than_the_free_memory_is_not_loaded(tmp_path: Path, folder: Path) -> None:
    trials, free = Trials(), available_memory()
    assert free is not None
    with (folder / "encoder.weights").open("wb") as file:
        file.truncate(free * 2)
    with pytest.raises(ModelMissing, match=r"takes about .* GB of memory, and .* GB are free"):
        trials.loader(tmp_path)(folder, "mine", ANY)
    assert (trials.tried, trials.loaded) == (0, 0)
    assert memory_for(1_000_000_000) > 1_000_000_000


def test_loads_that_end_the_process_are_counted_and_given_up(tmp_path: Path, folder: Path) -> None:
    """Each start is a process that is killed while it loads."""
    script = (
        "import os, sys, pathlib\nfrom bot.providers.embedded.hardware import Hardware\n"
        "from bot.providers.embedded.tried_loading import TriedLoader\n"
        "from bot.providers.embedded.weights import ModelFolders\n"
        "die = lambda *_: os.kill(os.getpid(), 9)\n"
        "TriedLoader(ModelFolders(pathlib.Path(sys.argv[1])), load=die, attempt=lambda *_: None)"
        "(pathlib.Path(sys.argv[2]), 'mine', Hardware())\n"
    )
    for _ in range(MOST_ATTEMPTS):
        done = subprocess.run([sys.executable, "-W", "ignore", "-c", script, tmp_path, folder], cwd=ROOT, check=False)
        assert done.returncode == -9
    trials = Trials()
    with pytest.raises(ModelMissing, match="the process ended 3 times while it was loaded") as caught:
        trials.loader(tmp_path)(folder, "mine", ANY)
    assert trials.loaded == 0
    (record,) = (tmp_path / "models" / "loading").glob("*.attempts")
    assert str(record) in str(caught.value.fields["what_to_do"])
    record.unlink()
    trials.loader(tmp_path)(folder, "mine", ANY)
    assert trials.loaded == 1
