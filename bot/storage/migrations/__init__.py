"""The schema, brought up to date when the service starts.

Every migration that is missing runs in one transaction together with its record, so an interrupted start leaves the
database as it was. There is no alembic.ini: the settings are here, and the scripts are part of the installed package.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from bot.domain.errors import BadSettings
from bot.storage.database import Database, open_database


async def migrate(url: str) -> None:
    """Open the database at `url` and bring its schema up to date. Raises BadSettings, as `upgrade` does."""
    async with open_database(url) as database:
        await upgrade(database)


async def upgrade(database: Database, secret: bytes = b"") -> None:
    """Bring the schema up to date; safe when several processes do so at once.

    `secret` is the house's, which accounts of an older schema get their pseudonyms with.
    Raises BadSettings when a newer Earmark has already changed it.
    """
    async with database.writing() as connection:
        await database.lock_for_migration(connection)
        await connection.run_sync(_upgrade, secret)


def settings() -> Config:
    """Alembic's settings, without a connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _upgrade(connection: Connection, secret: bytes) -> None:
    config = settings()
    _refuse_newer(connection, ScriptDirectory.from_config(config))
    config.attributes |= {"connection": connection, "secret": secret}
    command.upgrade(config, "head")


def _refuse_newer(connection: Connection, scripts: ScriptDirectory) -> None:
    known = {script.revision for script in scripts.walk_revisions()}
    for present in MigrationContext.configure(connection).get_current_heads():
        if present not in known:
            raise BadSettings(
                reason=f"a newer Earmark has changed the database (to schema {present}, this one knows "
                f"{scripts.get_current_head()}): install that version again, or go back to a backup"
            )
