"""Alembic's environment. bot.storage.migrations brings the connection in its transaction; logging is left alone."""

from alembic import context

from bot.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # A migration and its record are one transaction: Alembic must not commit between them, on SQLite either.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
