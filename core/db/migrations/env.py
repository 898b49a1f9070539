"""Alembic's entry: runs on the engine that Database.migrate hands over."""

from alembic import context
from sqlmodel import SQLModel

import core.db.tables

assert core.db.tables  # its import fills the metadata

with context.config.attributes["engine"].connect() as connection:
    context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
