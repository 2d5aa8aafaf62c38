"""Erasure of deleted rows from SQLite files. PostgreSQL vacuums, and recycles its log, by itself.

Deleted rows are overwritten by `secure_delete`. Two places remain: the write-ahead log, until a checkpoint, and old
positions of rows in pages that SQLite rearranged, until the file is rebuilt. A file that is too large to be rebuilt
keeps such remainders until SQLite reuses their space.
"""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine.interfaces import DBAPICursor

LOCK_MS = 10_000
"""Milliseconds that a connection otherwise waits for others."""
_MOST_REBUILT = 256 << 20
"""Bytes: rebuilding a larger file would block writers for more than a few seconds."""

_log = logging.getLogger(__name__)
_told_of: set[str] = set()
"""Files that could not be rebuilt, and are in the log already."""


class NotRebuilt(Exception):
    """The file cannot be rebuilt now, nor in a moment: usually the disk is full."""


def checkpointed(cursor: DBAPICursor) -> bool:
    """Move an SQLite file's write-ahead log back into it; False if a reader still uses the log."""
    with _impatient(cursor):
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return not cursor.fetchall()[0][0]


def rebuilt(cursor: DBAPICursor) -> bool:
    """Rebuild an SQLite file; False if another connection writes at the moment.

    A file over 256 MB is left as it is: remainders go when SQLite reuses their space. Needs twice the file's size on
    the disk. Raises NotRebuilt.
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
    """Put temporary files into the folder of the database, and return the database's file.

    By default SQLite uses /tmp, which may be too small: it is often in memory, in the container too. The setting is one
    for the whole process, so it is only changed if it is different.
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
    """Wait for locks only briefly: the work can be done another time."""
    cursor.execute("PRAGMA busy_timeout = 250")
    try:
        yield
    finally:
        cursor.execute(f"PRAGMA busy_timeout = {LOCK_MS}")
