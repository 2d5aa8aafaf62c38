"""Everything that cannot be made again, in one file: taken while the service works, and put into an empty folder.

In it are both databases, the small files beside them (the secret behind links, buttons and pseudonyms, what an operator
keeps there), and the uploads of notes that have no end yet. The model, the spool and what stands behind links is made
again.

The two databases must fit. The engine records a step after what the step did is in the books, and every step is safe
to run twice: an engine that is older than the books does a step again, as after a crash. One that is newer would pass
over a step whose money never moved. So both are looked at in one moment in which nobody can write to the books, and
copied afterwards, from what was seen then, while everybody writes again.
"""

import asyncio
import hashlib
import os
import re
import shutil
import sqlite3
import threading
import time
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from glob import escape
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO
from urllib.parse import quote
from uuid import uuid4

from filelock import FileLock, Timeout
from pydantic import TypeAdapter, ValidationError

from bot import __version__
from bot.domain.errors import DiskFull, NotFound, OperatorError
from bot.media.ffmpeg import map_disk_full
from bot.settings import Settings
from bot.storage.migrations import revisions

BOOKS, ENGINE, UPLOADS, LEAD = "earmark.db", "engine.db", "uploads", "lead.lock"
MANIFEST = "manifest.json"
FORM = 1
"""Of the archive. Raised where an older Earmark would understand it wrongly."""
_SMALL = 1 << 20
"""Bytes: larger files beside the databases are left out."""
_NOT_OURS = re.compile(r".*(\.db|-wal|-shm|-journal|\.lock|\.part)")
"""Files that must not be put beside a database as they were beside another, and what was never finished."""
_LONGEST_MANIFEST = 16 << 20
_BLOCK = 1 << 20
_PAGES = 1024
_TURN_SECONDS = 30.0
_ABANDONED_AFTER = 86_400.0
_FINAL = "('done', 'failed', 'cancelled')"


class NotBackedUp(OperatorError):
    sentence = "No backup was made: {reason}."


class NotRestored(OperatorError):
    sentence = "Nothing was restored: {reason}."


@dataclass(frozen=True, slots=True)
class Packed:
    """One file of a backup."""

    name: str
    """Its path in the data folder, with "/"."""
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself."""

    form: int
    version: str
    """Of the Earmark that made it."""
    revision: str
    """Of its database's schema."""
    made_at: datetime
    unfinished: int
    """Notes that had no end then."""
    files: tuple[Packed, ...]

    @property
    def bytes(self) -> int:
        """All files together, unpacked."""
        return sum(one.bytes for one in self.files)


_MANIFEST = TypeAdapter(Manifest)


class _Stopped(Exception):
    """Nobody waits for it any more."""


async def backup(settings: Settings, file: Path) -> Manifest:
    """Write a backup of the data folder, readable by its owner alone. An earlier backup of that name gives way to it.

    The service may run meanwhile. Beside the file there must be room for an unpacked copy of the databases too.
    Raises NotBackedUp, DiskFull; then there is no new file.
    """
    return await _in_thread(partial(_back_up, settings, file))


async def restore(settings: Settings, file: Path) -> Manifest:
    """Put a backup into the data folder, which must be empty or missing: the next start goes on from there.

    Raises NotFound, NotRestored (damaged, of a newer Earmark, or the folder is not empty), DiskFull; then the folder is
    as empty as it was.
    """
    return await _in_thread(partial(_restore, settings.data_dir, file))


async def _in_thread(do: Callable[[threading.Event], Manifest]) -> Manifest:
    """Do it in a thread. One that is cancelled ends soon, and has tidied up by then."""
    stopped = threading.Event()
    task = asyncio.ensure_future(asyncio.to_thread(do, stopped))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        stopped.set()
        await asyncio.wait([task])
        task.exception()  # it is of no interest by now, and must not be told as one that nobody looked at
        raise


def _back_up(settings: Settings, file: Path, stopped: threading.Event) -> Manifest:
    folder, file = settings.data_dir.absolute(), file.absolute()
    if not (folder / BOOKS).is_file():
        raise NotBackedUp(reason=f"there is no database in {folder}")
    _check_target(file)
    with _trouble_is_told(NotBackedUp), _work_beside(file) as work, ExitStack() as stack:
        sources = _take(folder, work, stack, stopped)
        revision, unfinished = _about(work / BOOKS)
        for name in _small_files(settings, folder):
            with suppress(FileNotFoundError):  # it may be removed just now
                sources[name] = stack.enter_context((folder / name).open("rb"))
        archive = work / "archive"
        with _created(archive) as out, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
            files = tuple(_pack(packed, name, source, stopped) for name, source in sources.items())
            manifest = Manifest(FORM, __version__, revision, datetime.now(UTC), unfinished, files)
            packed.writestr(_entry(MANIFEST), _MANIFEST.dump_json(manifest, indent=1))
        _settle_on_disk(archive)
        archive.replace(file)
        _settle_on_disk(file.parent)
    return manifest


def _check_target(file: Path) -> None:
    """What is there already gives way only if it is a backup: a slip of the hand must not cost a database."""
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
    """A folder on the same disk as the file, for our eyes only."""
    for left in file.parent.glob(f".{escape(file.name)}.*.part"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _ABANDONED_AFTER:
                shutil.rmtree(left)
    work = file.parent / f".{file.name}.{uuid4().hex}.part"
    work.mkdir(mode=0o700)
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _take(folder: Path, work: Path, stack: ExitStack, stopped: threading.Event) -> dict[str, IO[bytes]]:
    """Everything that must be of one moment, by name: both databases, copied, and open uploads.

    An open file can be read to its end though its note has its own meanwhile, and is swept.
    """
    with ExitStack() as seen:
        views = {}
        for name in (ENGINE, BOOKS):
            if (folder / name).is_file():  # there is no engine where nothing but the command line was used
                views[name] = seen.enter_context(_opened(folder / name, "ro"))
        with _nobody_writes(folder / BOOKS):
            for view in views.values():
                view.execute("BEGIN")
                view.execute("SELECT count(*) FROM sqlite_master")  # only a read begins it
            sources: dict[str, IO[bytes]] = {
                f"{UPLOADS}/{note}": stack.enter_context((folder / UPLOADS / note).open("rb"))
                for note in _unfinished(views[BOOKS])
                if (folder / UPLOADS / note).is_file()
            }
        for name, view in views.items():  # the engine's is small, and first: its checkpoints wait for whoever reads
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
def _nobody_writes(database: Path) -> Iterator[None]:
    """A short while in which others wait with what they want to write."""
    with _opened(database, "rw") as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def _unfinished(core: sqlite3.Connection) -> list[str]:
    return [note for (note,) in core.execute(f"SELECT id FROM note WHERE state NOT IN {_FINAL} ORDER BY id")]  # noqa: S608  # our own words


def _copy_database(source: sqlite3.Connection, target: Path, stopped: threading.Event) -> None:
    """Copy what the open transaction of `source` sees, and look whether it is sound."""

    def look(*_: object) -> None:
        if stopped.is_set():
            raise _Stopped

    _created(target).close()
    with closing(sqlite3.connect(target, isolation_level=None)) as copy:
        source.backup(copy, pages=_PAGES, progress=look)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, without others beside it
        copy.set_progress_handler(stopped.is_set, 100_000)
        ((found,),) = copy.execute("PRAGMA quick_check(1)").fetchall()
    if found != "ok":
        raise NotBackedUp(reason=f"the database {target.name} is damaged ({found})")


def _about(core: Path) -> tuple[str, int]:
    """The revision of the schema, and how many notes have no end."""
    with _opened(core, "ro") as connection:
        ((revision,),) = connection.execute("SELECT version_num FROM alembic_version").fetchall()
        return revision, len(_unfinished(connection))


def _small_files(settings: Settings, folder: Path) -> list[str]:
    """What lies beside the databases and is nobody else's; earlier backups are left out."""
    names = [path.name for path in sorted(folder.iterdir()) if _is_small(path.name) and _lies_there(path)]
    models = Path(settings.models_file).expanduser().absolute() if settings.models_file else folder
    if models.is_relative_to(folder) and models.is_file():
        names.append(models.relative_to(folder).as_posix())
    return list(dict.fromkeys(filter(_is_small, names)))


def _lies_there(path: Path) -> bool:
    is_file = path.is_file() and not path.is_symlink()
    return is_file and path.stat().st_size <= _SMALL and not zipfile.is_zipfile(path)


def _is_taken(name: str) -> bool:
    """Whether a backup may hold a file of this name."""
    return name in (BOOKS, ENGINE) or _is_small(name)


def _is_small(name: str) -> bool:
    """Whether a name can be that of another file: it stays in its folder, and is none of SQLite's side files."""
    path = PurePosixPath(name)
    is_inside = bool(path.parts) and not path.is_absolute() and ".." not in path.parts and str(path) == name
    is_plain = name.isprintable() and not set(name) & {"\\", ":"}
    return is_inside and is_plain and name != MANIFEST and not _NOT_OURS.fullmatch(name)


def _pack(packed: zipfile.ZipFile, name: str, source: IO[bytes], stopped: threading.Event) -> Packed:
    digest, size = hashlib.sha256(), 0
    with packed.open(_entry(name), "w", force_zip64=True) as target:
        for block in _blocks(source, stopped):
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


def _restore(folder: Path, file: Path, stopped: threading.Event) -> Manifest:
    folder, file = folder.absolute(), file.absolute()
    if not file.is_file():
        raise NotFound(name=str(file))
    with _trouble_is_told(NotRestored), _damage_is_told(), zipfile.ZipFile(file) as packed:
        manifest = _manifest_of(packed)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
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
            _settle_on_disk(folder)
    return manifest


def _manifest_of(packed: zipfile.ZipFile) -> Manifest:
    """What a backup says of itself, looked over before anything of it is unpacked."""
    try:
        with packed.open(MANIFEST) as source:
            text = source.read(_LONGEST_MANIFEST + 1)
        if len(text) > _LONGEST_MANIFEST:
            raise _damaged()
        manifest = _MANIFEST.validate_json(text)
    except (KeyError, ValidationError) as error:
        raise NotRestored(reason="the file is no backup of Earmark's") from error
    _check_release(manifest)
    names = [one.name for one in manifest.files]
    if BOOKS not in names or len(set(names)) < len(names) or not all(map(_is_taken, names)):
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
    """`allowed`: the backup may lie there itself. A new disk has its lost+found."""
    usual = {folder / LEAD, folder / "lost+found"}
    if any(path not in usual and path not in allowed for path in folder.iterdir()):
        raise NotRestored(reason=f"{folder} is not empty")


def _unpack(packed: zipfile.ZipFile, one: Packed, target: Path, stopped: threading.Event) -> None:
    """Write one file, whatever the archive calls it (a link, a device): its content alone is taken."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest, left = hashlib.sha256(), one.bytes
    with packed.open(one.name) as source, _created(target) as file:
        for block in _blocks(source, stopped):
            left -= len(block)
            if left < 0:
                raise _damaged()
            digest.update(block)
            file.write(block)
    if left or digest.hexdigest() != one.sha256:
        raise _damaged()
    _settle_on_disk(target)


def _move_in(work: Path, folder: Path, names: Iterable[str]) -> None:
    """The books last: until they are there, nothing is."""
    for name in sorted(names, key=lambda name: (name == BOOKS, name == ENGINE, name)):
        (folder / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        (work / name).replace(folder / name)


def _damaged() -> NotRestored:
    return NotRestored(reason="the backup is damaged")


def _blocks(source: IO[bytes], stopped: threading.Event) -> Iterator[bytes]:
    while block := source.read(_BLOCK):
        if stopped.is_set():
            raise _Stopped
        yield block


def _created(path: Path) -> BinaryIO:
    """A new file that only we can read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _settle_on_disk(path: Path) -> None:
    """Wait until a file, or the names in a folder, would outlive a power cut."""
    is_folder = path.is_dir()
    if is_folder and os.name != "posix":
        return
    handle = os.open(path, os.O_RDONLY if is_folder else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _damage_is_told() -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, RuntimeError) as error:
        raise _damaged() from error


@contextmanager
def _trouble_is_told(kind: type[NotBackedUp] | type[NotRestored]) -> Iterator[None]:
    """Turn what disks, databases and archives say into a sentence."""
    try:
        with map_disk_full():
            yield
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            raise DiskFull from error
        raise kind(reason=f"the database cannot be read ({error})") from error
    except OSError as error:
        raise kind(reason=f"{error.filename or 'a file'}: {error.strerror or error}") from error
