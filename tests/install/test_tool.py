"""The README's path, command by command: a new user with an empty home installs Earmark as a tool and uses it.

uv runs as the user of the tests, because its cache is theirs; Earmark runs as a user without rights.
"""

import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import __version__
from tests.helpers.newcomer import UV, Newcomer, checkout, newcomer
from tests.helpers.paths import ROOT, SAMPLES
from tests.helpers.processes import stop_as_an_operator

pytestmark = pytest.mark.skipif(not UV.exists(), reason="uv is not beside Python, as the Makefile puts it")
SECTION = re.compile(r"^## Install$(.*?)^## ", re.MULTILINE | re.DOTALL)
SPOKEN = "He was not an ill-disposed young man."


def commands() -> list[str]:
    """Return the commands of the README's chapter on the installation as a tool."""
    chapter = SECTION.search((ROOT / "README.md").read_text("utf-8"))
    assert chapter
    return re.findall(r"^\$ (.+)$", chapter[1], re.MULTILINE)


INSTALL = [line for line in commands() if line.startswith("uv ")]
USE = [line for line in commands() if line.startswith("earmark ")]


@pytest.fixture(scope="module")
def ada() -> Iterator[Newcomer]:
    """A user who has followed the README up to the first command of Earmark."""
    with newcomer(EARMARK_API_BIND="127.0.0.1:0") as user:
        source = user.home / "earmark"
        source.mkdir()
        checkout(source)
        for line in INSTALL:
            user.installs(line, source)
        yield user


def installed(user: Newcomer) -> Path:
    return user.home / ".local" / "share" / "uv" / "tools" / "earmark"


def test_the_readme_says_how_to_build_install_and_use_it() -> None:
    assert [line.split()[:3] for line in INSTALL] == [["uv", "build", "--wheel"], ["uv", "tool", "install"]]
    assert [line.split()[1] for line in USE] == ["demo", "doctor", "run"]


def test_the_installed_releases_are_those_of_the_lock(ada: Newcomer) -> None:
    lock = dict(
        re.findall(r"^([a-z][\w.-]*)==([^\s;]+)", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE)
    )
    (packages,) = installed(ada).glob("lib/python*/site-packages")
    found = {
        name.replace("_", "-").replace(".", "-").lower(): version
        for name, version in (
            path.name.removesuffix(".dist-info").rsplit("-", 1) for path in packages.glob("*.dist-info")
        )
    }
    assert found.pop("earmark") == __version__
    assert len(found) > 50
    assert {name: lock.get(name) for name in found} == found


def test_it_works_outside_of_a_checkout(ada: Newcomer) -> None:
    """The service answers, transcribes what the command line hands to it, finds itself well, and stops."""
    recording = ada.home / "voice-note.ogg"
    recording.write_bytes((SAMPLES / "voice-note.ogg").read_bytes())
    assert ada.says("earmark --version").strip() == f"earmark {__version__}"
    service = ada.starts(USE[-1])
    try:
        assert service.stderr
        line = next(line for line in service.stderr if "listens at" in line)
        address = line.partition("listens at ")[2].split()[0]
        with urllib.request.urlopen(f"{address}/healthz", timeout=10) as answer:
            assert answer.status == 200
        assert SPOKEN in ada.says("earmark transcribe voice-note.ogg")
        findings = ada.says("earmark doctor").splitlines()
        assert [line for line in findings if not line.startswith("[ok]")] == []
        assert any(f"{ada.home}/.earmark" in line for line in findings), "its data is in the user's home"
        stop_as_an_operator(service)
    finally:
        service.kill()
        service.communicate()


def test_the_demo_runs_as_the_readme_says(ada: Newcomer) -> None:
    assert SPOKEN in ada.says(USE[0])


@pytest.mark.slow
def test_make_demo_is_all_that_a_checkout_needs() -> None:
    """As the README says first; what developers need is not installed."""
    with newcomer() as user:
        source = user.home / "earmark"
        source.mkdir()
        checkout(source)
        said = user.installs(f"make demo PYTHON={user.python}", source)
        assert SPOKEN in said
        assert "are downloaded unless this machine has them" in said
        assert not (source / ".venv" / "bin" / "pytest").exists()
        assert (source / "data" / "earmark.db").exists()
