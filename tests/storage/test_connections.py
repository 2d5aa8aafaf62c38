"""No connection to an SQLite file stays open if a task is cancelled, or if its opening or closing fails."""

import asyncio
import sqlite3
import threading
from collections.abc import Awaitable, Coroutine, Generator
from contextlib import closing
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from bot.domain.errors import BadSettings
from bot.storage.database import open_database
from bot.storage.migrations import migrate
from bot.storage.tables import account
from tests.helpers.connections import is_open, watched_connections
from tests.helpers.databases import fresh_url
from tests.storage.test_database import NOW


class CancelledAt(Awaitable[None]):
    """Awaits work, and has its task cancelled at the pauses from `first` on, as many as `times` of them."""

    def __init__(self, work: Coroutine[Any, Any, None], first: int, times: int) -> None:
        self.work = work
        self.moments = range(first, first + times)
        self.pauses = 0

    def __await__(self) -> Generator[Any, Any, None]:
        inner = self.work.__await__()
        step = partial(inner.send, None)
        task = asyncio.current_task()
        assert task is not None
        while True:
            try:
                waited_for = step()
            except StopIteration:
                return
            if self.pauses in self.moments:
                task.cancel()
            self.pauses += 1
            try:
                step = partial(inner.send, (yield waited_for))
            except BaseException as error:  # noqa: BLE001  # whatever comes is handed on
                step = partial(inner.throw, error)


async def use(url: str) -> None:
    async with open_database(url) as database:
        async with database.writing() as connection:
            await connection.execute(insert(account).values(id="a", created_at=NOW))
            await connection.rollback()
        async with database.reading() as connection:
            await connection.execute(select(account))


async def migrated(folder: Path) -> str:
    """The URL of a database with every table, which nobody has open."""
    async with fresh_url("sqlite", folder) as url:
        await migrate(url)
        return url


@pytest.fixture
async def url(tmp_path: Path) -> str:
    return await migrated(tmp_path)


async def none_is_open(opened: list[sqlite3.Connection]) -> None:
    """Wait for the threads of the driver, briefly."""
    async with asyncio.timeout(5):
        while any(is_open(connection) for connection in opened):
            await asyncio.sleep(0.001)


@pytest.mark.parametrize("times", [1, 2, 3])
async def test_a_task_cancelled_at_any_await_leaves_none_open(url: str, times: int) -> None:
    for moment in count():
        with watched_connections() as opened:
            work = CancelledAt(use(url), moment, times)
            task = asyncio.ensure_future(work)
            await asyncio.wait([task])
            await none_is_open(opened)
        if not task.cancelled():
            assert len(opened) == 2
            break
    assert moment > 10


@pytest.mark.parametrize("times", [1, 2])
async def test_a_write_cancelled_at_any_await_gives_its_lock_up(url: str, times: int) -> None:
    """A cursor of the cancelled statement may be alive, and SQLite would keep the lock as long."""

    async def write() -> None:
        async with database.writing() as connection:
            await connection.execute(insert(account).values(id="a", created_at=NOW))
            await connection.execute(insert(account).values(id="a", created_at=NOW))

    async with open_database(url) as database:
        for moment in count():
            task = asyncio.ensure_future(CancelledAt(write(), moment, times))
            await asyncio.wait([task])
            await asyncio.to_thread(write_elsewhere, url)
            if not task.cancelled():
                assert isinstance(task.exception(), IntegrityError)
                break
    assert moment > 5


def write_elsewhere(url: str) -> None:
    """Begin to write by another connection. Raises OperationalError if that has to wait for long."""
    with closing(sqlite3.connect(url.partition("///")[2], timeout=3, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")


def test_a_loop_that_ends_at_any_moment_leaves_none_open(tmp_path: Path) -> None:
    """It cancels every task at once, also those that others shielded."""

    async def pass_by(rounds: int) -> asyncio.Task[None]:
        task = asyncio.create_task(use(file))
        for _ in range(rounds):
            await asyncio.sleep(0)
        return task

    file = asyncio.run(migrated(tmp_path))
    for rounds in range(80):
        with watched_connections() as opened:
            task = asyncio.run(pass_by(rounds))
            assert task.done()
            asyncio.run(none_is_open(opened))


SLOW = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) SELECT count(*) FROM n"
"""A statement of some tenths of a second."""


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_loop_ends_only_after_the_threads_of_its_connections(tmp_path: Path, times: int) -> None:
    """A thread that ends later reports to a loop that is closed: an error that nothing catches."""

    async def slow() -> None:
        async with open_database(file) as database, database.writing() as connection:
            began.set()
            await connection.exec_driver_sql(SLOW)

    async def cancel_meanwhile() -> None:
        task = asyncio.create_task(slow())
        await began.wait()
        for _ in range(times):
            await asyncio.sleep(0.01)
            task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()

    file = asyncio.run(migrated(tmp_path))
    began, before = asyncio.Event(), set(threading.enumerate())
    asyncio.run(cancel_meanwhile())
    for thread in set(threading.enumerate()) - before:
        thread.join(timeout=5)  # pytest reports the error of one that fails now


async def test_a_file_that_is_refused_is_closed(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_text("This is a letter. " * 100)
    with watched_connections() as opened, pytest.raises(BadSettings):
        async with open_database(f"sqlite:///{tmp_path}/a.db"):
            pass
    assert opened
    await none_is_open(opened)


async def test_the_connections_to_a_large_file_keep_little_of_it_in_memory(url: str) -> None:
    async with open_database(url) as database:
        for engine in (database.writer, database.reader):
            async with engine.connect() as connection:
                kilobytes = (await connection.exec_driver_sql("PRAGMA cache_size")).scalar_one()
            assert -1000 <= kilobytes < 0
