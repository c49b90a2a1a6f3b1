"""How Alembic reaches the database: through the port that it is handed, one transaction a migration."""

from alembic import context

from corridor.ground.store.database import Database, metadata

database: Database = context.config.attributes["database"]
with database.write() as connection:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    context.run_migrations()
