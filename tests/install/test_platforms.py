"""The machines that the locks can be installed on, as uv says: it needs a package index, or what it has of one."""

import os
import subprocess
import sys

import pytest

from tests.helpers.newcomer import UV
from tests.helpers.paths import ROOT

pytestmark = pytest.mark.skipif(not UV.exists(), reason="uv is not beside Python, as the Makefile puts it")
RESOLVE = ("pip", "compile", "--quiet", "--no-header", "--only-binary", ":all:")
RESOLVES = {
    "Linux on x86_64": "x86_64-manylinux_2_28",
    "Linux on aarch64": "aarch64-manylinux_2_28",
    "macOS 14 on arm64": "aarch64-apple-darwin",
    "Windows on amd64": "x86_64-pc-windows-msvc",
}
DOES_NOT = {
    "Intel Macs": "x86_64-apple-darwin",
    "Windows on ARM": "aarch64-pc-windows-msvc",
    "Alpine Linux": "x86_64-unknown-linux-musl",
}


def resolved(platform: str, python: str = "3.11") -> "subprocess.CompletedProcess[str]":
    """Ask uv for wheels of everything in the lock."""
    target = ["--python-platform", platform, "--python-version", python, "--output-file", os.devnull]
    said = subprocess.run(
        [UV, *RESOLVE, *target, "--python", sys.executable, "requirements.lock"],
        check=False,
        cwd=ROOT,
        env=os.environ | {"MACOSX_DEPLOYMENT_TARGET": "14.0"},
        capture_output=True,
        text=True,
    )
    if "Failed to fetch" in said.stderr:
        pytest.skip("there is no package index")
    return said


@pytest.mark.parametrize("platform", RESOLVES.values(), ids=RESOLVES)
def test_the_lock_resolves(platform: str) -> None:
    said = resolved(platform)
    assert said.returncode == 0, said.stderr


def test_the_next_python_resolves() -> None:
    """The project does not run on it yet; nothing that it needs stands in the way."""
    assert resolved(RESOLVES["Linux on x86_64"], "3.14").returncode == 0


@pytest.mark.parametrize("platform", DOES_NOT.values(), ids=DOES_NOT)
def test_what_the_readme_says_does_not_resolve_does_not(platform: str) -> None:
    said = resolved(platform)
    assert "no usable wheels" in said.stderr or "has no wheels" in said.stderr, said.stderr


def test_the_readme_names_each() -> None:
    text = " ".join((ROOT / "README.md").read_text("utf-8").split())
    assert [name for name in [*RESOLVES, *DOES_NOT] if name not in text] == []
