"""Backup: everything that cannot be made again, in one file, taken while the service works.

It holds both databases, the small files beside them (the secret behind links, buttons and pseudonyms, files that the
operator keeps there), and the uploads of unfinished notes. The model, the spool and published links are made again.

The two databases must fit. The engine records a step after the step's effect is in the books, and every step is safe
to run twice: an engine older than the books repeats a step, as after a crash. A newer one would skip a step whose
money never moved. So a read transaction on each begins while the books' write lock is held; the copies are made from
these transactions afterwards, while writers go on.
"""

import hashlib
import shutil
import sqlite3
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from glob import escape
from pathlib import Path
from typing import IO
from urllib.parse import quote
from uuid import uuid4

from bot import __version__
from bot.domain.errors import OperatorError
from bot.operations.backup_archive import (
    BOOKS,
    ENGINE,
    FORM,
    MANIFEST,
    MANIFEST_FORM,
    UPLOADS,
    Manifest,
    Packed,
    Stopped,
    blocks,
    in_thread,
    is_small,
    map_disk_and_database_errors,
    settle_on_disk,
)
from bot.support.files import new_private_file, private_folder

_SMALL = 1 << 20
"""Bytes: larger files beside the databases are left out."""
_PAGES = 1024
_TURN_SECONDS = 30.0
_ABANDONED_AFTER = 86_400.0
_FINAL = "('done', 'failed', 'cancelled')"


class NotBackedUp(OperatorError):
    """No backup was made."""

    reason: str


async def backup(folder: Path, file: Path, models_file: Path | None = None) -> Manifest:
    """Write a backup of the data folder, readable by its owner alone. It replaces an earlier backup of that name.

    The service may run meanwhile. The disk of the file needs room for an unpacked copy of the databases too.
    `models_file`, the operator's list of models, is packed if it lies in the data folder.
    Raises NotBackedUp, DiskFull; then there is no new file.
    """
    return await in_thread(partial(_back_up, folder, file, models_file))


def _back_up(folder: Path, file: Path, models_file: Path | None, stopped: threading.Event) -> Manifest:
    folder, file = folder.absolute(), file.absolute()
    if not (folder / BOOKS).is_file():
        raise NotBackedUp(reason=f"there is no database in {folder}")
    _check_target(file)
    with map_disk_and_database_errors(NotBackedUp), _work_beside(file) as work, ExitStack() as stack:
        sources = _take(folder, work, stack, stopped)
        revision, unfinished = _about(work / BOOKS)
        for name in _small_files(folder, models_file):
            with suppress(FileNotFoundError):  # it may be removed just now
                sources[name] = stack.enter_context((folder / name).open("rb"))
        archive = work / "archive"
        with new_private_file(archive) as out, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
            files = tuple(_pack(packed, name, source, stopped) for name, source in sources.items())
            manifest = Manifest(FORM, __version__, revision, datetime.now(UTC), unfinished, files)
            packed.writestr(_entry(MANIFEST), MANIFEST_FORM.dump_json(manifest, indent=1))
        settle_on_disk(archive)
        archive.replace(file)
        settle_on_disk(file.parent)
    return manifest


def _check_target(file: Path) -> None:
    """Refuse to replace any file but a backup: a typing error must not cost a database."""
    if not file.parent.is_dir():
        raise NotBackedUp(reason=f"there is no folder {file.parent}")
    if file.is_symlink() or (file.exists() and not (file.is_file() and _is_backup(file))):
        raise NotBackedUp(reason=f"{file} is there already, and is no backup")


def _is_backup(file: Path) -> bool:
    try:
        with zipfile.ZipFile(file) as packed:
            return MANIFEST in packed.namelist()
    except (zipfile.BadZipFile, OSError):
        return False


@contextmanager
def _work_beside(file: Path) -> Iterator[Path]:
    """A private folder on the same disk as the file."""
    for left in file.parent.glob(f".{escape(file.name)}.*.part"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _ABANDONED_AFTER:
                shutil.rmtree(left)
    work = file.parent / f".{file.name}.{uuid4().hex}.part"
    private_folder(work)
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _take(folder: Path, work: Path, stack: ExitStack, stopped: threading.Event) -> dict[str, IO[bytes]]:
    """Take all that must be of one moment, by name: copies of both databases, and open uploads.

    An open file can be read to its end even if its note ends meanwhile and the file is deleted.
    """
    with ExitStack() as seen:
        views = {}
        for name in (ENGINE, BOOKS):
            if (folder / name).is_file():  # an instance that only ran commands has no engine
                views[name] = seen.enter_context(_opened(folder / name, "ro"))
        with _writers_waiting(folder / BOOKS):
            for view in views.values():
                view.execute("BEGIN")
                view.execute("SELECT count(*) FROM sqlite_master")  # only a read begins it
            sources: dict[str, IO[bytes]] = {
                f"{UPLOADS}/{note}": stack.enter_context((folder / UPLOADS / note).open("rb"))
                for note in _unfinished(views[BOOKS])
                if (folder / UPLOADS / note).is_file()
            }
        for name, view in views.items():  # the engine's is small, and first: its checkpoints wait for readers
            _copy_database(view, work / name, stopped)
            view.close()
            sources[name] = stack.enter_context((work / name).open("rb"))
    return sources


@contextmanager
def _opened(path: Path, mode: str) -> Iterator[sqlite3.Connection]:
    address = f"file:{quote(str(path))}?mode={mode}"
    with closing(sqlite3.connect(address, uri=True, isolation_level=None, timeout=_TURN_SECONDS)) as connection:
        yield connection


@contextmanager
def _writers_waiting(database: Path) -> Iterator[None]:
    """Hold the write lock for a short while; other writers wait."""
    with _opened(database, "rw") as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def _unfinished(core: sqlite3.Connection) -> list[str]:
    return [note for (note,) in core.execute(f"SELECT id FROM note WHERE state NOT IN {_FINAL} ORDER BY id")]  # noqa: S608  # our own words


def _copy_database(source: sqlite3.Connection, target: Path, stopped: threading.Event) -> None:
    """Copy the open transaction's view of `source`, and check the copy."""

    def stop_if_asked(*_: object) -> None:
        if stopped.is_set():
            raise Stopped

    new_private_file(target).close()
    with closing(sqlite3.connect(target, isolation_level=None)) as copy:
        source.backup(copy, pages=_PAGES, progress=stop_if_asked)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, without others beside it
        copy.set_progress_handler(stopped.is_set, 100_000)
        ((found,),) = copy.execute("PRAGMA quick_check(1)").fetchall()
    if found != "ok":
        raise NotBackedUp(reason=f"the database {target.name} is damaged ({found})")


def _about(core: Path) -> tuple[str, int]:
    """Return the revision of the schema, and the number of unfinished notes."""
    with _opened(core, "ro") as connection:
        ((revision,),) = connection.execute("SELECT version_num FROM alembic_version").fetchall()
        return revision, len(_unfinished(connection))


def _small_files(folder: Path, models_file: Path | None) -> list[str]:
    """Return the names of the small files beside the databases; earlier backups are left out."""
    names = [path.name for path in sorted(folder.iterdir()) if is_small(path.name) and _lies_there(path)]
    models = models_file.absolute() if models_file else folder
    if models.is_relative_to(folder) and models.is_file():
        names.append(models.relative_to(folder).as_posix())
    return list(dict.fromkeys(filter(is_small, names)))


def _lies_there(path: Path) -> bool:
    is_file = path.is_file() and not path.is_symlink()
    return is_file and path.stat().st_size <= _SMALL and not zipfile.is_zipfile(path)


def _pack(packed: zipfile.ZipFile, name: str, source: IO[bytes], stopped: threading.Event) -> Packed:
    digest, size = hashlib.sha256(), 0
    with packed.open(_entry(name), "w", force_zip64=True) as target:
        for block in blocks(source, stopped):
            digest.update(block)
            size += len(block)
            target.write(block)
    return Packed(name, size, digest.hexdigest())


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, time.gmtime()[:6])
    entry.external_attr = 0o600 << 16
    is_sound = name.startswith(f"{UPLOADS}/")  # which is compressed already
    entry.compress_type = zipfile.ZIP_STORED if is_sound else zipfile.ZIP_DEFLATED
    return entry
