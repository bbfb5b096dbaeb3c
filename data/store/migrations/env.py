"""Alembic's way in: the connection is given by `data.store.migrate`, in a transaction of its own."""

from alembic import context

from data.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
context.run_migrations()
