"""Erased data is in no file any more: an SQLite file that cannot be written anew is tried again."""

import asyncio
import logging
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.notes.erasure import NoteErasure
from bot.people.privacy import Privacy
from bot.storage.database import Database
from bot.storage.sqlite_erase import rebuilt
from bot.storage.tables import identity, switch
from tests.helpers.databases import fresh_database
from tests.helpers.ledgers import ANN, IDENTITIES, Clock
from tests.people.test_privacy import NoEngine

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="looks at its open files as Linux does")


def test_temporary_files_are_in_the_folder_of_the_database(tmp_path: Path) -> None:
    """Temporary data has no place on another disk, which may be full."""
    folder = tmp_path / "Ann's"
    folder.mkdir()
    seen: set[Path] = set()

    def look() -> int:
        for handle in Path("/proc/self/fd").iterdir():
            try:
                path = handle.readlink()
            except FileNotFoundError:  # the one with which they are listed
                continue
            if path.name.startswith("etilqs_"):
                seen.add(path.parent)
        return 0

    with closing(sqlite3.connect(folder / "large.db", isolation_level=None)) as connection:
        _fill(connection)
        connection.set_progress_handler(look, 1000)
        cursor: Any = connection.cursor()
        assert rebuilt(cursor)
    assert seen == {folder}


async def test_an_erasure_waits_for_room_on_the_disk(
    tmp_path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    async with fresh_database("sqlite", tmp_path) as database:
        await asyncio.to_thread(_fill_file, tmp_path / "earmark.db")
        async with database.writing() as connection:
            await IDENTITIES.opened(connection, ANN, clock())
        assert await database.checkpoint()
        privacy = Privacy(database, clock, IDENTITIES, NoteErasure())
        await privacy.forget(ANN)
        size = (tmp_path / "earmark.db").stat().st_size
        with _no_file_over(size + 16_384), caplog.at_level(logging.WARNING):
            for _ in range(2):
                assert not await privacy.finish(NoEngine())
        assert await _requests(database) == [f"forget {ANN}"]
        assert len([line for line in caplog.messages if "not rebuilt" in line]) == 1, "told once"
        assert await privacy.finish(NoEngine())
        assert await _requests(database) == []
        async with database.reading() as connection:
            assert not list(await connection.scalars(sa.select(identity.c.id)))


def _fill_file(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        _fill(connection)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _fill(connection: sqlite3.Connection) -> None:
    """More than SQLite keeps in memory."""
    connection.execute("CREATE TABLE filling (content BLOB)")
    connection.execute(
        "WITH RECURSIVE row(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM row WHERE n < 4000) "
        "INSERT INTO filling SELECT randomblob(2000) FROM row"
    )


@contextmanager
def _no_file_over(size: int) -> Iterator[None]:
    """As on a full disk: nothing grows beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def _requests(database: Database) -> list[str]:
    async with database.reading() as connection:
        return list(await connection.scalars(sa.select(switch.c.name).where(switch.c.name.startswith("forget"))))
