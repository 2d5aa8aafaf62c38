"""The schema, brought up to date when the service starts.

Every migration that is missing runs in one transaction together with its record, so an interrupted start leaves the
database as it was. There is no alembic.ini: the settings are in `alembic_run`, and the scripts are part of the package.
"""

from functools import cache
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from bot.storage.database import Database, open_database


async def migrate(url: str) -> None:
    """Open the database at `url` and bring its schema up to date. Raises BadSettings, as `upgrade` does."""
    async with open_database(url) as database:
        await upgrade(database)


async def upgrade(database: Database, secret: bytes = b"") -> None:
    """Bring the schema up to date; safe when several processes do so at once.

    `secret` is the instance's, which accounts of an older schema get their pseudonyms with.
    Raises BadSettings when a newer Earmark has already changed it.
    """
    async with database.writing() as connection:
        await database.lock_for_migration(connection)
        await connection.run_sync(_upgrade, secret)


def _upgrade(connection: Connection, secret: bytes) -> None:
    if _present(connection) == [revisions()[-1]]:
        return
    # Imported here because it takes half a second, which no command should wait whose database is up to date.
    from bot.storage.migrations.alembic_run import to_head

    to_head(connection, secret)


def _present(connection: Connection) -> list[str]:
    if not inspect(connection).has_table("alembic_version"):
        return []
    return list(connection.scalars(text("SELECT version_num FROM alembic_version")))


@cache
def revisions() -> tuple[str, ...]:
    """Every schema that this Earmark knows, the newest last: the scripts' names begin with theirs."""
    scripts = (Path(__file__).parent / "versions").glob("[0-9]*.py")
    return tuple(sorted(script.name.partition("_")[0] for script in scripts))
