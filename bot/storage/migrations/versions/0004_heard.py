"""Last-read marker of each bot."""

import sqlalchemy as sa
from alembic import op

from bot.storage.database import TABLE_OPTIONS, Utc

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "heard",
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("bot", sa.Text, nullable=False),
        sa.Column("at", Utc, nullable=False),
        sa.PrimaryKeyConstraint("platform", "bot"),
        **TABLE_OPTIONS,
    )
