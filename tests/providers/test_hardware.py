"""Threads and workers: the operator's, or as many as the machine and the model's size call for."""

from pathlib import Path

import pytest

from bot.providers.embedded.hardware import Hardware, processors


@pytest.fixture(params=[145_000_000, 3_000_000_000], ids=["base", "large"])
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A model's folder with weights of this size, which take no room."""
    with (tmp_path / "model.bin").open("wb") as file:
        file.truncate(request.param)
    return tmp_path


def test_the_processors_are_shared_among_the_workers(folder: Path) -> None:
    any_hardware = Hardware()
    threads, workers = any_hardware.threads_for(folder), any_hardware.workers_for(folder)
    assert workers >= 1
    assert threads * workers <= processors()
    assert any_hardware.most_workers >= workers


@pytest.mark.parametrize("folder", [145_000_000], indirect=True)
def test_a_small_model_has_a_thread_for_each_note(folder: Path) -> None:
    assert Hardware().threads_for(folder) == 1
    assert Hardware().workers_for(folder) == processors()


def test_the_operator_decides(folder: Path) -> None:
    chosen = Hardware(threads=3, workers=5)
    assert (chosen.threads_for(folder), chosen.workers_for(folder), chosen.most_workers) == (3, 5, 5)
    assert Hardware(threads=1000).workers_for(folder) == 1
