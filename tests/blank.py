"""An SQLite database with every table and no row, made once in a process: a copy of it is quicker than the migrations.

That the migrations themselves make it from nothing is tested in test_databases.
"""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from core.db.session import Database

NAME = "reprise.db"
"""Of the file in the data directory, as core.settings has it."""


@cache
def _content() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        db = Database(f"sqlite:///{folder}/{NAME}")
        db.migrate()
        db.close()
        return (Path(folder) / NAME).read_bytes()


def lay(home: Path) -> None:
    """Puts one into a data directory that has none."""
    home.mkdir(parents=True, exist_ok=True)
    if not (home / NAME).exists():
        (home / NAME).write_bytes(_content())
