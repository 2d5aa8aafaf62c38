"""How an exception is written to the log: of what kind it is and where it arose, and nothing that people sent or said.

An exception's message is anybody's: a validator repeats its input, an OSError names the file. So only those are written
down that are known to hold nothing of the kind.
"""

import sqlite3
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import structlog

log = structlog.get_logger()

_LONGEST_CHAIN = 10
_FRAMES = 6

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def rendered(exc_info: ExcInfo) -> str:
    """An exception with what led to it, the first before; of a group all that it holds."""
    return "\n".join(_lines(exc_info[1])).rstrip()


def report(event: str, error: BaseException, **about: float) -> None:
    """Log a fault with the lines of code that it came through, not its message: a user's words may be in it."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    where = " > ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)
    log.error(event, error=type(error).__name__, where=where, **about)


def _lines(error: BaseException) -> Iterator[str]:
    for one in reversed(list(_chain(error))):
        yield "Traceback (most recent call last):"
        yield "".join(traceback.format_tb(one.__traceback__)).rstrip("\n")
        yield ": ".join(filter(None, (type(one).__name__, _message(one))))
        if isinstance(one, BaseExceptionGroup):
            for inner in one.exceptions:
                yield from _lines(inner)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception, then what led to it."""
    link: BaseException | None = error
    for _ in range(_LONGEST_CHAIN):
        if link is None:
            return
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def _message(error: BaseException) -> str:
    """As much of an exception's message as can hold no word of anybody's."""
    if isinstance(error, OSError):
        return error.strerror or ""
    from sqlalchemy.exc import DBAPIError  # it takes long to load, and most commands that only print need no database

    if isinstance(error, DBAPIError) and error.orig is not None:
        return _first_line(error.orig)
    return _first_line(error) if isinstance(error, sqlite3.Error | AssertionError) else ""


def _first_line(error: BaseException) -> str:
    """PostgreSQL writes the row that is at fault into those that follow."""
    return next(iter(str(error).splitlines()), "")
