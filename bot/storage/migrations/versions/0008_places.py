"""Accounts of places are marked as such, and notes keep the hash of their sound."""

import re

import sqlalchemy as sa
from alembic import op

from bot.storage.database import Flag

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_PLACE = re.compile(r"[^:\s]+:(?:(?:channel|group|server):.+|-\d+)", re.DOTALL)
"""Identities of groups, channels and servers, frozen here: a migration must not change when the service does."""


def upgrade() -> None:
    op.add_column("note", sa.Column("sound_hash", sa.Text))
    op.create_index("ix_note_sound_hash", "note", ["sound_hash"])
    account = sa.table("account", sa.column("id"), sa.column("of_group", Flag))
    for row in op.get_bind().execute(sa.text("SELECT id, account FROM identity")).all():
        if _PLACE.fullmatch(row.id):
            op.execute(account.update().where(account.c.id == row.account).values(of_group=True))
