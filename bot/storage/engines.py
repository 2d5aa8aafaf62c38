"""Connections to the database of the service and that of the durable engine: opening, preparation, pools."""

import asyncio
import itertools
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from urllib.parse import quote

import aiosqlite
import sqlalchemy as sa
from sqlalchemy import Connection, event
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.storage.sqlite_erase import LOCK_MS, NotRebuilt, checkpointed, rebuilt

READERS = 4
CACHE_KB = 512
"""Pages that a connection to SQLite keeps. By itself it keeps 2 MB: with a growing file the six connections took 12 MB
more over some thousands of notes, which the system's own cache holds anyway; so it is 3 MB.
"""
POSTGRES_CONNECTIONS = 10
POSTGRES_LIMITS = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""Limits of every connection, in seconds, the last in milliseconds: a server that is gone is noticed."""


class Engines(NamedTuple):
    writer: AsyncEngine
    reader: AsyncEngine


class SqliteThreads:
    """The threads of the driver, one a connection. One that outlives the event loop fails when it reports to it."""

    def __init__(self) -> None:
        self._stopping: set[asyncio.Future[None]] = set()

    def connect(self, *arguments: Any, **options: Any) -> aiosqlite.Connection:
        """Return a connection that is not open yet, as aiosqlite.connect does."""
        return _Connection(partial(sqlite3.connect, *arguments, **options), self._stopping)

    async def ended(self) -> None:
        """Wait for every thread that was told to stop."""
        while self._stopping:
            await asyncio.wait(self._stopping)


class _Connection(aiosqlite.Connection):
    """A connection that can be told twice to stop: SQLAlchemy stops one whose closing is cancelled, and closes it too.

    For a second stop aiosqlite returns a future that its thread never sets: the closing would wait for it for ever.
    """

    def __init__(self, open_file: Callable[[], sqlite3.Connection], stopping: "set[asyncio.Future[None]]") -> None:
        super().__init__(open_file, iter_chunk_size=64)
        self._thread.daemon = True  # SQLAlchemy does so with a connection that it makes itself
        self._stopping = stopping
        self._stop: asyncio.Future[None] | None = None

    def stop(self) -> "asyncio.Future[None] | None":
        """Tell the thread to end after what waits for it; return a future of its end, None without an event loop."""
        if self._stop is None:
            self._stop = super().stop()
            if self._stop is None:
                return None
            self._stopping.add(self._stop)
            self._stop.add_done_callback(self._stopping.discard)
        return asyncio.shield(self._stop)


def sqlite_engines(path: Path, threads: SqliteThreads) -> Engines:
    """One writing connection to the file, and some that can only read."""
    writer = _sqlite_engine(path, threads, mode="rw", pool=1)
    reader = _sqlite_engine(path, threads, mode="ro", pool=READERS)
    _on_connect(
        writer,
        f"busy_timeout = {LOCK_MS}",
        "journal_mode = WAL",
        "synchronous = FULL",
        f"cache_size = -{CACHE_KB}",
        "foreign_keys = ON",
        "wal_autocheckpoint = 0",
        "secure_delete = ON",  # what is deleted is overwritten, not just left where nothing points to
        "recursive_triggers = ON",  # without it INSERT OR REPLACE deletes past the append-only trigger
    )
    event.listen(writer.sync_engine, "invalidate", _roll_back)
    _on_connect(reader, f"busy_timeout = {LOCK_MS}", f"cache_size = -{CACHE_KB}", "query_only = ON")
    _on_begin(writer, "BEGIN IMMEDIATE")
    _on_begin(reader, "BEGIN")
    return Engines(writer, reader)


def _sqlite_engine(path: Path, threads: SqliteThreads, *, mode: str, pool: int) -> AsyncEngine:
    url = URL.create("sqlite+aiosqlite", database=f"file:{quote(str(path))}", query={"mode": mode, "uri": "true"})
    return create_async_engine(
        url,
        pool_size=pool,
        max_overflow=-1,
        connect_args={"async_creator_fn": threads.connect},
        hide_parameters=True,  # they hold what was said
    )


class _Cursor(Protocol):
    def execute(self, statement: str) -> object: ...
    def close(self) -> object: ...


class _Driver(Protocol):
    isolation_level: str | None

    def cursor(self) -> _Cursor: ...
    def rollback(self) -> object: ...
    def close(self) -> object: ...


def _on_connect(engine: AsyncEngine, *pragmas: str) -> None:
    def prepare(connection: _Driver, _record: object) -> None:
        try:
            connection.isolation_level = None  # the driver must not begin transactions by its own rules
            cursor = connection.cursor()
            for pragma in pragmas:
                cursor.execute(f"PRAGMA {pragma}")
            cursor.close()
        except BaseException:
            connection.close()  # the pool forgets a connection that cannot be prepared
            raise

    event.listen(engine.sync_engine, "connect", prepare)


def _roll_back(connection: _Driver, _record: object, _error: object) -> None:
    """Give up the lock of a transaction that was cancelled in the middle of a statement.

    SQLAlchemy closes such a connection without a rollback, and SQLite keeps a closed connection, and its lock, as long
    as a cursor of it is alive: the cancelled task has one.
    """
    with suppress(sqlite3.Error, asyncio.CancelledError):  # it is cancelled already, and the rollback is queued
        connection.rollback()


def _on_begin(engine: AsyncEngine, statement: str) -> None:
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(statement)

    event.listen(engine.sync_engine, "begin", begin)


def postgres_engines(url: URL) -> Engines:
    """One pool for both: a connection reads or writes as its transaction says."""
    writer = create_async_engine(
        url,
        isolation_level="READ COMMITTED",
        pool_size=POSTGRES_CONNECTIONS,
        max_overflow=-1,
        pool_pre_ping=True,
        connect_args=dict(POSTGRES_LIMITS),
        hide_parameters=True,  # they hold what was said
    )
    reader = writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return Engines(writer, reader)


_USES_PER_CHECKPOINT = 2000
_SUBSEC_SINCE = (3, 42)
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    f"cache_size=-{CACHE_KB}",
    f"busy_timeout={LOCK_MS}",
    "foreign_keys=ON",
    # An automatic checkpoint does not keep other processes from writing meanwhile; TRUNCATE does, see _checkpoint.
    "wal_autocheckpoint=0",
    "secure_delete=ON",  # what is forgotten is overwritten, not just left where nothing points to
)


def sql_engine(url: URL | str) -> sa.Engine:
    """Return an engine of SQLAlchemy for a database of DBOS."""
    if sa.make_url(url).get_backend_name() != "sqlite":
        return sa.create_engine(
            url,
            pool_size=POSTGRES_CONNECTIONS,
            max_overflow=0,
            pool_pre_ping=True,
            connect_args=dict(POSTGRES_LIMITS),
            hide_parameters=True,
        )
    threads = {"check_same_thread": False}
    database = sa.create_engine(url, pool_size=1, max_overflow=0, connect_args=threads, hide_parameters=True)

    @sa.event.listens_for(database, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = "IMMEDIATE"
        if sqlite3.sqlite_version_info < _SUBSEC_SINCE:
            connection.create_function("unixepoch", 1, _unixepoch)
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    returns = itertools.count(1)

    @sa.event.listens_for(database, "checkin")
    def _checkpoint(connection: Any, _record: object) -> None:
        if connection is not None and next(returns) % _USES_PER_CHECKPOINT == 0:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    return database


def _unixepoch(modifier: str) -> float:
    """unixepoch('subsec') for SQLite before 3.42, where it gives NULL: DBOS asks for it on Python 3.12 and later."""
    if modifier != "subsec":
        raise ValueError(modifier)
    return time.time()


def write_probe(database: sa.Engine) -> None:
    """Write to the disk without a change of any data, as Database.write_probe does. Blocks."""
    with database.begin() as connection:
        if database.dialect.name == "sqlite":
            version = int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())
            connection.exec_driver_sql(f"PRAGMA user_version = {version}")
        else:
            connection.exec_driver_sql("SELECT txid_current()")


def wiped(database: sa.Engine) -> bool:
    """Leave deleted rows in no file; False if other connections, or a full disk, kept it from being so for now.

    As with the service's own database, a file over 256 MB may keep remainders.
    """
    if database.dialect.name != "sqlite":
        return True
    with closing(database.raw_connection()) as connection, closing(connection.cursor()) as cursor:
        try:
            return rebuilt(cursor) and checkpointed(cursor)
        except NotRebuilt:
            checkpointed(cursor)
            return False
