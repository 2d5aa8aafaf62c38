"""Connections to SQLite files that a block of a test opened, and those of them that are not closed."""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_watchers: list[list[sqlite3.Connection]] = []
_hooks: list[object] = []


@contextmanager
def watched_connections() -> Iterator[list[sqlite3.Connection]]:
    """Collect every connection that is opened meanwhile, by whatever thread."""
    if not _hooks:
        sys.addaudithook(_note)  # which nothing can take away again
        _hooks.append(_note)
    opened: list[sqlite3.Connection] = []
    _watchers.append(opened)
    try:
        yield opened
    finally:
        _watchers.remove(opened)


def _note(event: str, arguments: tuple[object, ...]) -> None:
    if event == "sqlite3.connect/handle" and _watchers:
        connection = arguments[0]
        assert isinstance(connection, sqlite3.Connection)
        for opened in _watchers:
            opened.append(connection)


def is_open(connection: sqlite3.Connection) -> bool:
    """Return True until it is closed; any thread may ask."""
    try:
        return connection.total_changes >= 0
    except sqlite3.ProgrammingError:
        return False
