"""Throw-away servers for tests: PostgreSQL and Redis on loopback, gone with whoever started them.

Each process that asks gets its own (0.5 s and 0.02 s), so that test workers share nothing. A server
ends with the thread that started it, also when that is killed with `kill -9`.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import redis

PASSWORD = "only-for-tests"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "lc_messages": "C",
}
"""Of PostgreSQL: it may lose everything, and it answers at once."""
PATIENCE = 20.0
"""Seconds that a server may take to answer or to end, on a machine that does much else."""


class Missing(Exception):
    """A server's program is not installed here."""


def free_port() -> int:
    """A port on loopback that nobody listens on."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


@dataclass(kw_only=True)
class Postgres:
    """A PostgreSQL server with one user, `reprise`, who may do everything."""

    programs: Path
    folder: Path
    port: int = field(default_factory=free_port)
    running: subprocess.Popen[bytes] | None = None

    def url(self, database: str = "postgres") -> str:
        """Address of a database, with its password, over TCP."""
        return f"postgresql://reprise:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def socket_url(self, database: str = "postgres") -> str:
        """Address of a database through the socket in the server's folder."""
        return f"postgresql://reprise@/{database}?host={self.folder}&port={self.port}"

    def start(self) -> None:
        """Starts the server on its port and waits until it answers."""
        options = [*SETTINGS.items(), ("port", self.port), ("unix_socket_directories", self.folder)]
        flags = [part for name, value in options for part in ("-c", f"{name}={value}")]
        command = [*_lessened(signal.SIGQUIT), str(self.programs / "postgres"), "-D", str(self.folder / "data"), *flags]
        with (self.folder / "log").open("ab") as log:
            self.running = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder)
        _wait(self.running, self.folder / "log", lambda: psycopg.connect(self.url()).close(), psycopg.OperationalError)

    def stop(self) -> None:
        """Stops the server at once, with every connection; `start` brings it back with its databases."""
        _stop(self.running, signal.SIGINT)

    def run(self, statement: str) -> list[tuple[object, ...]]:
        """Executes a statement outside a transaction; answers its rows."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def create(self, database: str, template: str = "template1") -> str:
        """Makes a database, as a copy of another one; answers its address."""
        self.run(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
        return self.url(database)

    def drop(self, database: str) -> None:
        """Removes a database, whoever is connected."""
        self.run(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')


@dataclass(kw_only=True)
class Redis:
    """A Redis server that keeps nothing on disk."""

    program: str
    folder: Path
    port: int = field(default_factory=free_port)
    running: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Starts the server, empty, and waits until it answers."""
        flags = ["--bind", "127.0.0.1", "--port", self.port, "--save", "", "--appendonly", "no", "--dir", self.folder]
        command = [*_lessened(signal.SIGKILL), self.program, *map(str, flags)]
        with (self.folder / "log").open("ab") as log:
            self.running = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder)
        _wait(self.running, self.folder / "log", lambda: self._client("ping"), redis.ConnectionError)

    def stop(self) -> None:
        """Ends the server with everything in it."""
        _stop(self.running, signal.SIGKILL)

    def clear(self) -> None:
        """Forgets everything."""
        self._client("flushall")

    def _client(self, command: str) -> None:
        with redis.Redis(port=self.port) as client:
            client.execute_command(command)


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A running PostgreSQL; Missing when it is not installed."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    found = str(programs[-1]) if programs else shutil.which("initdb")
    if found is None:
        raise Missing("PostgreSQL is not installed here (apt-get install postgresql)")
    with _folder() as folder:
        server = Postgres(programs=Path(found).parent, folder=folder)
        _initialise(server)
        try:
            server.start()
            yield server
        finally:
            server.stop()


@contextmanager
def redis_server() -> Iterator[Redis]:
    """A running Redis; Missing when it is not installed."""
    program = shutil.which("redis-server")
    if program is None:
        raise Missing("Redis is not installed here (apt-get install redis-server)")
    with _folder() as folder:
        server = Redis(program=program, folder=folder)
        try:
            server.start()
            yield server
        finally:
            server.stop()


def _initialise(server: Postgres) -> None:
    secret = server.folder / "password"
    secret.write_text(PASSWORD)
    secret.chmod(0o644)
    options = ["--username=reprise", f"--pwfile={secret}", "--auth-local=trust", "--auth-host=password"]
    options += ["--locale=C", "--encoding=UTF8", "--no-sync", "--no-instructions"]
    command = [*_lessened(signal.SIGQUIT), str(server.programs / "initdb"), "-D", str(server.folder / "data"), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=server.folder)
    assert done.returncode == 0, done.stderr


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder for a server's user: not pytest's, which only its own user may enter, and with a short name, for the
    path of a socket may have 107 characters."""
    folder = Path(tempfile.mkdtemp(prefix="reprise-"))
    if os.geteuid() == 0:
        user = pwd.getpwnam(_user())
        os.chown(folder, user.pw_uid, user.pw_gid)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _user() -> str:
    """Whom a server runs as when we are root: PostgreSQL refuses root."""
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in known)


def _lessened(farewell: signal.Signals) -> list[str]:
    """Begins a command that runs without root's rights and gets a signal when we end, also by a `kill -9`."""
    if shutil.which("setpriv") is None:  # not Linux: nobody tests as root there
        return []
    identity = ["--reuid", _user(), "--regid", str(pwd.getpwnam(_user()).pw_gid), "--clear-groups"]
    return ["setpriv", "--pdeathsig", farewell.name.removeprefix("SIG"), *(identity if os.geteuid() == 0 else [])]


def _wait(running: subprocess.Popen[bytes], log: Path, ask: Callable[[], None], silence: type[Exception]) -> None:
    """Returns once the server answers; the test fails with its log when it ends or stays silent."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and running.poll() is None:
        try:
            return ask()
        except silence:
            time.sleep(0.02)
    raise AssertionError(f"the server did not come up:\n{log.read_text()[-2000:]}")


def _stop(running: subprocess.Popen[bytes] | None, sign: signal.Signals) -> None:
    if running is None or running.poll() is not None:
        return
    running.send_signal(sign)
    try:
        running.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        running.kill()
        running.wait()
