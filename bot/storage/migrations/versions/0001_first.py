"""Accounts, transfers and holds; notes, their transcripts and their submissions."""

import sqlalchemy as sa
from alembic import op

from bot.storage.database import TABLE_OPTIONS, Amount, Flag, Json, Real, Utc, append_only_ddl

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _accounts()
    _transfers()
    _holds()
    _notes()
    _what_hangs_on_notes()


def _accounts() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("plan", sa.Text),
        sa.Column("allowance", Amount),
        sa.Column("posted", Amount, nullable=False, server_default=sa.text("0")),
        sa.Column("held", Amount, nullable=False, server_default=sa.text("0")),
        sa.Column("granted", Amount, nullable=False, server_default=sa.text("0")),
        sa.Column("month", sa.Text),
        sa.Column("created_at", Utc, nullable=False),
        sa.CheckConstraint("substr(id, 1, 6) <> 'house:' AND substr(id, 1, 9) <> 'provider:'", name="id"),
        sa.CheckConstraint("plan IN ('open', 'allowance', 'prepaid')", name="plan"),
        sa.CheckConstraint("allowance >= 0", name="allowance"),
        sa.CheckConstraint("held >= 0 AND posted >= held", name="held"),
        sa.CheckConstraint("granted >= 0 AND posted >= granted", name="granted"),
        **TABLE_OPTIONS,
    )


def _transfers() -> None:
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
        sa.CheckConstraint(
            "kind IN ('credit', 'grant', 'expire', 'charge', 'loss', 'cost', 'stray_loss', 'stray_cost')", name="kind"
        ),
        **TABLE_OPTIONS,
    )
    op.create_index("ix_transfer_account", "transfer", ["account"])
    for statement in append_only_ddl("transfer", op.get_bind().dialect.name):
        op.execute(statement)


def _holds() -> None:
    op.create_table(
        "hold",
        sa.Column("note_id", sa.Text, primary_key=True),
        sa.Column("account", sa.Text, sa.ForeignKey("account.id"), nullable=False),
        sa.Column("payer", sa.Text, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("seconds", Real, nullable=False),
        sa.Column("amount", Amount, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("cost", Amount),
        sa.Column("charged", Amount),
        sa.Column("lost", Amount),
        sa.Column("month", sa.Text),
        sa.Column("created_at", Utc, nullable=False),
        sa.Column("resolved_at", Utc),
        sa.CheckConstraint("payer IN ('user', 'house')", name="payer"),
        sa.CheckConstraint("state IN ('open', 'settled', 'released')", name="state"),
        sa.CheckConstraint("amount >= 0", name="amount"),
        sa.CheckConstraint("cost >= 0 AND charged >= 0 AND lost >= 0", name="figures"),
        sa.CheckConstraint(
            "(state = 'settled') = (cost IS NOT NULL AND charged IS NOT NULL AND lost IS NOT NULL)", name="settled"
        ),
        sa.CheckConstraint("(state = 'open') = (resolved_at IS NULL)", name="resolved"),
        **TABLE_OPTIONS,
    )
    op.create_index("ix_hold_account", "hold", ["account"])
    op.create_index("ix_hold_state", "hold", ["state"])


def _notes() -> None:
    op.create_table(
        "note",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("bot", sa.Text, nullable=False),
        sa.Column("chat", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("media", Json, nullable=False),
        sa.Column("options", Json, nullable=False),
        sa.Column("details", Json, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("stage", sa.Text),
        sa.Column("progress", Real),
        sa.Column("placeholder", sa.Text),
        sa.Column("error", Json),
        sa.Column("cancel_requested", Flag, nullable=False, server_default=sa.text("0")),
        sa.Column("created_at", Utc, nullable=False),
        sa.Column("finished_at", Utc),
        sa.UniqueConstraint("platform", "bot", "chat", "message"),
        sa.CheckConstraint("state IN ('accepted', 'working', 'done', 'failed', 'cancelled')", name="state"),
        sa.CheckConstraint("cancel_requested IN (0, 1)", name="cancel_requested"),
        **TABLE_OPTIONS,
    )
    op.create_index("ix_note_state", "note", ["state"])
    op.create_index("ix_note_account", "note", ["account", "created_at"])


def _what_hangs_on_notes() -> None:
    op.create_table(
        "transcript",
        sa.Column("note_id", sa.Text, sa.ForeignKey("note.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("body", Json, nullable=False),
        sa.Column("created_at", Utc, nullable=False),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "submission",
        sa.Column("note_id", sa.Text, sa.ForeignKey("note.id", ondelete="CASCADE"), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("intended_at", Utc, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("ticket", Json),
        sa.Column("cost", Amount),
        sa.PrimaryKeyConstraint("note_id", "attempt"),
        sa.CheckConstraint("state IN ('intended', 'ticket', 'answered', 'failed')", name="state"),
        **TABLE_OPTIONS,
    )
