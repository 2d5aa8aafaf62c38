"""Fetching models from the hub: of one revision, continued, and never another file than the published one."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock

from bot.domain.errors import BadSettings, ModelMissing
from bot.locales import error_text
from bot.providers.embedded.named_models import NAMED, NamedModel
from bot.providers.embedded.pulling import Plan, plan_of, pull
from bot.providers.embedded.weights import ModelFolders, find_model
from tests.doubles.hub import COMMIT, Hub, running_hub
from tests.helpers import tiny_models

WEIGHTS = os.urandom(700_000)
WHISPER = {
    "README.md": b"# Whisper",
    "config.json": b"{}",
    "tokenizer.json": b"{}" * 10,
    "vocabulary.txt": b"a\nb\n",
    "model.bin": WEIGHTS,
}
MINE = "ada/whisper-mine"


@pytest.fixture
def hub() -> Iterator[Hub]:
    with running_hub({MINE: WHISPER, "ada/poems": {"poem.txt": b"Ode"}}) as hub:
        yield hub


@pytest.fixture
def folders(tmp_path: Path) -> ModelFolders:
    return ModelFolders(tmp_path / "data", tmp_path / "cache")


def pulled(hub: Hub, folders: ModelFolders, model: str = MINE) -> Path:
    return pull(plan_of(model, folders, hub.url), lambda _: None, hub.url)


def test_a_repository_is_fetched_once_and_found_then(hub: Hub, folders: ModelFolders) -> None:
    told: list[int] = []
    plan = plan_of(MINE, folders, hub.url)
    assert (plan.revision, plan.bytes, plan.missing) == (COMMIT, plan.bytes, plan.bytes)
    folder = pull(plan, told.append, hub.url)
    assert folder == find_model(MINE, folders) == folders.pulled(MINE, COMMIT)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        name: content for name, content in WHISPER.items() if name != "README.md"
    }
    assert (told, told[-1]) == (sorted(told), plan.bytes)
    before = list(hub.asked)
    again = plan_of(MINE, folders, hub.url)
    assert again.missing == 0
    assert pull(again, told.append, hub.url) == folder
    assert hub.asked == before


def test_nothing_is_fetched_for_a_note(hub: Hub, folders: ModelFolders) -> None:
    for model in ("small", "ada/whisper-mine", "parakeet-tdt-0.6b-v3", "tiny.en"):
        with pytest.raises(ModelMissing, match=f"`earmark models pull {model}` fetches it"):
            find_model(model, folders)
    assert hub.asked == []


def test_a_missing_model_is_one_sentence_with_the_command(folders: ModelFolders) -> None:
    with pytest.raises(ModelMissing) as caught:
        find_model("small", folders)
    said = "it is not on this machine; `earmark models pull small` fetches it (484 MB)."
    assert error_text("en", caught.value) == f"The speech model small is not available: {said}"


def test_a_name_that_is_none_is_answered_with_those_that_are(folders: ModelFolders) -> None:
    for ask in (lambda: find_model("smal", folders), lambda: plan_of("smal", folders)):
        with pytest.raises(ModelMissing, match=r"one of: .*large-v3.*parakeet"):
            ask()


def test_what_broke_off_goes_on_where_it_ended(hub: Hub, folders: ModelFolders) -> None:
    """The hub's client itself asks again some times; each answer breaks off, as if the process were killed after it."""
    plan = plan_of(MINE, folders, hub.url)
    plan.folder.mkdir(parents=True)
    (plan.folder / "model.bin.part").write_bytes(WEIGHTS[:300_000])
    assert plan_of(MINE, folders, hub.url).missing == plan.bytes - 300_000
    folder = pulled(hub, folders)
    assert "model.bin bytes=300000-" in hub.asked
    assert (folder / "model.bin").read_bytes() == WEIGHTS


def test_an_answer_that_breaks_off_keeps_what_came(hub: Hub, folders: ModelFolders) -> None:
    weights = os.urandom(13_000_000)  # the client takes 10 MiB at once
    hub.repositories[MINE].files["model.bin"] = weights
    hub.breaks_after, hub.then_status = 11_000_000, 503
    plan = plan_of(MINE, folders, hub.url)
    with pytest.raises(ModelMissing, match="the hub answers 503"):
        pull(plan, lambda _: None, hub.url)
    kept = plan.folder / "model.bin.part"
    assert kept.read_bytes() == weights[: 10 * 2**20]
    assert not (plan.folder / "model.bin").exists()
    hub.breaks_after, hub.then_status = None, 0
    assert (pulled(hub, folders) / "model.bin").read_bytes() == weights
    assert hub.asked[-1] == f"model.bin bytes={10 * 2**20}-"


@pytest.mark.parametrize(
    "left", [b"x" * 1000, b"x" * len(WEIGHTS), b"x" * 2 * len(WEIGHTS)], ids=["less", "all", "more"]
)
def test_an_old_beginning_that_does_not_fit_is_fetched_anew(hub: Hub, folders: ModelFolders, left: bytes) -> None:
    plan = plan_of(MINE, folders, hub.url)
    plan.folder.mkdir(parents=True)
    (plan.folder / "model.bin.part").write_bytes(left)
    assert (pulled(hub, folders) / "model.bin").read_bytes() == WEIGHTS


def test_a_server_that_breaks_off_again_and_again_and_gives_no_parts_is_given_up(
    hub: Hub, folders: ModelFolders
) -> None:
    hub.repositories[MINE].files["model.bin"] = os.urandom(13_000_000)
    hub.breaks_after, hub.knows_ranges = 11_000_000, False
    with pytest.raises(ModelMissing, match="what came is kept, so ask again"):
        pulled(hub, folders)
    assert len(hub.asked) < 10


def test_a_file_that_was_damaged_later_is_fetched_again(hub: Hub, folders: ModelFolders) -> None:
    (pulled(hub, folders) / "model.bin").write_bytes(b"x" * len(WEIGHTS))
    assert (pulled(hub, folders) / "model.bin").read_bytes() == WEIGHTS


@pytest.mark.parametrize("file", ["model.bin", "tokenizer.json"])
def test_another_file_never_gets_to_the_place(hub: Hub, folders: ModelFolders, file: str) -> None:
    hub.gives[file] = b"y" * len(WHISPER[file])
    with pytest.raises(ModelMissing, match="is not the published file"):
        pulled(hub, folders)
    assert not (folders.pulled(MINE, COMMIT) / file).exists()
    with pytest.raises(ModelMissing, match="earmark models pull"):
        find_model(MINE, folders)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_hub_that_does_not_serve_is_said_so(hub: Hub, folders: ModelFolders, status: int) -> None:
    hub.status = status
    with pytest.raises(ModelMissing, match=f"the hub answers {status}"):
        plan_of(MINE, folders, hub.url)


def test_a_repository_that_is_not_there_or_holds_no_model_is_said_so(hub: Hub, folders: ModelFolders) -> None:
    with pytest.raises(ModelMissing, match="the hub has no such model"):
        plan_of("ada/gone", folders, hub.url)
    with pytest.raises(ModelMissing, match="ada/poems holds no model"):
        plan_of("ada/poems", folders, hub.url)


def test_a_hub_that_cannot_be_reached_is_said_so_at_once(folders: ModelFolders) -> None:
    with pytest.raises(ModelMissing, match="the hub cannot be reached"):
        plan_of(MINE, folders, "http://127.0.0.1:9")


def test_two_who_fetch_at_the_same_time_do_not_mix(hub: Hub, folders: ModelFolders) -> None:
    plan = plan_of(MINE, folders, hub.url)
    plan.folder.mkdir(parents=True)
    with FileLock(plan.folder.parent / ".lock"), pytest.raises(ModelMissing, match="another process is fetching it"):
        pull(plan, lambda _: None, hub.url)


def test_more_than_the_disk_holds_is_said_before_anything_comes(hub: Hub, folders: ModelFolders) -> None:
    plan = plan_of(MINE, folders, hub.url)
    huge = replace(plan, files=(replace(plan.files[0], bytes=10**18),))
    with pytest.raises(ModelMissing, match=r"1000000000\.0 GB would have to be fetched"):
        pull(huge, lambda _: None, hub.url)
    assert hub.asked == []


def test_a_folder_that_cannot_be_written_is_said_so(hub: Hub, folders: ModelFolders) -> None:
    folders.data.mkdir()
    (folders.data / "models").write_text("a file where the folder should be")
    with pytest.raises(BadSettings, match="folder for models cannot be written"):
        pulled(hub, folders)


def test_of_a_sherpa_repository_the_files_of_one_form_are_taken(folders: ModelFolders, tmp_path: Path) -> None:
    model = tiny_models.sense_voice(tmp_path / "made")
    files = {path.name: path.read_bytes() for path in model.iterdir()}
    files |= {"model.onnx": b"another form" * 1000, "test_wavs/zh.wav": b"RIFF" * 1000, "export.py": b"pass"}
    with running_hub({"ada/sense-voice": files}) as hub:
        folder = pulled(hub, folders, "ada/sense-voice")
    assert sorted(path.name for path in folder.iterdir()) == ["model.int8.onnx", "tokens.txt"]
    assert find_model("ada/sense-voice", folders) == folder


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> NamedModel:
    """A named model whose files the double has, in the place of "small"."""
    digest = hashlib.sha256(WEIGHTS).hexdigest()
    model = NamedModel(MINE, COMMIT, "MIT", "99", "", NAMED["small"].files, {"model.bin": (len(WEIGHTS), digest)})
    monkeypatch.setattr("bot.providers.embedded.pulling.NAMED", {**NAMED, "small": model})
    monkeypatch.setattr("bot.providers.embedded.weights.NAMED", {**NAMED, "small": model})
    monkeypatch.setattr("bot.providers.embedded.named_models.NAMED", {**NAMED, "small": model})
    return model


def test_a_named_model_is_taken_at_its_revision(hub: Hub, folders: ModelFolders, named: NamedModel) -> None:
    """A newer commit does not change it."""
    hub.repositories[MINE].commits = ("f" * 40, COMMIT)
    folder = pulled(hub, folders, "small")
    assert folder == folders.pulled(MINE, COMMIT) == find_model("small", folders)


def test_a_named_model_with_other_weights_is_not_fetched(hub: Hub, folders: ModelFolders, named: NamedModel) -> None:
    hub.repositories[MINE].files["model.bin"] = WEIGHTS[:-1] + b"x"
    with pytest.raises(ModelMissing, match="is not the published file"):
        plan_of("small", folders, hub.url)
    assert hub.asked == []


def test_a_named_model_whose_revision_is_gone_is_said_so(hub: Hub, folders: ModelFolders, named: NamedModel) -> None:
    hub.repositories[MINE].commits = ("f" * 40,)
    with pytest.raises(ModelMissing, match="the hub has no such model"):
        plan_of("small", folders, hub.url)


def test_named_models_are_pinned() -> None:
    for name, model in NAMED.items():
        assert set(model.weights) <= set(model.files)
        assert model.revision or name == "speakers"
        assert all(len(sha256) == 64 for _, sha256 in model.weights.values())
        assert not model.revision or len(model.revision) == 40


def test_a_download_of_an_earlier_release_is_found(folders: ModelFolders) -> None:
    former = folders.hub / "models--Systran--faster-whisper-small" / "snapshots" / ("a" * 40)
    former.mkdir(parents=True)
    for name in ("config.json", "model.bin", "tokenizer.json"):
        (former / name).write_bytes(b"x")
    assert find_model("small", folders) == former


def test_a_plan_counts_what_is_there(folders: ModelFolders) -> None:
    assert Plan("m", MINE, COMMIT, (), folders.pulled(MINE, COMMIT)).missing == 0
