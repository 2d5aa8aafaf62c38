"""The database: one SQLite file, or a PostgreSQL by URL, behind the same two doors.

`Database.writing()` is one transaction that commits at its end; `Database.reading()` is one consistent, read-only look.
All that only one of the two databases understands is in this module and in `engines`, which opens them: the column
types, the table options and the append-only trigger.

SQLite has exactly one writing connection, in WAL mode, and every write begins IMMEDIATE. With several, or with the
driver's deferred BEGIN, updates are lost silently or fail at once when they race.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import stamina
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Dialect,
    Integer,
    Table,
    Text,
    TypeDecorator,
    event,
    literal,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.schema import DDL
from sqlalchemy.types import REAL, Double

from bot.domain.errors import BadSettings
from bot.storage.engines import POSTGRES_CONNECTIONS, READERS, SqliteThreads, postgres_engines, sqlite_engines
from bot.storage.outages import NoTurn
from bot.storage.sqlite_erase import NotRebuilt, checkpointed, rebuilt
from bot.support.cancellation import to_the_end
from bot.support.files import private_file

TURN_SECONDS = 30.0
"""Timeout of a turn at the database (NoTurn)."""
_COMMITS_PER_CHECKPOINT = 500
_WIPES = 20
"""Attempts at a wipe, a quarter of a second each."""
_MIGRATION_LOCK = 0x4561726D61726B

_log = logging.getLogger(__name__)


class Database:
    """An open database. It belongs to the event loop in which it was opened."""

    def __init__(self, writer: AsyncEngine, reader: AsyncEngine, *, writers: int, readers: int) -> None:
        self.writer = writer
        self.reader = reader
        # The turns are ours and the pools never wait: on Python 3.11 a pool's own waiting can swallow a cancellation.
        self._write_turns = asyncio.Semaphore(writers)
        self._read_turns = asyncio.Semaphore(readers)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction: committed at the end, rolled back on any exception, a cancellation included.

        Never nest it. A cancellation that arrives during the commit itself leaves open whether it happened, as with
        any database: what is written must be safe to write again. Raises NoTurn after TURN_SECONDS of waiting.
        """
        async with _turn(self._write_turns):
            await self._tidy()
            async with self._connected(self.writer) as connection, connection.begin():
                yield connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Open a read-only transaction: all its statements see the same moment. Raises NoTurn like `writing`."""
        async with (
            _turn(self._read_turns),
            self._connected(self.reader) as connection,
            connection.begin(),
        ):
            yield connection

    @asynccontextmanager
    async def _connected(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        """Take a connection of the pool, and give it back at the end."""
        # No driver closes a connection whose opening is cancelled, nor does the pool, and a pool that is closed does
        # not close what comes back late. Both are done whole: they are short, or end at the limit of a connection.
        connection = engine.connect()
        try:
            await to_the_end(connection.start())
            yield connection
        finally:
            if connection.sync_connection is not None:
                await to_the_end(connection.close())

    async def lock_for_migration(self, connection: AsyncConnection) -> None:
        """Keep other machines from migrating at the same time, until the transaction ends."""
        await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")

    async def write_probe(self) -> None:
        """Write to the disk without a change of any data; raise the database's error if that cannot be done."""
        async with self.writing() as connection:
            await connection.exec_driver_sql("SELECT txid_current()")

    async def wipe(self) -> bool:
        """Remove deleted data from all files; return False if other readers or a full disk prevented it, for now.

        An SQLite file over 256 MB may keep remainders. PostgreSQL does so by itself, when it vacuums and recycles its
        log.
        """
        return True

    async def checkpoint(self) -> bool:
        """Remove overwritten data from the log; return False as with `wipe`."""
        return True

    async def _tidy(self) -> None:
        """Do the upkeep between two transactions; PostgreSQL needs none."""

    async def close(self) -> None:
        """Close every connection, the readers first."""
        await self.reader.dispose()
        await self.writer.dispose()


class _SqliteDatabase(Database):
    """One file. The writer alone moves the write-ahead log back into it, and never while another process writes."""

    def __init__(self, file: Path) -> None:
        self._threads = SqliteThreads()
        super().__init__(*sqlite_engines(file, self._threads), writers=1, readers=READERS)
        self._commits = 0

    async def lock_for_migration(self, connection: AsyncConnection) -> None:
        """Nothing to do: a write that began IMMEDIATE is the only one."""

    async def close(self) -> None:
        await to_the_end(self._close())

    async def _close(self) -> None:
        await super().close()
        await self._threads.ended()

    async def _tidy(self) -> None:
        # SQLite before 3.51.3 can corrupt the file when one connection checkpoints while another writes, so nothing
        # checkpoints automatically. TRUNCATE takes the write lock first; it waits briefly for readers, or next time.
        self._commits += 1
        if self._commits % _COMMITS_PER_CHECKPOINT:
            return
        await self._cleaned(checkpointed)

    async def write_probe(self) -> None:
        async with self.writing() as connection:
            # Written again as it is, it is a page in the log all the same: an update of no row would write nothing.
            version = int((await connection.exec_driver_sql("PRAGMA user_version")).scalar_one())
            await connection.exec_driver_sql(f"PRAGMA user_version = {version}")

    async def wipe(self) -> bool:
        try:
            return await self._retry(rebuilt) and await self.checkpoint()
        except NotRebuilt:  # a moment later it would be the same; the log can go all the same
            await self.checkpoint()
            return False

    async def checkpoint(self) -> bool:
        return await self._retry(checkpointed)

    async def _retry(self, do: Callable[[DBAPICursor], bool]) -> bool:
        for _ in range(_WIPES):
            async with _turn(self._write_turns):
                if await self._cleaned(do):
                    return True
        return False

    async def _cleaned(self, do: Callable[[DBAPICursor], bool]) -> bool:
        def work(connection: Connection) -> bool:
            with closing(connection.connection.cursor()) as cursor:
                return do(cursor)

        async with self._connected(self.writer) as connection:
            return await connection.run_sync(work)


@asynccontextmanager
async def _turn(turns: asyncio.Semaphore) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(TURN_SECONDS):
            await turns.acquire()
    except TimeoutError:
        raise NoTurn from None
    try:
        yield
    finally:
        turns.release()


@asynccontextmanager
async def open_database(url: str | URL) -> AsyncIterator[Database]:
    """Open "sqlite:///path" (the file and its folder are made, readable by their owner alone) or "postgresql://...".

    Raises BadSettings for any other URL, and for a database that cannot be opened.
    """
    async with AsyncExitStack() as stack:
        database = await _opened(_parsed(url))
        stack.push_async_callback(database.close)
        try:
            # SQLite does not wait when several processes turn a new file's journal to WAL at once.
            async for attempt in stamina.retry_context(_is_locked, attempts=20, timeout=TURN_SECONDS, wait_max=1):
                with attempt:
                    async with database.writing():
                        pass
        except (DBAPIError, TimeoutError) as error:
            raise _cannot_open(error.orig if isinstance(error, DBAPIError) else error) from error
        yield database


def _is_locked(error: Exception) -> bool:
    return isinstance(error, OperationalError) and "locked" in str(error.orig)


def _parsed(text: str | URL) -> URL:
    """Return the URL with the driver that we use, whatever driver it names."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        # The text is not repeated: it may hold a password.
        raise BadSettings(reason="the database URL cannot be read") from error
    backend = url.drivername.partition("+")[0]
    if backend in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    if backend == "sqlite" and url.database not in (None, "", ":memory:"):
        return url.set(drivername="sqlite+aiosqlite")
    raise BadSettings(reason="the database URL must be sqlite:///a/file or postgresql://...")


async def _opened(url: URL) -> Database:
    if url.get_backend_name() != "sqlite":
        return Database(*postgres_engines(url), writers=POSTGRES_CONNECTIONS, readers=READERS)
    try:
        file = await asyncio.to_thread(_database_file, str(url.database))
    except OSError as error:
        raise _cannot_open(error) from error
    return _SqliteDatabase(file)


def _database_file(name: str) -> Path:
    """Make the file if there is none. SQLite gives its side files the mode of the file itself."""
    path = Path(name).absolute()
    path.parent.mkdir(parents=True, exist_ok=True)
    return private_file(path)


def _cannot_open(error: object) -> BadSettings:
    return BadSettings(reason=f"the database cannot be opened ({str(error).strip()})")


# Column types that mean the same on both databases.

Amount = BigInteger().with_variant(Integer(), "sqlite")
"""Micro-dollars, or any other whole number of 64 bits."""
Real: Double[float] = Double().with_variant(REAL(), "sqlite")
"""A float of 64 bits."""
TABLE_OPTIONS: dict[str, Any] = {"sqlite_strict": True}
"""For every Table: a column takes values of its own type only."""


class Utc(TypeDecorator[datetime]):
    """An aware datetime, stored as UTC in text of one width ("2026-11-03T09:05:00.000000Z"), which sorts by time."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> str | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without its zone cannot be stored")
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def process_result_value(self, value: str | None, _dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value)


class Json(TypeDecorator[Any]):
    """Plain JSON, stored as text. None is stored as NULL."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: Dialect) -> str | None:
        if value is None:
            return None
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        # Half of a surrogate pair, which platforms do send, can be stored only when escaped.
        return text if _is_unicode(text) else json.dumps(value, allow_nan=False, separators=(",", ":"))

    def process_result_value(self, value: str | None, _dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class Flag(TypeDecorator[bool]):
    """True or False, stored as 1 or 0."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: bool | None, _dialect: Dialect) -> int | None:
        return None if value is None else int(value)

    def process_result_value(self, value: int | None, _dialect: Dialect) -> bool | None:
        return None if value is None else bool(value)


def is_set(flag: Column[bool]) -> ColumnElement[bool]:
    """Return the condition that a Flag is true: PostgreSQL takes no number for one."""
    return flag == literal(True, Flag())


async def one_at_a_time(connection: AsyncConnection, what: int) -> None:
    """Keep other processes from doing the same until the transaction ends. On SQLite a write is the only one anyway."""
    if connection.dialect.name == "postgresql":
        await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({what})")


async def insert_new(connection: AsyncConnection, table: Table, *rows: dict[str, Any]) -> int:
    """Insert the rows whose keys are not there yet; return their number."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(table).values(list(rows)).on_conflict_do_nothing()
    done = await connection.execute(statement.execution_options(preserve_rowcount=True))
    return done.rowcount


def append_only_ddl(table: str, dialect: str) -> tuple[str, ...]:
    """Return the statements that make a table refuse UPDATE and DELETE."""
    if dialect == "sqlite":
        return tuple(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for verb in ("UPDATE", "DELETE")
        )
    return (
        f"CREATE OR REPLACE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$",
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_is_append_only()",
    )


def append_only(table: Table) -> None:
    """Have the table made append-only whenever it is created from its definition."""
    for dialect in ("sqlite", "postgresql"):
        for statement in append_only_ddl(table.name, dialect):
            ddl = DDL(statement)  # type: ignore[no-untyped-call]  # SQLAlchemy 2.0 leaves its constructor untyped
            event.listen(table, "after_create", ddl.execute_if(dialect=dialect))
