"""The two doors of the database: whole transactions or none, in spite of cancels, kills and other writers."""

import asyncio
import sqlite3
import stat
import sys
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, MetaData, Table, Text, event, func, insert, select, update
from sqlalchemy.exc import DBAPIError, StatementError

from bot.domain.errors import BadSettings
from bot.storage import database as db
from bot.storage.database import Database, Flag, Json, Utc, insert_new, open_database
from bot.storage.tables import account
from tests.helpers.databases import STORES, fresh_database, fresh_url

NOW = datetime(2026, 11, 3, 9, 5, tzinfo=UTC)


@pytest.fixture(params=STORES)
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    async with fresh_database(request.param, tmp_path) as database:
        yield database


async def put(database: Database, name: str) -> None:
    async with database.writing() as connection:
        await connection.execute(insert(account).values(id=name, created_at=NOW))


async def names(database: Database) -> list[str]:
    async with database.reading() as connection:
        return list(await connection.scalars(select(account.c.id).order_by(account.c.id)))


# Transactions.


async def test_what_was_written_is_there_and_what_failed_is_not(database: Database) -> None:
    async def fail() -> None:
        async with database.writing() as connection:
            await connection.execute(insert(account).values(id="b", created_at=NOW))
            raise LookupError

    await put(database, "a")
    with pytest.raises(LookupError):
        await fail()
    assert await names(database) == ["a"]


@pytest.mark.parametrize("times", [1, 2, 3])
async def test_a_cancelled_writer_leaves_nothing_open(database: Database, times: int) -> None:
    """Also when it is cancelled again while it is still rolling back."""
    wrote = asyncio.Event()

    async def write_and_wait() -> None:
        async with database.writing() as connection:
            await connection.execute(insert(account).values(id="never", created_at=NOW))
            wrote.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(write_and_wait())
    await wrote.wait()
    for _ in range(times):
        task.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await task
    await put(database, "next")
    assert await names(database) == ["next"]


@pytest.mark.parametrize("moment", ["begin", "before_cursor_execute", "after_cursor_execute", "commit"])
@pytest.mark.parametrize("nth", [1, 2, 3])
async def test_a_writer_cancelled_at_any_moment_writes_all_or_nothing(
    database: Database, moment: str, nth: int
) -> None:
    left = [nth]

    def cancel(*_: object) -> None:
        left[0] -= 1
        if left[0] == 0:
            task.cancel()

    async def write_two() -> None:
        async with database.writing() as connection:
            for name in ("one", "two"):
                await connection.execute(insert(account).values(id=name, created_at=NOW))

    event.listen(database.writer.sync_engine, moment, cancel)
    task = asyncio.create_task(write_two())
    await asyncio.wait([task])
    event.remove(database.writer.sync_engine, moment, cancel)
    assert task.cancelled() == (left[0] <= 0)
    await put(database, "next")
    assert await names(database) in (["next"], ["next", "one", "two"])


async def test_a_cancelled_waiter_does_not_break_the_line(database: Database) -> None:
    async with database.writing():
        waiters = [asyncio.create_task(put(database, f"w{i}")) for i in range(20)]
        await asyncio.sleep(0)
        for waiter in waiters[::2]:
            waiter.cancel()
    await asyncio.wait(waiters)
    assert await names(database) == sorted(f"w{i}" for i in range(1, 20, 2))


async def test_racing_writers_lose_no_update(database: Database) -> None:
    await put(database, "a")

    async def add_one() -> None:
        async with database.writing() as connection:
            await connection.execute(update(account).values(posted=account.c.posted + 1))

    await asyncio.gather(*(add_one() for _ in range(200)))
    async with database.reading() as connection:
        assert await connection.scalar(select(account.c.posted)) == 200


async def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(DBAPIError, match=r"(?i)read.?only"):
        async with database.reading() as connection:
            await connection.execute(insert(account).values(id="a", created_at=NOW))


async def test_a_reader_sees_one_moment_while_others_write(database: Database) -> None:
    count = select(func.count()).select_from(account)
    async with database.reading() as connection:
        assert await connection.scalar(count) == 0
        await put(database, "a")
        assert await connection.scalar(count) == 0
    assert await names(database) == ["a"]


async def test_many_readers_take_turns(database: Database) -> None:
    await put(database, "a")
    assert await asyncio.gather(*(names(database) for _ in range(30))) == [["a"]] * 30


async def test_nobody_waits_for_ever(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "TURN_SECONDS", 0.01)
    async with database.reading(), database.reading(), database.reading(), database.reading():
        with pytest.raises(TimeoutError):
            await names(database)
    assert await names(database) == []


async def test_rows_that_are_there_are_left_alone(database: Database) -> None:
    async with database.writing() as connection:
        assert await insert_new(connection, account, {"id": "a", "created_at": NOW, "plan": "open"}) == 1
        rows = [{"id": name, "created_at": NOW, "plan": "prepaid"} for name in ("a", "b")]
        assert await insert_new(connection, account, *rows) == 1
        assert await insert_new(connection, account, *rows) == 0
        assert list(await connection.scalars(select(account.c.plan).order_by(account.c.id))) == ["open", "prepaid"]


# The SQLite file.


@pytest.fixture
async def file(tmp_path: Path) -> AsyncIterator[tuple[Database, Path]]:
    async with fresh_database("sqlite", tmp_path) as database:
        yield database, tmp_path / "earmark.db"


async def pragma(database: Database, name: str) -> Any:
    async with database.writing() as connection:
        return (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar()


async def test_every_commit_is_on_the_disk_and_every_key_is_checked(file: tuple[Database, Path]) -> None:
    database, _ = file
    assert await pragma(database, "journal_mode") == "wal"
    assert await pragma(database, "synchronous") == 2
    assert await pragma(database, "foreign_keys") == 1


async def test_nobody_but_the_owner_can_read_it(file: tuple[Database, Path]) -> None:
    database, path = file
    await put(database, "a")
    found = list(path.parent.glob("earmark.db*"))
    assert len(found) == 3
    assert {stat.S_IMODE(part.stat().st_mode) for part in found} == {0o600}


async def test_an_existing_file_loses_what_others_could_do_with_it(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.touch(mode=0o644)
    async with open_database(f"sqlite:///{path}"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_another_process_writes_at_the_same_time(file: tuple[Database, Path]) -> None:
    database, path = file
    await put(database, "a")
    script = (
        "import sqlite3, sys\n"
        "file = sqlite3.connect(sys.argv[1], timeout=10, isolation_level=None)\n"
        "for _ in range(100): file.execute('UPDATE account SET posted = posted + 1')\n"
    )
    other = await asyncio.create_subprocess_exec(sys.executable, "-c", script, str(path))
    for _ in range(100):
        async with database.writing() as connection:
            await connection.execute(update(account).values(posted=account.c.posted + 1))
    assert await other.wait() == 0
    async with database.reading() as connection:
        assert await connection.scalar(select(account.c.posted)) == 200


async def test_a_write_waits_until_another_process_is_done(file: tuple[Database, Path]) -> None:
    database, path = file
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(put(database, "a"))
    done, _ = await asyncio.wait([waiting], timeout=0.05)
    assert not done
    other.execute("COMMIT")
    other.close()
    await waiting
    assert await names(database) == ["a"]


async def test_the_log_is_moved_back_into_the_file_by_the_writer(
    file: tuple[Database, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    database, path = file
    monkeypatch.setattr(db, "_COMMITS_PER_CHECKPOINT", 5)
    log = path.with_name("earmark.db-wal")
    for i in range(12):
        await put(database, f"{i}")
    assert 0 < log.stat().st_size < 100_000
    async with database.reading() as connection:
        await connection.execute(select(account))
        for i in range(12, 20):
            await put(database, f"{i}")
    assert len(await names(database)) == 20


async def test_a_replaced_row_does_not_slip_past_the_append_only_trigger(file: tuple[Database, Path]) -> None:
    database, _ = file
    row = "INTO transfer (id, at, month, kind, debit, credit, amount, ref) VALUES (1, '', '', 'loss', 'a', 'b', 5, 'r')"
    async with database.writing() as connection:
        await connection.exec_driver_sql(f"INSERT {row}")
    with pytest.raises(DBAPIError, match="append-only"):
        async with database.writing() as connection:
            await connection.exec_driver_sql(f"INSERT OR REPLACE {row}")


async def test_closing_leaves_no_thread_and_no_side_files(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    async with fresh_database("sqlite", tmp_path) as database:
        await put(database, "a")
        await asyncio.gather(*(names(database) for _ in range(8)))
        own = [thread for thread in threading.enumerate() if thread not in before and "worker" in thread.name]
        assert own
    for thread in own:
        thread.join(timeout=5)
        assert not thread.is_alive()
    assert list(tmp_path.glob("*")) == [tmp_path / "earmark.db"]


# Opening.


@pytest.mark.parametrize(
    "url", ["", "sqlite://", "sqlite:///:memory:", "mysql://somebody:secret@somewhere/db", "postgresql://[:secret"]
)
async def test_a_url_that_cannot_be_used_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(BadSettings, match="the database URL") as caught:
        async with open_database(url):
            pass
    assert "secret" not in str(caught.value)


async def test_a_file_that_is_no_database_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_text("This is a letter. " * 100)
    with pytest.raises(BadSettings, match="the database cannot be opened"):
        async with open_database(f"sqlite:///{tmp_path}/a.db"):
            pass


async def test_a_place_that_is_a_folder_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="the database cannot be opened"):
        async with open_database(f"sqlite:///{tmp_path}"):
            pass


async def test_a_server_that_is_not_there_is_refused_in_a_sentence() -> None:
    with pytest.raises(BadSettings, match="the database cannot be opened") as caught:
        async with open_database("postgresql://somebody:secret@127.0.0.1:1/none"):
            pass
    assert "secret" not in str(caught.value)


async def test_folders_on_the_way_are_made(tmp_path: Path) -> None:
    async with open_database(f"sqlite:///{tmp_path}/new/folder/a.db") as database:
        assert await pragma(database, "foreign_keys") == 1


async def test_a_database_can_be_opened_twice_at_once(tmp_path: Path) -> None:
    async with fresh_database("sqlite", tmp_path) as one, open_database(f"sqlite:///{tmp_path}/earmark.db") as two:
        await asyncio.gather(*(put(one, f"a{i}") for i in range(10)), *(put(two, f"b{i}") for i in range(10)))
        assert len(await names(one)) == len(await names(two)) == 20


# Types.

things = Table(
    "things",
    MetaData(),
    Column("id", Text, primary_key=True),
    Column("at", Utc),
    Column("body", Json),
    Column("on", Flag),
)


@pytest.fixture(params=STORES)
async def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    async with fresh_url(request.param, tmp_path) as url, open_database(url) as database:
        async with database.writing() as connection:
            await connection.run_sync(things.create)
        yield database


async def back(shelf: Database, **values: object) -> Any:
    async with shelf.writing() as connection:
        await connection.execute(insert(things).values(id="x", **values))
    async with shelf.reading() as connection:
        return (await connection.execute(select(things))).one()


async def test_a_time_comes_back_in_utc_to_the_microsecond(shelf: Database) -> None:
    there = datetime(2026, 11, 3, 9, 5, 0, 7, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    row = await back(shelf, at=there)
    assert row.at == there
    assert row.at.tzinfo is UTC


async def test_times_sort_as_text(shelf: Database) -> None:
    moments = [NOW, NOW + timedelta(microseconds=1), NOW + timedelta(seconds=1), NOW.replace(year=2027, month=1)]
    async with shelf.writing() as connection:
        rows = [{"id": str(i), "at": moment} for i, moment in enumerate(reversed(moments))]
        await connection.execute(insert(things), rows)
    async with shelf.reading() as connection:
        assert list(await connection.scalars(select(things.c.at).order_by(things.c.at))) == moments
        later = select(func.count()).select_from(things).where(things.c.at > NOW)
        assert await connection.scalar(later) == 3


async def test_a_time_without_zone_is_refused(shelf: Database) -> None:
    with pytest.raises(StatementError, match="without its zone"):
        await back(shelf, at=NOW.replace(tzinfo=None))


@pytest.mark.parametrize(
    "body", [{}, [], "", 0, {"a": [1, 2.5, None, True]}, "one\u0000two\ud83d", "😀", {"ключ": "é"}]
)
async def test_json_comes_back_as_it_was(shelf: Database, body: object) -> None:
    assert (await back(shelf, body=body)).body == body


async def test_what_no_json_can_say_is_refused(shelf: Database) -> None:
    with pytest.raises(StatementError, match="JSON"):
        await back(shelf, body=float("nan"))


async def test_nothing_comes_back_as_nothing(shelf: Database) -> None:
    row = await back(shelf, at=None, body=None, on=None)
    assert (row.at, row.body, row.on) == (None, None, None)


@pytest.mark.parametrize("flag", [True, False])
async def test_a_flag_comes_back_as_it_was(shelf: Database, flag: bool) -> None:
    assert (await back(shelf, on=flag)).on is flag


def test_it_can_be_opened_again_in_another_event_loop(tmp_path: Path) -> None:
    async def once(name: str) -> list[str]:
        async with fresh_database("sqlite", tmp_path) as database:
            await put(database, name)
            return await names(database)

    asyncio.run(once("a"))
    assert asyncio.run(once("b")) == ["a", "b"]
