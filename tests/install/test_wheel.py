"""The wheel: everything that runs is in it, and what it says of itself is true."""

import subprocess
import sys
import tomllib
from collections.abc import Iterator
from email.message import Message
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.helpers.newcomer import UV
from tests.helpers.paths import ROOT

pytestmark = pytest.mark.skipif(not UV.exists(), reason="uv is not beside Python, as the Makefile puts it")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ZipFile]:
    folder = tmp_path_factory.mktemp("wheel")
    build: list[str | Path] = [UV, "build", "--offline", "--wheel", "--no-build-isolation", "--python", sys.executable]
    subprocess.run([*build, "--out-dir", folder, ROOT], check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    with ZipFile(path) as opened:
        yield opened


def metadata(wheel: ZipFile) -> Message:
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    return Parser().parsestr(wheel.read(name).decode())


def test_every_file_of_both_packages_is_in_it(wheel: ZipFile) -> None:
    packages = (ROOT / "bot", ROOT / "adapters")
    files = {path.relative_to(ROOT).as_posix() for one in packages for path in one.rglob("*") if path.is_file()}
    assert {name for name in files if "__pycache__" not in name} <= set(wheel.namelist())


def test_its_types_can_be_used(wheel: ZipFile) -> None:
    assert {"bot/py.typed", "adapters/py.typed"} <= set(wheel.namelist())
    assert "Typing :: Typed" in (metadata(wheel).get_all("Classifier") or [])


def test_the_list_of_settings_is_in_it(wheel: ZipFile) -> None:
    assert wheel.read("bot/.env.example") == (ROOT / ".env.example").read_bytes()


def test_nothing_of_developers_is_in_it(wheel: ZipFile) -> None:
    top = {Path(name).parts[0] for name in wheel.namelist()}
    assert {name for name in top if not name.endswith(".dist-info")} == {"bot", "adapters"}


def test_its_classifiers_name_the_pythons_that_it_may_be_installed_on(wheel: ZipFile) -> None:
    python = "Programming Language :: Python :: "
    said = [one.removeprefix(python) for one in metadata(wheel).get_all("Classifier") or [] if one.startswith(python)]
    assert said == ["3.11", "3.12", "3.13"]
    assert metadata(wheel)["Requires-Python"] == PROJECT["requires-python"].replace(">=3.11,<3.14", "<3.14,>=3.11")


def test_the_page_of_the_package_is_the_readme(wheel: ZipFile) -> None:
    assert metadata(wheel).get_payload() == (ROOT / "README.md").read_text("utf-8")
