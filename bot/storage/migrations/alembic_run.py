"""The migrations that are missing, run by Alembic in the transaction of the caller."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from bot.domain.errors import BadSettings


def settings() -> Config:
    """Alembic's settings, without a connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def to_head(connection: Connection, secret: bytes) -> None:
    """Run every migration that is missing. Raises BadSettings when a newer Earmark has changed the schema."""
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
