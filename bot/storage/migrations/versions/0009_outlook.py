"""Notes keep the time at which their text is expected."""

import sqlalchemy as sa
from alembic import op

from bot.storage.database import Utc

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("note", sa.Column("ready_at", Utc))
