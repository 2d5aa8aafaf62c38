"""Tables of chat platforms: events that arrived, messages that were posted, preferences, refunds, speakers' names."""

import sqlalchemy as sa
from alembic import op

from bot.storage.database import TABLE_OPTIONS, Amount, Json, Utc, append_only_ddl

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_KINDS = "kind IN ('credit', 'refund', 'grant', 'expire', 'charge', 'loss', 'cost', 'stray_loss', 'stray_cost')"


def upgrade() -> None:
    op.add_column("note", sa.Column("identity", sa.Text))
    op.add_column("note", sa.Column("agreed", Amount))
    op.create_index("ix_note_identity", "note", ["identity"])
    op.add_column("transcript", sa.Column("names", Json))
    _allow_refunds()
    _chats()


def _allow_refunds() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f("ck_transfer_kind"), "transfer", type_="check")
        op.create_check_constraint("kind", "transfer", _KINDS)
        return
    # SQLite cannot change a constraint: the table is made anew, which takes its triggers away.
    op.rename_table("transfer", "transfer_before")
    op.drop_index("ix_transfer_account", "transfer_before")
    op.create_table(
        "transfer",
        sa.Column("id", Amount, primary_key=True),
        sa.Column("at", Utc, nullable=False),
        sa.Column("month", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("debit", sa.Text, nullable=False),
        sa.Column("credit", sa.Text, nullable=False),
        sa.Column("amount", Amount, nullable=False),
        sa.Column("account", sa.Text, sa.ForeignKey("account.id")),
        sa.Column("note_id", sa.Text),
        sa.Column("ref", sa.Text, nullable=False, unique=True),
        sa.Column("memo", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.CheckConstraint("amount > 0", name="amount"),
        sa.CheckConstraint("debit <> credit", name="sides"),
        sa.CheckConstraint(_KINDS, name="kind"),
        **TABLE_OPTIONS,
    )
    op.execute("INSERT INTO transfer SELECT * FROM transfer_before ORDER BY id")
    op.drop_table("transfer_before")
    op.create_index("ix_transfer_account", "transfer", ["account"])
    for statement in append_only_ddl("transfer", "sqlite"):
        op.execute(statement)


def _chats() -> None:
    op.create_table(
        "arrival",
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("bot", sa.Text, nullable=False),
        sa.Column("id", Amount, nullable=False),
        sa.Column("body", Json),
        sa.Column("attempts", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("received_at", Utc, nullable=False),
        sa.Column("done_at", Utc),
        sa.PrimaryKeyConstraint("platform", "bot", "id"),
        **TABLE_OPTIONS,
    )
    op.create_index("ix_arrival_done_at", "arrival", ["done_at"])
    op.create_table(
        "posted",
        sa.Column("note_id", sa.Text, sa.ForeignKey("note.id", ondelete="CASCADE"), nullable=False),
        sa.Column("part", sa.Text, nullable=False),
        sa.Column("handle", sa.Text, nullable=False),
        sa.Column("at", Utc, nullable=False),
        sa.PrimaryKeyConstraint("note_id", "part"),
        **TABLE_OPTIONS,
    )
    op.create_index("ix_posted_handle", "posted", ["handle"])
    op.create_table(
        "preference",
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("owner", "name"),
        **TABLE_OPTIONS,
    )
