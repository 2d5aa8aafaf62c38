"""Fresh, migrated databases for tests: SQLite always, PostgreSQL where EARMARK_TEST_POSTGRES_URL names a server."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import psycopg

from bot.storage.database import Database, open_database
from bot.storage.migrations import upgrade

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
    async with fresh_url(store, folder) as url, open_database(url) as database:
        await upgrade(database)
        yield database
