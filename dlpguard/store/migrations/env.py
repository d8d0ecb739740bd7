"""Alembic's environment: it is always given an open connection (`store.database.upgrade`)."""

from alembic import context

from dlpguard.store import schema

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=schema.metadata,
    transaction_per_migration=False,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
