"""The connections to each of the two databases: how they are opened, prepared and pooled."""

from pathlib import Path
from typing import NamedTuple, Protocol
from urllib.parse import quote

from sqlalchemy import Connection, event
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.storage.sqlite_erase import LOCK_MS

READERS = 4
POSTGRES_CONNECTIONS = 10


class Engines(NamedTuple):
    writer: AsyncEngine
    reader: AsyncEngine


def sqlite_engines(path: Path) -> Engines:
    """One writing connection to the file, and some that can only read."""
    writer = _sqlite_engine(path, mode="rw", pool=1)
    reader = _sqlite_engine(path, mode="ro", pool=READERS)
    _on_connect(
        writer,
        f"busy_timeout = {LOCK_MS}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "wal_autocheckpoint = 0",
        "secure_delete = ON",  # what is deleted is overwritten, not just left where nothing points to
        "recursive_triggers = ON",  # without it INSERT OR REPLACE deletes past the append-only trigger
    )
    _on_connect(reader, f"busy_timeout = {LOCK_MS}", "query_only = ON")
    _on_begin(writer, "BEGIN IMMEDIATE")
    _on_begin(reader, "BEGIN")
    return Engines(writer, reader)


def _sqlite_engine(path: Path, *, mode: str, pool: int) -> AsyncEngine:
    url = URL.create("sqlite+aiosqlite", database=f"file:{quote(str(path))}", query={"mode": mode, "uri": "true"})
    return create_async_engine(url, pool_size=pool, max_overflow=-1, hide_parameters=True)  # they hold what was said


class _Cursor(Protocol):
    def execute(self, statement: str) -> object: ...
    def close(self) -> object: ...


class _Driver(Protocol):
    isolation_level: str | None

    def cursor(self) -> _Cursor: ...
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
        connect_args={"connect_timeout": 10},
        hide_parameters=True,  # they hold what was said
    )
    reader = writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return Engines(writer, reader)
