"""Alembic's entry: runs on the engine that Database.migrate hands over."""

from alembic import context
from sqlmodel import SQLModel

import core.db.money
import core.db.tables
import core.db.team

assert all((core.db.money, core.db.tables, core.db.team))  # their import fills the metadata

with context.config.attributes["engine"].connect() as connection:
    context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
