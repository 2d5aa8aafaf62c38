"""Fresh databases for tests, of either kind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from dbos import DBOS

from bot.settings import Settings
from bot.storage.database import Database, open_database
from bot.storage.migrations import migrate
from tests.helpers.postgres import empty_database, migrated_database

STORES = ("sqlite", "postgresql")


@asynccontextmanager
async def fresh_url(store: str, folder: Path) -> AsyncIterator[str]:
    """The URL of an empty database: a new file, or a new database on the tests' server that is dropped again."""
    if store == "sqlite":
        yield f"sqlite:///{folder / 'earmark.db'}"
        return
    async with empty_database() as url:
        yield url


@asynccontextmanager
async def fresh_database(store: str, folder: Path) -> AsyncIterator[Database]:
    """A new database with every table."""
    if store == "postgresql":
        async with migrated_database() as url, open_database(url) as database:
            yield database
        return
    await put_migrated(folder / "earmark.db")
    async with open_database(f"sqlite:///{folder / 'earmark.db'}") as database:
        yield database


_templates: dict[str, bytes] = {}
"""Empty SQLite databases with every table, by name: made once in a process, for that takes longer than most tests."""


async def put_databases(settings: Settings) -> None:
    """Put what the first start makes in the data folder, the tables of both databases, unless there was a start."""
    folder = settings.storage.data_dir
    if settings.storage.database_url.get_secret_value():
        return
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
