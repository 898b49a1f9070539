"""The database, of either kind: its migrations, what it says when it fails, and what a transaction promises."""

from __future__ import annotations

import logging
import re
import secrets
import sqlite3
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlmodel import func, select

from core.db.session import BUSY_MS, MIGRATIONS, Database
from core.db.tables import Account, Asset
from core.domain.errors import BadInput, Broken, DiskFull, RepriseError
from core.isolation import ROOT
from core.services.studio import Studio, utc_now
from core.settings import Settings
from tests import servers
from tests.conftest import running

SILENT = "The database does not answer."
BUSY = "The database was busy for too long."


def account(name: str = "Somebody") -> Account:
    return Account(name=name, created=utc_now())


def names(db: Database) -> list[str]:
    with db.read() as s:
        return sorted(s.exec(select(Account.name)))


def told(error: RepriseError) -> str:
    """What a person reads; also that nobody reads the password, not even in the log."""
    assert error.remedy
    assert servers.PASSWORD not in "".join(traceback.format_exception(error))
    return error.message


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request, tmp_path) -> Iterator[str]:
    """Address of a database without a table, of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server = request.getfixturevalue("postgres")
    name = f"empty_{secrets.token_hex(6)}"
    yield server.create(name)
    server.drop(name)


@pytest.fixture
def db(any_studio: Studio) -> Database:
    """A migrated database of each kind."""
    return any_studio.db


@pytest.fixture
def pg(postgres_url: str) -> Iterator[Database]:
    """A migrated database on PostgreSQL."""
    db = Database(postgres_url)
    yield db
    db.close()


@pytest.fixture(scope="module")
def breakable() -> Iterator[servers.Postgres]:
    """A server that tests may stop."""
    with running(servers.postgres()) as server:
        yield server


# Migrations


def upgraded(url: str, revision: str) -> Database:
    """That database with its migrations up to a revision."""
    from alembic import command
    from alembic.config import Config

    db = Database(url)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["engine"] = db._writer
    command.upgrade(config, revision)
    return db


def test_the_models_and_the_migrations_agree_on_each_kind_of_database(empty_url):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from sqlmodel import SQLModel

    db = Database(empty_url)
    db.migrate()
    db.migrate()
    with db.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []
    db.close()


def test_what_the_first_release_has_recorded_survives_the_migrations(empty_url):
    db = upgraded(empty_url, "0001")
    at = "2026-11-01 12:00:00+00:00" if db.is_postgres else "2026-11-01 12:00:00"
    rows = (
        "INSERT INTO account VALUES ('local', 'This machine', :at)",
        """INSERT INTO project (id, owner, title, brief, category, platform, aspect, resolution, may_use_frames, seed,
           stage, created, updated)
           VALUES ('p', 'local', 'Night', 'A brief', 'general', 'tiktok', '9:16', '720p', :no, 0, 'done', :at, :at)""",
        """INSERT INTO job (id, owner, project_id, kind, state, rank, fraction, problem, remedy, created)
           VALUES ('j', 'local', 'p', 'film', 'done', 1, 1, '', '', :at)""",
        """INSERT INTO step (id, job_id, position, kind, label, state, key, inputs, waits_for, weight, fraction, fence,
           attempts, lost_workers, due, problem, remedy, reused)
           VALUES ('s', 'j', 0, 'shot', 'Shot', 'done', 'k', '{}', 0, 1, 1, 1, 1, 0, :at, '', '', :no)""",
        """INSERT INTO purchase (id, owner, project_id, step_id, component, vendor, model, quantity, unit,
           reserved_micros, actual_micros, state, created, closed)
           VALUES ('s:1', 'local', 'p', 's', 'clip', 'local', 'local', 1, 'clip', 0, 0, 'succeeded', :at, :at)""",
    )
    with db.write() as s:
        for row in rows:
            s.execute(text(row), {"at": at, "no": False})
    db.migrate()
    with db.read() as s:
        for table in ("account", "project", "job", "step", "purchase"):
            assert s.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 1, table
        if not db.is_postgres:
            assert s.execute(text("PRAGMA foreign_key_check")).all() == []
    lost = Asset(
        owner="nobody", project_id="none", kind="image", name="a", mime="b", size=1, blob="c", created=utc_now()
    )
    with pytest.raises(IntegrityError), db.write() as s:
        s.add(lost)
    db.close()


AT_ONCE = """
import multiprocessing, sys
import alembic.command
from core.db.session import Database
import core.db.tables

def migrate(barrier):
    barrier.wait()
    Database(sys.argv[1]).migrate()

fork = multiprocessing.get_context("fork")
barrier = fork.Barrier(8)
started = [fork.Process(target=migrate, args=(barrier,)) for _ in range(8)]
for process in started: process.start()
for process in started: process.join()
print(*(process.exitcode for process in started))
"""


def test_eight_processes_that_migrate_at_once_all_find_it_done(empty_url):
    command = [sys.executable, "-c", AT_ONCE, empty_url]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert (done.stdout.split(), done.stderr) == (["0"] * 8, "")
    db = Database(empty_url)
    assert names(db) == []
    db.close()


def test_a_migration_is_one_transaction(empty_url):
    db, ends = Database(empty_url), []
    event.listen(db.engine, "commit", ends.append)
    db.migrate()
    assert len(ends) == 1, "who waits for it must not find half of it"
    db.close()


def test_whoever_opens_a_new_file_waits_for_another_who_does(tmp_path):
    file = tmp_path / "empty.db"
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    goes = threading.Timer(0.3, lambda: other.execute("COMMIT"))
    goes.start()
    db = Database(f"sqlite:///{file}")
    db.ping()
    goes.join()
    other.close()
    db.close()


# Transactions


def test_what_is_said_in_a_transaction_is_logged_once_it_is_true(db, monkeypatch):
    heard: list[str] = []
    log = logging.getLogger("reprise.events")
    handler = logging.Handler()
    handler.emit = lambda record: heard.append(record.getMessage())
    monkeypatch.setattr(log, "handlers", [handler])
    log.setLevel(logging.INFO)

    with db.write() as s:
        s.add(account())
        s.info["said"] = ["an account, 100 % new", "and one thing more"]
        assert heard == []
    assert heard == ["an account, 100 % new", "and one thing more"]

    def fail(sentence: str, *rows: Account) -> None:
        with db.write() as s:
            s.info["said"] = [sentence]
            s.add_all(rows)
            if not rows:
                raise Broken("Something else failed.")

    with pytest.raises(Broken):
        fail("this did not happen")
    with pytest.raises(IntegrityError):
        fail("nor did this", *(Account(id="same", name=name, created=utc_now()) for name in "ab"))
    with db.write() as s:
        s.add(account())
    assert len(heard) == 2


def test_a_simulation_may_let_others_go_first_around_each_transaction(db):
    places: list[tuple[str, int]] = []
    beside = Database(db.url)

    def pause(place: str) -> None:
        places.append((place, names(beside).count("New")))

    db.pause = pause
    with db.write() as s:
        s.add(account("New"))
    with db.read() as s:
        s.exec(select(Account.id)).all()
    with pytest.raises(Broken), db.write() as s:
        raise Broken("It fails.")
    db.pause = None
    beside.close()
    assert places == [
        ("before write", 0),
        ("after write", 1),
        ("before read", 1),
        ("after read", 1),
        ("before write", 1),
    ]


def test_a_reading_session_sees_one_moment(db):
    beside = Database(db.url)
    count = select(func.count()).select_from(Account)
    with db.read() as s:
        before = s.exec(count).one()
        with beside.write() as other:
            other.add(account())
        assert s.exec(count).one() == before
    assert len(names(db)) == before + 1
    beside.close()


def test_a_reading_session_leaves_nothing_written(pg):
    def write() -> None:
        with pg.read() as s:
            s.add(account())
            s.flush()

    with pytest.raises(Broken, match="can only be read"):
        write()
    with pg.write() as s:
        s.add(account("Allowed"))
    assert names(pg) == ["Allowed"]


def test_a_database_in_memory_is_one_for_every_thread():
    db = Database("sqlite://")
    db.migrate()
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(names, db).result() == []
        with db.write() as s:
            s.add(account("Here"))
        assert pool.submit(names, db).result() == ["Here"]
    db.close()


def test_a_session_on_postgresql_does_not_depend_on_the_servers_settings(postgres, postgres_url):
    name = postgres_url.rsplit("/", 1)[1]
    postgres.run(f"ALTER DATABASE \"{name}\" SET timezone = 'Asia/Tokyo'")
    postgres.run(f"ALTER DATABASE \"{name}\" SET default_transaction_isolation = 'serializable'")
    db = Database(postgres_url)
    with db.write() as s:
        shown = {
            setting: s.execute(text(f"SHOW {setting}")).scalar_one()
            for setting in ("timezone", "transaction_isolation", "transaction_read_only", "lock_timeout")
        }
    assert shown == {
        "timezone": "UTC",
        "transaction_isolation": "read committed",
        "transaction_read_only": "off",
        "lock_timeout": f"{BUSY_MS // 1000}s",
    }
    db.close()


def test_times_come_back_as_they_were_given(db):
    given = account()
    with db.write() as s:
        s.add(given)
    with db.read() as s:
        assert s.get_one(Account, given.id).created == given.created


# What a person is told


@pytest.mark.parametrize(
    "address",
    [
        "",
        "reprise.db",
        "mysql://user:only-for-tests@host/name",
        "postgresql+psycopg2://user:only-for-tests@host/name",
        "postgresql://user:only-for-tests@host:port/name",
        "oracle+nonsense://user:only-for-tests@host/name",
        "postgresql://user:only-for-tests@with@host/name",
    ],
)
def test_an_address_that_cannot_be_one_is_refused_in_a_sentence(address):
    with pytest.raises(BadInput) as caught:
        Database(address)
    told(caught.value)
    assert "REPRISE_DATABASE_URL" in caught.value.remedy


@pytest.mark.parametrize("beginning", ["postgres://", "postgresql://", "postgresql+psycopg://"])
def test_postgresql_is_understood_however_its_address_begins(postgres, beginning):
    db = Database(postgres.url().replace("postgresql://", beginning))
    db.ping()
    assert db.is_postgres
    db.close()


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda server: server.url().replace(servers.PASSWORD, "another"),
        lambda server: server.url().replace(f":{servers.PASSWORD}@", "@"),
        lambda server: server.url().replace("reprise:", "nobody:"),
        lambda server: server.url("no_such_database"),
        lambda server: f"{server.url()}?no_such_option=1",
        lambda server: f"{server.url('no_such_database')}?password={servers.PASSWORD}",
    ],
)
def test_a_start_with_an_address_that_the_server_refuses_is_bad_input(postgres, spoilt):
    db = Database(spoilt(postgres))
    with pytest.raises(BadInput) as caught:
        db.migrate()
    assert told(caught.value).startswith("The database refuses the address")
    assert "REPRISE_DATABASE_URL" in caught.value.remedy
    assert "127.0.0.1" in caught.value.message, "it says which database is meant"


def test_a_user_without_rights_is_told_what_is_missing(postgres, postgres_url):
    postgres.run(f"CREATE ROLE poor LOGIN PASSWORD '{servers.PASSWORD}'")
    db = Database(postgres_url.replace("reprise:", "poor:"))
    with pytest.raises(BadInput) as caught:
        db.migrate()
    assert "GRANT" in caught.value.remedy
    told(caught.value)
    db.close()
    postgres.run("DROP ROLE poor")


def test_a_server_that_is_not_there_does_not_answer(postgres):
    db = Database(postgres.url().replace(str(postgres.port), str(servers.free_port())))
    for act in (db.ping, db.migrate):
        with pytest.raises(Broken) as caught:
            act()
        assert told(caught.value) == SILENT
        assert caught.value.retryable


def test_a_server_that_stops_in_the_middle_does_not_answer_and_is_found_again(breakable):
    db = Database(breakable.create(f"stopped_{secrets.token_hex(3)}"))
    db.migrate()

    def lose() -> None:
        with db.write() as s:
            s.add(account("Lost"))
            s.flush()
            breakable.stop()

    with pytest.raises(Broken) as caught:
        lose()
    assert told(caught.value) == SILENT
    assert caught.value.retryable
    with pytest.raises(Broken, match=SILENT):
        db.ping()
    breakable.start()
    with db.write() as s:
        s.add(account("Found"))
    assert names(db) == ["Found"]
    db.close()


def test_a_connection_that_is_cut_is_replaced_at_the_next_transaction(pg, postgres):
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    with pytest.raises(Broken, match=SILENT), pg.write() as s:
        s.execute(text(cut))
    pg.ping()
    postgres.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{pg.engine.url.database}'")
    pg.ping()


def test_a_server_without_a_free_connection_says_so(postgres, postgres_url):
    postgres.run(f"CREATE ROLE many LOGIN PASSWORD '{servers.PASSWORD}' CONNECTION LIMIT 0")
    db = Database(postgres_url.replace("reprise:", "many:"))
    with pytest.raises(Broken, match="no connection left") as caught:
        db.ping()
    told(caught.value)
    assert caught.value.retryable
    postgres.run("DROP ROLE many")


def test_who_waits_too_long_for_a_row_is_told_so(pg):
    one = account()
    with pg.write() as s:
        s.add(one)

    def lock() -> None:
        with pg.write() as s:
            s.execute(text("SET LOCAL lock_timeout = 50"))
            s.execute(text("SELECT * FROM account FOR UPDATE"))

    with pg.write() as holder:
        holder.execute(text("SELECT * FROM account FOR UPDATE"))
        with pytest.raises(Broken, match=BUSY) as caught:
            lock()
    told(caught.value)
    assert caught.value.retryable


def test_of_two_who_wait_for_each_other_one_is_told_and_the_other_goes_on(pg):
    with pg.write() as s:
        s.add_all([Account(id=i, name=i, created=utc_now()) for i in ("a", "b")])
    both_hold_one = threading.Barrier(2)

    def lock(first: str, second: str) -> str:
        query = text("SELECT * FROM account WHERE id = :id FOR UPDATE")
        try:
            with pg.write() as s:
                s.execute(text("SET LOCAL deadlock_timeout = 50"))
                s.execute(query, {"id": first})
                both_hold_one.wait(10)
                s.execute(query, {"id": second})
        except Broken as error:
            return told(error)
        return ""

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(lock, "ab", "ba"))
    assert said == ["", BUSY]


@pytest.mark.parametrize(
    ("code", "kind", "retryable"),
    [
        ("53100", DiskFull, False),
        ("53300", Broken, True),
        ("40001", Broken, True),
        ("57014", Broken, True),
        ("25006", Broken, False),
        ("42501", Broken, False),
        ("XX001", Broken, False),
        ("58030", Broken, True),
    ],
)
def test_what_postgresql_may_say_has_words_of_ours(pg, code, kind, retryable):
    with pytest.raises(kind) as caught, pg.write() as s:
        s.execute(text(f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{code}'; END $$"))
    told(caught.value)
    assert caught.value.retryable is retryable


def test_a_fault_of_the_program_stays_what_it_is(db):
    statement = "SELECT * FROM no_such_table"
    with pytest.raises(ProgrammingError if db.is_postgres else Broken), db.read() as s:
        s.execute(text(statement))
    with pytest.raises(IntegrityError), db.write() as s:
        s.add_all([Account(id="same", name=name, created=utc_now()) for name in "ab"])


# Servers and the deployment


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_finds_an_empty_redis(redis_url, turn):
    import redis

    with redis.Redis.from_url(redis_url) as client:
        assert client.keys() == []
        client.set("wake", turn)


def test_the_deployment_names_only_settings_that_exist():
    known = {f"REPRISE_{name.upper()}" for name in Settings.model_fields}
    for file in ("compose.yaml", "Dockerfile"):
        named = set(re.findall(r"REPRISE_[A-Z0-9_]+", (ROOT / file).read_text("utf8")))
        assert named
        assert named <= known, file
