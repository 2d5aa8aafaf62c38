"""All tables. Money is micro-dollars, times are UTC, JSON is plain.

A change here needs a migration beside it (bot/storage/migrations/versions); a test holds the two equal.
"""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from bot.storage.database import TABLE_OPTIONS, Amount, Flag, Json, Real, Utc, append_only

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

account = Table(
    "account",
    metadata,
    Column("id", Text, primary_key=True),  # a pseudonym: only `identity` says whose it is
    Column("plan", Text),  # open, allowance, prepaid; NULL: the deployment's
    Column("allowance", Amount),  # a month; NULL: the deployment's
    Column("posted", Amount, nullable=False, server_default=text("0")),  # credits less debits of its transfers
    Column("held", Amount, nullable=False, server_default=text("0")),  # the sum of its open holds
    Column("granted", Amount, nullable=False, server_default=text("0")),  # what is left of grants in `posted`
    Column("month", Text),  # "2026-11": the last month that had a grant
    Column("created_at", Utc, nullable=False),
    Column("day_allowance", Amount),  # daily limit; NULL: the deployment's
    Column("access", Text),  # allowed, blocked; NULL: the deployment's rule for strangers
    Column("joined_to", Text),  # the account that took over its money and its people
    Column("of_group", Flag, nullable=False, server_default=text("0")),  # of a group, not of a user
    CheckConstraint("substr(id, 1, 6) <> 'house:' AND substr(id, 1, 9) <> 'provider:'", name="id"),
    CheckConstraint("plan IN ('open', 'allowance', 'prepaid')", name="plan"),
    CheckConstraint("allowance >= 0", name="allowance"),
    CheckConstraint("held >= 0 AND posted >= held", name="held"),
    CheckConstraint("granted >= 0 AND posted >= granted", name="granted"),
    **TABLE_OPTIONS,
)

identity = Table(
    "identity",
    metadata,
    Column("id", Text, primary_key=True),  # "platform:id"
    Column("account", Text, ForeignKey("account.id"), nullable=False),  # several identities may share one
    Column("role", Text),  # operator; NULL: user
    Column("created_at", Utc, nullable=False),
    CheckConstraint("substr(id, 1, 6) <> 'house:' AND substr(id, 1, 9) <> 'provider:'", name="id"),
    CheckConstraint("role IN ('operator')", name="role"),
    Index("ix_identity_account", "account"),
    **TABLE_OPTIONS,
)

link_code = Table(
    "link_code",
    metadata,
    Column("hash", Text, primary_key=True),  # of the code, which is stored nowhere
    Column("identity", Text, nullable=False),  # its creator
    Column("until", Utc, nullable=False),
    Column("used_by", Text),  # an identity; NULL: not used yet
    Index("ix_link_code_identity", "identity"),
    **TABLE_OPTIONS,
)

switch = Table(
    "switch",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("at", Utc, nullable=False),
    **TABLE_OPTIONS,
)

access_request = Table(
    "access_request",
    metadata,
    Column("identity", Text, primary_key=True),  # of the stranger who asks
    Column("name", Text, nullable=False),  # as the platform shows it
    Column("locale", Text, nullable=False),
    Column("asked_at", Utc, nullable=False),
    Column("told_at", Utc),  # when the owners were told
    Column("state", Text),  # approved, declined; NULL: not decided
    Column("decided_by", Text),  # an identity, or the command line
    Column("decided_at", Utc),
    CheckConstraint("state IN ('approved', 'declined')", name="state"),
    **TABLE_OPTIONS,
)

alert = Table(
    "alert",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("since", Utc, nullable=False),
    Column("told_at", Utc),  # NULL: the owners were not told yet
    Column("over_at", Utc),  # NULL: still active
    **TABLE_OPTIONS,
)

transfer = Table(
    "transfer",
    metadata,
    Column("id", Amount, primary_key=True),
    Column("at", Utc, nullable=False),
    Column("month", Text, nullable=False),  # month of `at`, in the operator's time zone
    Column("kind", Text, nullable=False),
    Column("debit", Text, nullable=False),  # a user's account, "house:..." or "provider:..."
    Column("credit", Text, nullable=False),
    Column("amount", Amount, nullable=False),
    Column("account", Text, ForeignKey("account.id")),  # the user concerned, also if the operator pays
    Column("note_id", Text),  # no foreign key: a note may be erased, its money may not
    Column("ref", Text, nullable=False, unique=True),  # idempotency key
    Column("memo", Text, nullable=False, server_default=text("''")),
    CheckConstraint("amount > 0", name="amount"),
    CheckConstraint("debit <> credit", name="sides"),
    CheckConstraint(
        "kind IN ('credit', 'refund', 'grant', 'expire', 'charge', 'free', 'loss', 'cost', 'stray_loss', 'stray_cost', "
        "'return', 'join')",
        name="kind",
    ),
    Index("ix_transfer_account", "account"),
    Index("ix_transfer_at", "kind", "at"),
    **TABLE_OPTIONS,
)
append_only(transfer)

hold = Table(
    "hold",
    metadata,
    Column("note_id", Text, primary_key=True),
    Column("account", Text, ForeignKey("account.id"), nullable=False),
    Column("payer", Text, nullable=False),  # user; house (the operator) in the open plan
    Column("provider", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("seconds", Real, nullable=False),
    Column("amount", Amount, nullable=False),
    Column("state", Text, nullable=False),
    Column("cost", Amount),  # the provider's charge
    Column("charged", Amount),  # the payer's charge
    Column("lost", Amount),  # the operator's part of the price
    Column("month", Text),  # month of its settlement, in the operator's time zone
    Column("created_at", Utc, nullable=False),
    Column("resolved_at", Utc),
    Column("platform", Text),  # platform of its note
    Column("chat", Text),  # group of its note, as an identity; personal data, erased with its users
    Column("quoted", Amount),  # the quoted price
    Column("free_seconds", Real, nullable=False, server_default=text("0")),  # free seconds of its length
    Column("given", Amount),  # their price
    Column("returned", Amount),  # part of the charge that an operator refunded
    Column("granted", Amount),  # part of the charge that an allowance paid
    Column("opened_by", Text),  # the account that it was opened for, whichever it belongs to now
    CheckConstraint("payer IN ('user', 'house')", name="payer"),
    CheckConstraint("state IN ('open', 'settled', 'released')", name="state"),
    CheckConstraint("amount >= 0", name="amount"),
    CheckConstraint("cost >= 0 AND charged >= 0 AND lost >= 0", name="figures"),
    CheckConstraint(
        "(state = 'settled') = (cost IS NOT NULL AND charged IS NOT NULL AND lost IS NOT NULL)", name="settled"
    ),
    CheckConstraint("(state = 'open') = (resolved_at IS NULL)", name="resolved"),
    Index("ix_hold_account", "account"),
    Index("ix_hold_created_at", "created_at"),
    Index("ix_hold_opened_by", "opened_by"),
    Index("ix_hold_state", "state"),
    **TABLE_OPTIONS,
)

note = Table(
    "note",
    metadata,
    Column("id", Text, primary_key=True),
    Column("platform", Text, nullable=False),
    Column("bot", Text, nullable=False),
    Column("chat", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("account", Text, nullable=False),  # the user, as an identity: "platform:id"
    Column("media", Json, nullable=False),
    Column("options", Json, nullable=False),
    Column("details", Json, nullable=False),
    Column("state", Text, nullable=False),
    Column("stage", Text),
    Column("progress", Real),
    Column("placeholder", Text),
    Column("error", Json),
    Column("cancel_requested", Flag, nullable=False, server_default=text("0")),
    Column("created_at", Utc, nullable=False),
    Column("finished_at", Utc),
    Column("not_before", Utc),  # next check of a waiting note
    Column("identity", Text),  # the platform's id of "the same file"
    Column("agreed", Amount),  # the price that its sender confirmed
    Column("place", Text),  # group of the note, as an identity; NULL: a private chat
    Column("payer", Text),  # the paying identity; NULL: the user
    Column("waits_for", Text),  # the reason of a waiting note's wait, and after a colon the name that it is about
    Column("sound_hash", Text),  # of its bytes, if its platform gives the same file several ids
    Column("ready_at", Utc),  # the time at which its text is expected, as measured; NULL: unknown
    UniqueConstraint("platform", "bot", "chat", "message"),
    CheckConstraint("state IN ('accepted', 'working', 'done', 'failed', 'cancelled')", name="state"),
    CheckConstraint("cancel_requested IN (0, 1)", name="cancel_requested"),
    Index("ix_note_state", "state"),
    Index("ix_note_account", "account", "created_at"),
    Index("ix_note_identity", "identity"),
    Index("ix_note_sound_hash", "sound_hash"),
    **TABLE_OPTIONS,
)

transcript = Table(
    "transcript",
    metadata,
    Column("note_id", Text, ForeignKey("note.id", ondelete="CASCADE"), primary_key=True),
    Column("body", Json, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("names", Json),  # other names for its speakers
    **TABLE_OPTIONS,
)

submission = Table(
    "submission",
    metadata,
    Column("note_id", Text, ForeignKey("note.id", ondelete="CASCADE"), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("intended_at", Utc, nullable=False),
    Column("state", Text, nullable=False),
    Column("ticket", Json),
    Column("cost", Amount),
    Column("piece", Integer, key="chunk", nullable=False, server_default=text("1")),  # of a note in several chunks
    Column("answer", Json),  # what was said in that chunk
    Column("start", Real),  # of that chunk, in seconds from the start of the note; NULL: of an earlier release
    Column("chunks", Integer),  # of the note in all; NULL: of an earlier release
    PrimaryKeyConstraint("note_id", "attempt"),
    CheckConstraint("state IN ('intended', 'ticket', 'answered', 'failed')", name="state"),
    **TABLE_OPTIONS,
)

api_key = Table(
    "api_key",
    metadata,
    Column("hash", Text, primary_key=True),  # of the secret, which is stored nowhere
    Column("id", Text, nullable=False, unique=True),  # its name for people; no secret
    Column("name", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("revoked_at", Utc),
    **TABLE_OPTIONS,
)

arrival = Table(
    "arrival",
    metadata,
    Column("platform", Text, nullable=False),
    Column("bot", Text, nullable=False),
    Column("id", Amount, nullable=False),  # the platform's own number of its event
    Column("body", Json),  # NULL once it is handled
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("received_at", Utc, nullable=False),
    Column("done_at", Utc),
    PrimaryKeyConstraint("platform", "bot", "id"),
    Index("ix_arrival_done_at", "done_at"),
    **TABLE_OPTIONS,
)

posted = Table(
    "posted",
    metadata,
    Column("note_id", Text, ForeignKey("note.id", ondelete="CASCADE"), nullable=False),
    Column("part", Text, nullable=False),  # role of the message for its note, in the adapter's words
    Column("handle", Text, nullable=False),  # the platform's id of the message
    Column("at", Utc, nullable=False),
    PrimaryKeyConstraint("note_id", "part"),
    Index("ix_posted_handle", "handle"),
    **TABLE_OPTIONS,
)

preference = Table(
    "preference",
    metadata,
    Column("owner", Text, nullable=False),  # a user's account, or a chat: "platform:id"
    Column("name", Text, nullable=False),
    Column("value", Text, nullable=False),
    PrimaryKeyConstraint("owner", "name"),
    **TABLE_OPTIONS,
)

voice = Table(
    "voice",
    metadata,
    Column("owner", Text, primary_key=True),  # the identity whose voice it is
    Column("name", Text, nullable=False),  # in place of "Speaker 1"
    Column("agreed_at", Utc, nullable=False),
    Column("model", Text),  # of the vector; NULL: nothing was recorded yet
    Column("vector", Json),  # the voice as numbers
    **TABLE_OPTIONS,
)

heard = Table(
    "heard",
    metadata,
    Column("platform", Text, nullable=False),
    Column("bot", Text, nullable=False),
    Column("at", Utc, nullable=False),  # all earlier events were received
    PrimaryKeyConstraint("platform", "bot"),
    **TABLE_OPTIONS,
)
