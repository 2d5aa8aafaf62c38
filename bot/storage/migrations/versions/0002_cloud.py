"""Notes that wait, notes in several pieces, and the keys of the HTTP API."""

import sqlalchemy as sa
from alembic import op

from bot.storage.database import TABLE_OPTIONS, Json, Utc

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("note", sa.Column("not_before", Utc))
    op.add_column("submission", sa.Column("piece", sa.Integer, nullable=False, server_default=sa.text("1")))
    op.add_column("submission", sa.Column("answer", Json))
    op.create_table(
        "api_key",
        sa.Column("hash", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("created_at", Utc, nullable=False),
        sa.Column("revoked_at", Utc),
        **TABLE_OPTIONS,
    )
