"""Disks for tests: a small one of its own, which can really be full, and another than the tests' own."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """Mount a disk in memory on a new folder; skip the test if this process may not."""
    folder.mkdir()
    size = f"size={megabytes}m"
    mount = ["mount", "-t", "tmpfs", "-o", size, "none", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a disk can be mounted by root alone")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def another_disk(than: Path) -> Path:
    """Return a folder for passing files on another disk; skip the test if there is none."""
    for place in (Path("/dev/shm"), Path("/var/tmp"), Path.home()):
        if place.is_dir() and place.stat().st_dev != than.stat().st_dev:
            return place
    pytest.skip("there is one disk alone")


def fill(disk: Path) -> Path:
    """Fill a disk to its last byte; return the file that does it."""
    filler = disk / "filler"
    block = bytes(64 * 1024)
    with filler.open("wb", buffering=0) as file:
        while block:
            try:
                if file.write(block) < len(block):
                    break
            except OSError:
                block = block[: len(block) // 2]
    return filler
