"""Alembic's entry: runs on the engine that Database.migrate hands over."""

from alembic import context
from sqlmodel import SQLModel

import core.db.money
import core.db.tables
import core.db.team

assert all((core.db.money, core.db.tables, core.db.team))  # their import fills the metadata

# one transaction for all of them: whoever waits for it finds every step done, and a step that fails leaves nothing
with context.config.attributes["engine"].begin() as connection:
    context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True)
    context.run_migrations()
