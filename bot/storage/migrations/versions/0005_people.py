"""Accounts under pseudonyms, identities that share them, operators' decisions, and what reports and limits ask for."""

import hashlib
import hmac

import sqlalchemy as sa
from alembic import context, op

from bot.storage.database import TABLE_OPTIONS, Amount, Flag, Real, Utc, append_only_ddl

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_KINDS = (
    "kind IN ('credit', 'refund', 'grant', 'expire', 'charge', 'free', 'loss', 'cost', 'stray_loss', 'stray_cost', "
    "'return', 'join')"
)


def upgrade() -> None:
    for name, kind in (("day_allowance", Amount), ("access", sa.Text), ("joined_to", sa.Text)):
        op.add_column("account", sa.Column(name, kind))
    op.add_column("account", sa.Column("of_group", Flag, nullable=False, server_default=sa.text("0")))
    for column in (
        sa.Column("platform", sa.Text),
        sa.Column("chat", sa.Text),
        sa.Column("quoted", Amount),
        sa.Column("free_seconds", Real, nullable=False, server_default=sa.text("0")),
        sa.Column("given", Amount),
        sa.Column("returned", Amount),
        sa.Column("granted", Amount),
        sa.Column("opened_by", sa.Text),
    ):
        op.add_column("hold", column)
    op.create_index("ix_hold_created_at", "hold", ["created_at"])
    op.create_index("ix_hold_opened_by", "hold", ["opened_by"])
    op.execute(
        "UPDATE hold SET platform = substr(account, 1, length(account) - length(ltrim(account, "
        "'abcdefghijklmnopqrstuvwxyz')))"
    )
    op.add_column("note", sa.Column("place", sa.Text))
    op.add_column("note", sa.Column("payer", sa.Text))
    _tables()
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if is_sqlite:
        _transfers_anew()
    else:
        op.drop_constraint(op.f("ck_transfer_kind"), "transfer", type_="check")
        op.create_check_constraint("kind", "transfer", _KINDS)
        op.execute("ALTER TABLE transfer DISABLE TRIGGER transfer_append_only")
    _give_pseudonyms()
    if is_sqlite:
        for statement in append_only_ddl("transfer", "sqlite"):
            op.execute(statement)
    else:
        op.execute("ALTER TABLE transfer ENABLE TRIGGER transfer_append_only")
    op.create_index("ix_transfer_at", "transfer", ["kind", "at"])


def _tables() -> None:
    op.create_table(
        "identity",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("account", sa.Text, sa.ForeignKey("account.id"), nullable=False),
        sa.Column("role", sa.Text),
        sa.Column("created_at", Utc, nullable=False),
        sa.CheckConstraint("substr(id, 1, 6) <> 'house:' AND substr(id, 1, 9) <> 'provider:'", name="id"),
        sa.CheckConstraint("role IN ('operator')", name="role"),
        **TABLE_OPTIONS,
    )
    op.create_index("ix_identity_account", "identity", ["account"])
    op.create_table(
        "link_code",
        sa.Column("hash", sa.Text, primary_key=True),
        sa.Column("identity", sa.Text, nullable=False),
        sa.Column("until", Utc, nullable=False),
        sa.Column("used_by", sa.Text),
        **TABLE_OPTIONS,
    )
    op.create_index("ix_link_code_identity", "link_code", ["identity"])
    op.create_table(
        "switch",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("at", Utc, nullable=False),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "alert",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("since", Utc, nullable=False),
        sa.Column("told_at", Utc),
        sa.Column("over_at", Utc),
        **TABLE_OPTIONS,
    )


def _transfers_anew() -> None:
    """SQLite cannot change a constraint: the table is made anew, which takes its triggers away."""
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


def _pseudonym(secret: bytes, identity: str) -> str:
    """The name of an identity's own account, frozen here: a migration must not change when the service does."""
    if identity.startswith(("house:", "provider:")) or not identity:
        raise ValueError(f"{identity!r} is no identity of a person")
    return f"p-{hmac.new(secret, f'account {identity}'.encode(), hashlib.sha256).hexdigest()[:24]}"


def _give_pseudonyms() -> None:
    """Rename accounts, which were called like their people. A row is copied under the new name before it is deleted."""
    secret: bytes = context.config.attributes["secret"]
    connection = op.get_bind()
    renamed = sa.table("renamed", sa.column("old"), sa.column("new"))
    op.execute("CREATE TEMPORARY TABLE renamed (old TEXT PRIMARY KEY, new TEXT NOT NULL)")
    names = [row.id for row in connection.execute(sa.text("SELECT id FROM account"))]
    if names:
        rows = [{"old": name, "new": _pseudonym(secret, name)} for name in names]
        connection.execute(renamed.insert(), rows)
    for statement in _RENAME:
        op.execute(statement)


_RENAME = (
    "INSERT INTO account (id, plan, allowance, posted, held, granted, month, created_at) "
    "SELECT new, plan, allowance, posted, held, granted, month, created_at FROM account JOIN renamed ON old = id",
    "INSERT INTO identity (id, account, created_at) SELECT old, new, created_at FROM account JOIN renamed ON old = id",
    # The keys of grants are built of the account's name.
    "UPDATE transfer SET ref = kind || ':' || (SELECT new FROM renamed WHERE old = account) || "
    "substr(ref, length(kind) + length(account) + 2) WHERE kind IN ('grant', 'expire')",
    "UPDATE transfer SET account = (SELECT new FROM renamed WHERE old = account), "
    "debit = coalesce((SELECT new FROM renamed WHERE old = debit), debit), "
    "credit = coalesce((SELECT new FROM renamed WHERE old = credit), credit)",
    "UPDATE hold SET account = (SELECT new FROM renamed WHERE old = account)",
    "UPDATE hold SET opened_by = account",
    "DELETE FROM account WHERE id IN (SELECT old FROM renamed)",
    "DROP TABLE renamed",
)
