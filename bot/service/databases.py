"""The addresses of the databases: files in the data folder, or one PostgreSQL that holds both.

The engine's tables are in the schema "dbos" there.
"""

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.domain.errors import BadSettings
from bot.settings import Storage


def postgres_url(storage: Storage) -> URL | None:
    """Return the address of the PostgreSQL, None without one. Raises BadSettings if it cannot be read."""
    text = storage.database_url.get_secret_value()
    if not text:
        return None
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        # The text is not repeated: it may hold a password.
        raise BadSettings(reason="EARMARK_DATABASE_URL cannot be read") from error
    return url.set(drivername="postgresql+psycopg")


def books_url(storage: Storage) -> URL:
    """Return the address of the service's own database."""
    return postgres_url(storage) or URL.create("sqlite", database=str(storage.data_dir / "earmark.db"))


def engine_url(storage: Storage) -> URL:
    """Return the address of the durable engine's database."""
    return postgres_url(storage) or URL.create("sqlite", database=str(_engine_file(storage)))


def has_engine(storage: Storage) -> bool:
    """Return False if no service has ever made the engine's database. Blocks for disk access."""
    return bool(storage.database_url.get_secret_value()) or _engine_file(storage).exists()


def check_in_folder(storage: Storage) -> None:
    """Raise BadSettings if the databases are not in the data folder, so that no copy of it is a backup."""
    if storage.database_url.get_secret_value():
        raise BadSettings(
            reason="EARMARK_DATABASE_URL is set, so pg_dump and pg_restore keep and bring back the database; "
            "links.secret of the data folder belongs to it"
        )


def _engine_file(storage: Storage) -> Path:
    return storage.data_dir / "engine.db"
