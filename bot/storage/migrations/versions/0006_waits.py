"""The reason of a note's wait, so that the notes that wait for a provider go on in order when it is back."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("note", sa.Column("waits_for", sa.Text))
