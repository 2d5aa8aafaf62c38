"""The lead: one process on a data folder, or on a PostgreSQL, does the work; the others queue notes for it."""

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from filelock import FileLock, Timeout

from bot.domain.errors import BadSettings
from bot.service.databases import postgres_url
from bot.settings import Storage
from bot.storage.lease import Lease, LeaseLost, is_free, open_lease

_FILE = "lead.lock"
"""Name of the file in the data folder whose lock is the lead."""
_LOCK = 0x4561726D61726C
"""Key of the lead's lock in PostgreSQL."""

Keep = Callable[[], Coroutine[Any, Any, None]]
"""Keeps the lead until cancelled; raises BadSettings when another process has it."""


async def lead_is_free(storage: Storage) -> bool:
    """Return True if no process does the work. Raises BadSettings if the database cannot be reached."""
    with _Lock(storage.data_dir) as has_folder:
        if not has_folder:
            return False
    url = postgres_url(storage)
    try:
        return url is None or await is_free(url, _LOCK)
    except (psycopg.Error, TimeoutError) as error:
        raise _unreachable(error) from error


@asynccontextmanager
async def lead(storage: Storage) -> AsyncIterator[Keep | None]:
    """Take the lead until the context ends; None if another process has it. Raises BadSettings."""
    async with AsyncExitStack() as stack:
        if not stack.enter_context(_Lock(storage.data_dir)):
            yield None
            return
        url = postgres_url(storage)
        if url is None:
            yield _kept_by_file
            return
        try:
            lease = await stack.enter_async_context(open_lease(url, _LOCK))
        except (psycopg.Error, TimeoutError) as error:
            raise _unreachable(error) from error
        yield None if lease is None else partial(_keep, lease)


async def _kept_by_file() -> None:
    """Do nothing: the lock of a file is kept until it is given up."""


async def _keep(lease: Lease) -> None:
    try:
        await lease.keep()
    except LeaseLost as lost:
        raise BadSettings(
            reason="another Earmark took over the work while this one did not reach the database, or stood still: "
            "run one for a database"
        ) from lost


class _Lock:
    """The lock of a data folder's file."""

    def __init__(self, data_dir: Path) -> None:
        self._lock = FileLock(data_dir / _FILE, timeout=0, mode=0o600)

    def __enter__(self) -> bool:
        try:
            self._lock.acquire()
        except Timeout:
            return False
        return True

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def place_of_lead(storage: Storage) -> str:
    """Return the place where one process alone can do the work, as an operator knows it; no password."""
    folder = f"{storage.data_dir} and holds {_FILE}"
    url = postgres_url(storage)
    return folder if url is None else f"{folder}, or on the database {url.database} at {url.host}"


def _unreachable(error: Exception) -> BadSettings:
    said = str(error).splitlines()
    return BadSettings(reason=f"the database cannot be opened ({said[0] if said else 'no answer'})")
