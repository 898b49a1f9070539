"""What befalls the machine meanwhile: a locked database, a full disk, a silent vendor, a server that is gone."""

from __future__ import annotations

import signal
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress

import psycopg

from bench.chaos.world import Crew, World

PIECE = 1 << 20
"""Bytes that a disk is filled with at once."""


class Troubles:
    """One at a time of each kind, each for some seconds, beside everything else."""

    def __init__(self, world: World, crew: Crew) -> None:
        self.world, self.crew = world, crew
        self.met: Counter[str] = Counter()
        self.under_way: dict[str, threading.Thread] = {}
        self.kinds: dict[str, Callable[[float], None]] = {
            "database locked": self._lock_postgres if world.database_url else self._lock_sqlite,
            "vendor silent": self._silence_vendor,
            "worker paused": crew.pause_one,
        }
        if world.small_disk:
            self.kinds["disk full"] = self._fill_disk
        if world.database_url:
            self.kinds["connections cut"] = self._cut_connections

    def begin_one(self) -> None:
        """A trouble of some kind, unless one of that kind is going on."""
        name = self.world.chance.choice(sorted(self.kinds))
        going_on = self.under_way.get(name)
        if going_on and going_on.is_alive():
            return
        seconds = self.world.chance.uniform(0.3, 4.0)
        self.met[name] += 1
        self.under_way[name] = threading.Thread(target=self.kinds[name], args=(seconds,), daemon=True)
        self.under_way[name].start()

    def restart_database(self) -> None:
        """PostgreSQL is gone for a moment. Only from the main thread: a server ends with the thread that started it."""
        if self.world.postgres:
            self.met["database gone"] += 1
            self.world.postgres.stop()
            time.sleep(self.world.chance.uniform(0.2, 2.0))
            self.world.postgres.start()

    def wait(self) -> None:
        """Returns when the last one is over."""
        for thread in self.under_way.values():
            thread.join()

    def _lock_sqlite(self, seconds: float) -> None:
        path = self.world.home / "reprise.db"
        with suppress(sqlite3.OperationalError), closing(sqlite3.connect(path, timeout=30)) as connection:
            connection.isolation_level = None
            connection.execute("BEGIN IMMEDIATE")
            time.sleep(seconds)
            connection.execute("ROLLBACK")

    def _lock_postgres(self, seconds: float) -> None:
        with suppress(psycopg.OperationalError), psycopg.connect(self.world.database_url) as connection:
            connection.execute("LOCK TABLE step, purchase IN ACCESS EXCLUSIVE MODE")
            time.sleep(seconds)
            connection.rollback()

    def _cut_connections(self, _: float) -> None:
        everybody = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        with suppress(psycopg.OperationalError), psycopg.connect(self.world.database_url) as connection:
            connection.execute(f"{everybody} AND pid <> pg_backend_pid()")

    def _silence_vendor(self, seconds: float) -> None:
        """Shorter than an order takes to settle: a vendor that is longer about it cannot be searched at all."""
        if self.world.vendor.process:
            self.world.vendor.process.send_signal(signal.SIGSTOP)
            time.sleep(min(seconds, 1.2))
            self.world.vendor.process.send_signal(signal.SIGCONT)

    def _fill_disk(self, seconds: float) -> None:
        filler = self.world.home / "filler"
        end = time.monotonic() + seconds
        try:
            with filler.open("wb", buffering=0) as file:
                while time.monotonic() < end:  # again and again: whatever is given back is taken
                    for piece in (PIECE, 4096, 1):
                        with suppress(OSError):
                            while file.write(b"x" * piece) == piece:
                                pass
                    time.sleep(0.02)
        finally:
            filler.unlink(missing_ok=True)
