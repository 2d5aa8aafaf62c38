"""What Alembic runs. The connection, in its transaction, comes from bot.storage.migrations; logging is left as it is."""

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
