"""Recordings that are named on the command line."""

from pathlib import Path

import pytest

from bot.cli.inputs import folder_for_arrivals, inputs_of, is_input
from bot.domain.errors import NotFound


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("b.ogg", "a.MP3", "notes.txt", "sub/c.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def named(*words: str) -> list[str]:
    found, missing = inputs_of(words, Path("/tmp/spool"))
    assert missing == {}
    return [one.name for one in found]


def test_files_are_taken_as_they_are_named_whatever_their_suffix(folder: Path) -> None:
    assert named("b.ogg", "notes.txt", str(folder / "a.MP3")) == ["b.ogg", "notes.txt", str(folder / "a.MP3")]


def test_of_a_folder_the_recordings_are_taken_by_name(folder: Path) -> None:
    assert named(".") == ["a.MP3", "b.ogg"]


def test_a_pattern_that_the_shell_left_is_filled_in(folder: Path) -> None:
    assert named("*.ogg", "sub/*") == ["b.ogg", "sub/c.wav"]


def test_links_and_standard_input_have_a_place_of_their_own_each(folder: Path) -> None:
    links = ("https://files.example/talks/first.mp3?key=1", "https://files.example/%2e%2e/", "-")
    found, _ = inputs_of(links, Path("/tmp/spool"))
    assert [str(one.path) for one in found] == [
        "/tmp/spool/0/first.mp3",
        "/tmp/spool/1/link",
        "/tmp/spool/2/standard-input",
    ]
    assert [one.stem for one in found] == ["first", "link", "standard-input"]


def test_what_is_not_there_is_an_error_of_its_own(folder: Path) -> None:
    (folder / "empty").mkdir()
    found, missing = inputs_of(["gone.ogg", "b.ogg", "*.wav", "empty"], folder)
    assert [one.name for one in found] == ["b.ogg"]
    assert [*missing] == ["gone.ogg", "*.wav", "empty"]
    assert all(isinstance(error, NotFound) and error.name == name for name, error in missing.items())


def test_a_command_is_told_from_a_recording(folder: Path) -> None:
    assert all(map(is_input, ("b.ogg", "-", "*.mp3", "HTTPS://files.example/a.mp3", "sub")))
    assert not any(map(is_input, ("transcribe", "gone.ogg", "--version")))


def test_the_folder_for_what_arrives_is_made_only_if_something_does_and_removed_again() -> None:
    with folder_for_arrivals() as folder:
        assert not folder.exists()
        (folder / "0").mkdir(parents=True)
    assert not folder.exists()
