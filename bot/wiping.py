"""How an SQLite file comes to hold nothing of what was deleted. PostgreSQL vacuums, and recycles its log, by itself.

Deleted rows are overwritten where `secure_delete` is on. That leaves two places: the write-ahead log, until it is moved
back, and rows' old places in pages where SQLite moved them about, until the file is written anew.
"""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine.interfaces import DBAPICursor

LOCK_MS = 10_000
"""How long a connection otherwise waits for others."""
_MOST_REBUILT = 256 << 20
"""Bytes: what is larger would keep everybody from writing for more than a few seconds."""

_log = logging.getLogger(__name__)


def checkpointed(cursor: DBAPICursor) -> bool:
    """Move an SQLite file's write-ahead log back into it, whole; False where somebody still reads in the log."""
    with _impatient(cursor):
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return not cursor.fetchall()[0][0]


def rebuilt(cursor: DBAPICursor) -> bool:
    """Write an SQLite file anew, unless it is very large; False where somebody writes to it just now."""
    with _impatient(cursor):
        cursor.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
        if cursor.fetchall()[0][0] > _MOST_REBUILT:
            return True
        try:
            cursor.execute("VACUUM")
        except sqlite3.OperationalError as error:
            _log.warning("the database was not rebuilt: %s", error)
            return error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    return True


@contextmanager
def _impatient(cursor: DBAPICursor) -> Iterator[None]:
    """Have others waited for only briefly: it may be done another time."""
    cursor.execute("PRAGMA busy_timeout = 250")
    try:
        yield
    finally:
        cursor.execute(f"PRAGMA busy_timeout = {LOCK_MS}")
