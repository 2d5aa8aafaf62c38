"""A submission's place among the chunks of its note, so that answered chunks are joined whatever became of the rest."""

import sqlalchemy as sa
from alembic import op

from bot.storage.database import Real

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("submission", sa.Column("start", Real))
    op.add_column("submission", sa.Column("chunks", sa.Integer))
