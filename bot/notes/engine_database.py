"""The database of the durable engine, as DBOS needs it: on SQLite one connection, WAL and synchronous=FULL."""

import itertools
import sqlite3
import time
from contextlib import closing
from typing import Any

import sqlalchemy as sa
from sqlalchemy import URL

from bot.storage.sqlite_erase import LOCK_MS, NotRebuilt, checkpointed, rebuilt

_USES_PER_CHECKPOINT = 2000
_SUBSEC_SINCE = (3, 42)
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    f"busy_timeout={LOCK_MS}",
    "foreign_keys=ON",
    # An automatic checkpoint does not keep other processes from writing meanwhile; TRUNCATE does, see _checkpoint.
    "wal_autocheckpoint=0",
    "secure_delete=ON",  # what is forgotten is overwritten, not just left where nothing points to
)


def sql_engine(url: URL | str) -> sa.Engine:
    """Return an engine of SQLAlchemy for a database of DBOS."""
    if sa.make_url(url).get_backend_name() != "sqlite":
        return sa.create_engine(url, pool_size=10, max_overflow=0, pool_pre_ping=True, hide_parameters=True)
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
