"""How an SQLite file comes to hold nothing of what was deleted. PostgreSQL vacuums, and recycles its log, by itself.

Deleted rows are overwritten where `secure_delete` is on. That leaves two places: the write-ahead log, until it is moved
back, and rows' old places in pages where SQLite moved them about, until the file is written anew. A file that is too
large for that keeps such remainders until SQLite needs their place.
"""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine.interfaces import DBAPICursor

LOCK_MS = 10_000
"""How long a connection otherwise waits for others."""
_MOST_REBUILT = 256 << 20
"""Bytes: what is larger would keep everybody from writing for more than a few seconds."""

_log = logging.getLogger(__name__)
_told_of: set[str] = set()
"""Files that could not be rebuilt, as the log says already."""


class NotRebuilt(Exception):
    """It cannot be done now, nor in a moment: as a rule, the disk is full."""


def checkpointed(cursor: DBAPICursor) -> bool:
    """Move an SQLite file's write-ahead log back into it, whole; False where somebody still reads in the log."""
    with _impatient(cursor):
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return not cursor.fetchall()[0][0]


def rebuilt(cursor: DBAPICursor) -> bool:
    """Write an SQLite file anew; False where somebody writes to it just now.

    One over 256 MB is left as it is: what remains in it goes when SQLite needs its place. Takes as much room beside the
    file as it has itself, twice. Raises NotRebuilt.
    """
    with _impatient(cursor):
        cursor.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
        if cursor.fetchall()[0][0] > _MOST_REBUILT:
            return True
        name = _work_beside(cursor)
        try:
            cursor.execute("VACUUM")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                return False
            if name not in _told_of:
                _told_of.add(name)
                _log.warning("the database %s was not rebuilt, which is tried again: %s", Path(name).name, error)
            raise NotRebuilt from error
    _told_of.discard(name)
    return True


def _work_beside(cursor: DBAPICursor) -> str:
    """Have temporary files made in the folder of the database, and say which file that is.

    SQLite takes /tmp otherwise, which may have no room: it is often in memory, in the container too. The place is one
    for the whole process, so it is not touched where it is right already.
    """
    cursor.execute("SELECT file FROM pragma_database_list WHERE name = 'main'")
    file = str(cursor.fetchall()[0][0])
    folder = str(Path(file).parent)
    cursor.execute("PRAGMA temp_store_directory")
    if cursor.fetchall() != [(folder,)]:
        quoted = folder.replace("'", "''")
        cursor.execute(f"PRAGMA temp_store_directory = '{quoted}'")
    return file


@contextmanager
def _impatient(cursor: DBAPICursor) -> Iterator[None]:
    """Have others waited for only briefly: it may be done another time."""
    cursor.execute("PRAGMA busy_timeout = 250")
    try:
        yield
    finally:
        cursor.execute(f"PRAGMA busy_timeout = {LOCK_MS}")
