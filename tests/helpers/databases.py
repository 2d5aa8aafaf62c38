"""Fresh, migrated databases for tests: SQLite always, PostgreSQL where EARMARK_TEST_POSTGRES_URL names a server."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import psycopg
from dbos import DBOS

from bot.settings import Settings
from bot.storage.database import Database, open_database
from bot.storage.migrations import migrate, upgrade

POSTGRES = os.environ.get("EARMARK_TEST_POSTGRES_URL", "")
STORES = ["sqlite", *(["postgresql"] if POSTGRES else [])]


@asynccontextmanager
async def fresh_url(store: str, folder: Path) -> AsyncIterator[str]:
    """The URL of an empty database: a new file, or a new schema on the server that is dropped again."""
    if store == "sqlite":
        yield f"sqlite:///{folder / 'earmark.db'}"
        return
    schema = f"test_{uuid4().hex}"
    async with await psycopg.AsyncConnection.connect(POSTGRES, autocommit=True) as server:
        await server.execute(f"CREATE SCHEMA {schema}")
        yield f"{POSTGRES}{'&' if '?' in POSTGRES else '?'}options=-csearch_path%3D{schema}"
        await server.execute(f"DROP SCHEMA {schema} CASCADE")


@asynccontextmanager
async def fresh_database(store: str, folder: Path) -> AsyncIterator[Database]:
    """A new database with every table."""
    async with fresh_url(store, folder) as url:
        if store == "sqlite":
            await put_migrated(folder / "earmark.db")
        async with open_database(url) as database:
            await upgrade(database)
            yield database


_templates: dict[str, bytes] = {}
"""Empty SQLite databases with every table, by name: made once in a process, for that takes longer than most tests."""


async def put_databases(settings: Settings) -> None:
    """Put what the first start makes in the data folder, the tables of both databases, unless there was a start."""
    folder = settings.storage.data_dir
    if not (folder / "earmark.db").exists():
        await put_migrated(folder / "earmark.db")
        if "engine" not in _templates:
            _templates["engine"] = await asyncio.to_thread(_engine_template)
        put_private(folder / "engine.db", _templates["engine"])


def _engine_template() -> bytes:
    with TemporaryDirectory() as folder:
        template = Path(folder) / "template.db"
        DBOS.migrate(f"sqlite:///{template}")
        return template.read_bytes()


async def put_migrated(file: Path) -> None:
    """Put an empty database with every table there, unless a file is there already."""
    if "books" not in _templates:
        with TemporaryDirectory() as folder:
            template = Path(folder) / "template.db"
            await migrate(f"sqlite:///{template}")
            _templates["books"] = template.read_bytes()
    put_private(file, _templates["books"])


def put_private(file: Path, content: bytes) -> None:
    """Write a file that only its owner can read, as Earmark makes it, unless one is there."""
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_bytes(content)
