"""Restore: an archive of `earmark backup` is checked whole, then put into an empty data folder."""

import hashlib
import re
import shutil
import threading
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout
from pydantic import ValidationError

from bot import __version__
from bot.domain.errors import NotFound, OperatorError
from bot.operations.backup_archive import (
    BOOKS,
    ENGINE,
    FORM,
    MANIFEST,
    MANIFEST_FORM,
    Manifest,
    Packed,
    blocks,
    in_thread,
    map_disk_and_database_errors,
    may_hold,
    settle_on_disk,
)
from bot.storage.migrations import revisions
from bot.support.files import new_private_file, private_folder

LEAD = "lead.lock"
_LONGEST_MANIFEST = 16 << 20


class NotRestored(OperatorError):
    """Nothing was restored."""

    reason: str


async def restore(folder: Path, file: Path) -> Manifest:
    """Put a backup into the data folder, which must be empty or missing: the next start goes on from there.

    Raises NotFound, NotRestored (damaged, of a newer Earmark, or the folder is not empty), DiskFull; then the folder
    is as empty as it was.
    """
    return await in_thread(partial(_restore, folder, file))


def _restore(folder: Path, file: Path, stopped: threading.Event) -> Manifest:
    folder, file = folder.absolute(), file.absolute()
    if not file.is_file():
        raise NotFound(name=str(file))
    with map_disk_and_database_errors(NotRestored), _map_archive_errors(), zipfile.ZipFile(file) as packed:
        manifest = _manifest_of(packed)
        private_folder(folder)
        with _taken_over(folder):
            _check_empty(folder, file)
            work = folder / f"restoring-{uuid4().hex}"
            try:
                for one in manifest.files:
                    _unpack(packed, one, work / one.name, stopped)
                _check_empty(folder, file, work)
                _move_in(work, folder, [one.name for one in manifest.files])
            finally:
                shutil.rmtree(work, ignore_errors=True)
            settle_on_disk(folder)
    return manifest


def _manifest_of(packed: zipfile.ZipFile) -> Manifest:
    """Return the archive's manifest, checked before anything is unpacked."""
    try:
        with packed.open(MANIFEST) as source:
            text = source.read(_LONGEST_MANIFEST + 1)
        if len(text) > _LONGEST_MANIFEST:
            raise _damaged()
        manifest = MANIFEST_FORM.validate_json(text)
    except (KeyError, ValidationError) as error:
        raise NotRestored(reason="the file is no backup of Earmark's") from error
    _check_release(manifest)
    names = [one.name for one in manifest.files]
    if BOOKS not in names or len(set(names)) < len(names) or not all(map(may_hold, names)):
        raise _damaged()
    if sorted(packed.namelist()) != sorted([*names, MANIFEST]):
        raise _damaged()
    return manifest


def _check_release(manifest: Manifest) -> None:
    is_newer = _numbers(manifest.version) > _numbers(__version__)
    if is_newer or manifest.form > FORM or manifest.revision not in revisions():
        raise NotRestored(
            reason=f"the backup was made by Earmark {manifest.version} (schema {manifest.revision}), which is newer "
            f"than this one ({__version__}): install that version"
        )


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d{1,9}", version)[:3]]


@contextmanager
def _taken_over(folder: Path) -> Iterator[None]:
    """Keep every service from starting on the folder."""
    lock = FileLock(folder / LEAD, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise NotRestored(reason=f"an Earmark works on {folder}") from None
    try:
        yield
    finally:
        lock.release()


def _check_empty(folder: Path, *allowed: Path) -> None:
    """Refuse a folder with files; the backup itself (`allowed`) may lie there, and a new disk has its lost+found."""
    usual = {folder / LEAD, folder / "lost+found"}
    if any(path not in usual and path not in allowed for path in folder.iterdir()):
        raise NotRestored(reason=f"{folder} is not empty")


def _unpack(packed: zipfile.ZipFile, one: Packed, target: Path, stopped: threading.Event) -> None:
    """Write one file. Only its content is taken, even if the archive calls it a link or a device."""
    private_folder(target.parent)
    digest, left = hashlib.sha256(), one.bytes
    with packed.open(one.name) as source, new_private_file(target) as file:
        for block in blocks(source, stopped):
            left -= len(block)
            if left < 0:
                raise _damaged()
            digest.update(block)
            file.write(block)
    if left or digest.hexdigest() != one.sha256:
        raise _damaged()
    settle_on_disk(target)


def _move_in(work: Path, folder: Path, names: Iterable[str]) -> None:
    """Move the files to their places, the books last: without them the folder counts as empty."""
    for name in sorted(names, key=lambda name: (name == BOOKS, name == ENGINE, name)):
        private_folder((folder / name).parent)
        (work / name).replace(folder / name)


def _damaged() -> NotRestored:
    return NotRestored(reason="the backup is damaged")


@contextmanager
def _map_archive_errors() -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, RuntimeError) as error:
        raise _damaged() from error
