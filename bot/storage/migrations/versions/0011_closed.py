"""Strangers may ask to be let in. A new data folder is closed to them; one of an earlier release stays open."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from bot.storage.database import TABLE_OPTIONS, Utc

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_TRACES = "SELECT EXISTS (SELECT 1 FROM switch) OR EXISTS (SELECT 1 FROM account) OR EXISTS (SELECT 1 FROM note)"
"""An earlier release leaves at least its secret's hash among the switches."""


def upgrade() -> None:
    op.create_table(
        "access_request",
        sa.Column("identity", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("locale", sa.Text, nullable=False),
        sa.Column("asked_at", Utc, nullable=False),
        sa.Column("told_at", Utc),
        sa.Column("state", sa.Text),
        sa.Column("decided_by", sa.Text),
        sa.Column("decided_at", Utc),
        sa.CheckConstraint("state IN ('approved', 'declined')", name="state"),
        **TABLE_OPTIONS,
    )
    policy = "open" if op.get_bind().execute(sa.text(_TRACES)).scalar() else "closed"
    switch = sa.table("switch", sa.column("name"), sa.column("value"), sa.column("at", Utc))
    op.execute(switch.insert().values(name="strangers", value=policy, at=datetime.now(UTC)))
