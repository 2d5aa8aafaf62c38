"""A new user's machine: an empty home, no rights, nothing on the path but the system and what the user installs."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.helpers.paths import ROOT

UV = Path(sys.executable).parent / "uv"
"""As the Makefile puts it beside Python."""
CHECKOUT = (
    "bot",
    "adapters",
    "pyproject.toml",
    "README.md",
    "LICENSE",
    ".env.example",
    "requirements.lock",
    "Makefile",
)
_NOBODY = 65534
_WORKS = "import ensurepip, sqlite3, ssl, sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))"
_PIPES: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A user who types the commands of a page."""

    home: Path
    python: Path
    """The Python of this machine."""
    user: int | None
    """None: the user of the tests, who is not root, or whose Python no other user may start."""
    also: dict[str, str] = field(default_factory=dict)
    """Further variables of the environment."""

    def environment(self) -> dict[str, str]:
        path = [self.home / ".local" / "bin", UV.parent, "/usr/local/bin", "/usr/bin", "/bin"]
        return {
            "HOME": str(self.home),
            "PATH": os.pathsep.join(map(str, path)),
            "LC_ALL": "C.UTF-8",
            "OMP_WAIT_POLICY": "passive",
        } | self.also

    def installs(self, line: str, folder: Path) -> str:
        """Run a command of uv or make as the user of the tests, whose packages uv has already."""
        kept = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_", "UV_INDEX"))}
        cache = {"UV_CACHE_DIR": str(uv_cache()), "UV_PYTHON": str(self.python)}
        environment = kept | self.environment() | cache
        process = subprocess.Popen(["sh", "-c", line], cwd=folder, env=environment, text=True, **_PIPES)
        said = _output(process, line, 500)
        if self.user is not None:
            _hand_over(self.home, self.user)
        return said

    def starts(self, line: str) -> "subprocess.Popen[str]":
        """Start a command as the new user."""
        rights: dict[str, Any] = (
            {} if self.user is None else {"user": self.user, "group": self.user, "extra_groups": []}
        )
        command = ["sh", "-c", f"exec {line}"]
        return subprocess.Popen(command, cwd=self.home, env=self.environment(), text=True, **rights, **_PIPES)

    def says(self, line: str, within: float = 120) -> str:
        """Run a command, which must end well; return its output."""
        return _output(self.starts(line), line, within)


def _output(process: "subprocess.Popen[str]", line: str, within: float) -> str:
    try:
        out, err = process.communicate(timeout=within)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 0, f"{line}: {out[-2000:]}{err[-2000:]}"
    return out


def _hand_over(folder: Path, user: int) -> None:
    """Give all folders to the user. Files are links into uv's cache, and stay as they are there."""
    for path, _, _ in os.walk(folder):
        os.chown(path, user, user)


def uv_cache() -> Path:
    said = subprocess.run([UV, "cache", "dir"], check=True, capture_output=True, text=True)
    return Path(said.stdout.strip())


@contextmanager
def newcomer(**also: str) -> Iterator[Newcomer]:
    """Yield a user with an empty home on the disk of uv's cache, so that uv links packages instead of copying them."""
    beside = _beside(uv_cache())
    home = Path(tempfile.mkdtemp(prefix="earmark-newcomer-", dir=beside))
    python, user = _python_and_user()
    try:
        if user is not None:
            os.chown(home, user, user)
        yield Newcomer(home, python, user, also)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _beside(cache: Path) -> Path | None:
    """Return a folder for temporary files on the same disk, which every user can reach; None: any."""
    device = cache.stat().st_dev if cache.exists() else None
    return next((folder for folder in map(Path, ("/var/tmp", "/tmp")) if _device(folder) == device), None)


def _device(folder: Path) -> int | None:
    return folder.stat().st_dev if folder.is_dir() else None


def _python_and_user() -> tuple[Path, int | None]:
    """Return a Python and a user without rights who may start it."""
    own = Path(getattr(sys, "_base_executable", sys.executable))
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return own, None
    found = (shutil.which(f"python3.{minor}", path="/usr/bin:/usr/local/bin") for minor in (13, 12, 11))
    for python in [*filter(None, found), str(own)]:
        check = [python, "-c", _WORKS]
        tried = subprocess.run(check, check=False, user=_NOBODY, group=_NOBODY, cwd="/", capture_output=True)
        if tried.returncode == 0:
            return Path(python), _NOBODY
    return own, None


def checkout(folder: Path) -> None:
    """Copy what a user gets by git: the files that are installed, and the locks."""
    ignored = shutil.ignore_patterns("__pycache__")
    for name in CHECKOUT:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=ignored)
        else:
            shutil.copy(source, folder / name)
    (folder / "tests").mkdir()
    shutil.copy(ROOT / "tests" / "requirements.lock", folder / "tests")
