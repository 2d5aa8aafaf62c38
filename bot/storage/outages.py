"""Outages of the database: it is away, full, locked or read-only. Work that needs it waits until it is back."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

import structlog
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from bot.support import retry as support

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
"""Seconds between two attempts; work goes on soon after the database is back."""
_SQLITE_OUTAGES = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
    }
)
_POSTGRES_READ_ONLY = "25006"

log = structlog.get_logger()
T = TypeVar("T")


class NoTurn(TimeoutError):
    """The queue for a turn at the database did not move for too long."""


def is_outage(error: BaseException) -> bool:
    """Return True for a fault of the database that says nothing about the statement."""
    if isinstance(error, NoTurn):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if isinstance(error.orig, sqlite3.Error):
        return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in _SQLITE_OUTAGES  # the low byte is the primary code
    is_read_only = getattr(error.orig, "sqlstate", None) == _POSTGRES_READ_ONLY
    return is_read_only or error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)


async def until_back(do: Callable[[], Awaitable[T]]) -> T:
    """Do it, and again as long as the database is away: it must be safe to do twice. Other faults are raised."""
    pause, told = FIRST_PAUSE, False
    while True:
        try:
            return await do()
        except Exception as error:
            if not is_outage(error):
                raise
            if not told:
                log.warning("database_away", error=type(error).__name__, hint="work goes on when it is back")
            told = True
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


async def retry(do: Callable[[], Awaitable[T]]) -> T:
    """Do it, and again after any fault that may pass; an outage of the database is waited for without end.

    It must be safe to do twice. Of other faults the last is raised.
    """
    return await support.retry(partial(until_back, do))
