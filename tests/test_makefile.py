"""The way from a checkout to a running service: what is installed, and on which Pythons."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.helpers.paths import ROOT

PINNED = re.compile(r"^([a-z][\w.-]*)==(\S+)", re.MULTILINE)
DEVELOPERS = {"hatchling", "hypothesis", "jiwer", "mutmut", "mypy", "pytest", "ruff"}


def pinned(path: str) -> dict[str, set[str]]:
    """The versions of each package: some have several, by the Python or the system."""
    found: dict[str, set[str]] = {}
    for name, version in PINNED.findall((ROOT / path).read_text("utf-8")):
        found.setdefault(name, set()).add(version)
    return found


def test_who_runs_it_installs_no_tool_of_developers_who_have_the_same_releases_of_all_else() -> None:
    runs, develops = pinned("requirements.lock"), pinned("tests/requirements.lock")
    assert not DEVELOPERS & {*runs}
    assert {*develops} > {*runs} | DEVELOPERS
    assert {name: develops[name] for name in runs} == runs


def made(goal: str, python: Path | str, folder: Path) -> "subprocess.CompletedProcess[str]":
    command = ["make", "--no-print-directory", goal, f"PYTHON={python}", f"VENV={folder / 'venv'}"]
    alone = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}  # not as a part of make
    return subprocess.run(command, cwd=ROOT, env=alone, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("goal", ["demo", "run", "lint"])
def test_another_python_is_refused_in_one_sentence_before_anything_is_installed(tmp_path: Path, goal: str) -> None:
    old = tmp_path / "python3.10"
    old.write_text("#!/bin/sh\necho 3.10\n")
    old.chmod(0o755)
    said = made(goal, old, tmp_path)
    assert said.returncode
    assert said.stdout == (
        f"Earmark needs Python 3.11, 3.12 or 3.13; {old} is 3.10. Name one: make PYTHON=python3.13 ...\n"
    )
    assert not (tmp_path / "venv").exists()


def test_a_python_that_is_not_there_is_named(tmp_path: Path) -> None:
    said = made("demo", "python3.99", tmp_path)
    assert "python3.99 is not there." in said.stdout
    assert not (tmp_path / "venv").exists()
