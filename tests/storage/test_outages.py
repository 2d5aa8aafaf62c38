"""Outages of the database: they are told from faults of statements, and waited for."""

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError, IntegrityError, OperationalError

from bot.storage import database as db
from bot.storage import outages
from bot.storage.database import Database, open_database
from bot.storage.engines import sql_engine, write_probe
from bot.storage.outages import NoTurn, is_outage, retry, until_back
from bot.support.retry import ATTEMPTS
from tests.helpers.disks import fill, small_disk


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outages, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(outages, "LONGEST_PAUSE", 0.02)


async def fault_of(database: Database, *statements: str) -> DatabaseError:
    async def write() -> None:
        async with database.writing() as connection:
            for statement in statements:
                await connection.exec_driver_sql(statement)

    with pytest.raises(DatabaseError) as caught:
        await write()
    return caught.value


async def test_a_full_file_is_an_outage_and_a_wrong_statement_is_none(tmp_path: Path) -> None:
    async with open_database(f"sqlite:///{tmp_path / 'a.db'}") as database:
        async with database.writing() as connection:
            await connection.exec_driver_sql("CREATE TABLE t (x TEXT UNIQUE)")
            await connection.exec_driver_sql("INSERT INTO t VALUES ('x')")
        full = await fault_of(database, "PRAGMA max_page_count = 1", "INSERT INTO t VALUES (zeroblob(100000))")
        wrong = await fault_of(database, "SELECT * FROM nowhere")
        twice = await fault_of(database, "INSERT INTO t VALUES ('x')")
    assert isinstance(full, OperationalError)
    assert isinstance(wrong, OperationalError)
    assert isinstance(twice, IntegrityError)
    assert [is_outage(one) for one in (full, wrong, twice, NoTurn(), TimeoutError())] == [
        True,
        False,
        False,
        True,
        False,
    ]


async def test_an_outage_is_waited_for_longer_than_any_other_fault(tmp_path: Path) -> None:
    tried = 0

    async def work() -> str:
        nonlocal tried
        tried += 1
        if tried <= 3 * ATTEMPTS:
            raise NoTurn
        return "done"

    assert await retry(work) == "done"


async def test_a_cancel_ends_the_wait() -> None:
    async def work() -> None:
        raise NoTurn

    waiting = asyncio.create_task(until_back(work))
    await asyncio.sleep(0.05)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_a_turn_that_does_not_come_is_an_outage(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "TURN_SECONDS", 0.02)
    free = asyncio.Event()

    async def hold() -> None:
        async with database.reading(), database.reading(), database.reading(), database.reading():
            await free.wait()

    async def read() -> int:
        async with database.reading() as connection:
            return int(await connection.scalar(sa.select(1)) or 0)

    holding = asyncio.create_task(hold())
    await asyncio.sleep(0.05)
    waiting = asyncio.create_task(until_back(read))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    free.set()
    await holding
    assert await waiting == 1


async def test_a_probe_writes_and_changes_nothing(database: Database) -> None:
    await database.write_probe()
    await database.write_probe()


async def test_a_probe_notices_a_full_disk(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", megabytes=2) as disk:
        async with open_database(f"sqlite:///{disk / 'a.db'}") as database:
            engine = sql_engine(f"sqlite:///{disk / 'engine.db'}")
            await database.write_probe()
            await asyncio.to_thread(write_probe, engine)
            filler = fill(disk)
            with pytest.raises(OperationalError, match="full"):
                await database.write_probe()
            with pytest.raises(OperationalError, match="full"):
                await asyncio.to_thread(write_probe, engine)
            filler.unlink()
            await database.write_probe()
            await asyncio.to_thread(write_probe, engine)
            engine.dispose()
