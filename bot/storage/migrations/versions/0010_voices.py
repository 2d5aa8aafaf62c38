"""Users may enrol their own voices."""

import sqlalchemy as sa
from alembic import op

from bot.storage.database import TABLE_OPTIONS, Json, Utc

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "voice",
        sa.Column("owner", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("agreed_at", Utc, nullable=False),
        sa.Column("model", sa.Text),
        sa.Column("vector", Json),
        **TABLE_OPTIONS,
    )
