"""What tests share: a studio in a folder of its own, real clips made by ffmpeg, and no network."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

import imageio_ffmpeg
import pytest

from core import facts
from core.db.session import Database
from core.domain.plan import Captions, Grade, Plan, Scene
from core.domain.views import JobView
from core.domain.work import LIVE_JOBS
from core.services import production
from core.services import studio as studios
from core.services.studio import Studio
from core.settings import Settings
from tests import blank, servers

Server = TypeVar("Server")
ROOT = Path(__file__).parents[1]
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first, so that the end does not wait for one of two processes."""
    items.sort(key=lambda item: not any(item.get_closest_marker(name) for name in ("browser", "slow")))


@pytest.fixture(autouse=True, scope="session")
def _no_network(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tests cannot reach the network: connecting anywhere but to this machine is refused, unless `-m live` is asked."""
    connect, live = socket.socket.connect, request.config.getoption("markexpr") == "live"

    def guarded(self: socket.socket, address: object) -> None:
        outside = self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in LOOPBACK  # type: ignore[index]
        if outside and not live:
            raise PermissionError(f"tests must not reach {address}")
        connect(self, address)  # type: ignore[arg-type]

    socket.socket.connect = guarded  # type: ignore[method-assign]
    yield
    socket.socket.connect = connect  # type: ignore[method-assign]


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """A studio of its own on SQLite, and this process's current one."""
    with opened_studio(tmp_path / "data") as opened:
        yield opened


@pytest.fixture(params=["sqlite", "postgresql"])
def any_studio(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Studio]:
    """The same as `studio`, on each kind of database."""
    address = "" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    with opened_studio(tmp_path / "data", address) as opened:
        yield opened


@contextmanager
def opened_studio(home: Path, database_url: str = "") -> Iterator[Studio]:
    """A studio in that folder, and this process's current one."""
    if not database_url:
        blank.lay(home)
    opened = studios.open_studio(
        Settings(data_dir=home, database_url=database_url, min_free_mb=0, _env_file=None),
    )
    studios.use(opened)
    try:
        yield opened
    finally:
        studios.use(None)
        opened.db.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[servers.Postgres]:
    """This process's PostgreSQL server. A test that stops it takes one of its own: `servers.postgres()`."""
    with running(servers.postgres()) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres: servers.Postgres) -> str:
    """Name of a database with every table and no row: a copy of it is quicker than the migrations."""
    db = Database(postgres.create("migrated"))
    db.migrate()
    db.close()
    return "migrated"


@pytest.fixture
def postgres_url(postgres: servers.Postgres, postgres_template: str) -> Iterator[str]:
    """Address of a database of its own on PostgreSQL, with every table and no row."""
    name = f"test_{secrets.token_hex(6)}"
    yield postgres.create(name, postgres_template)
    postgres.drop(name)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[servers.Redis]:
    """This process's Redis server. A test that stops it takes one of its own: `servers.redis_server()`."""
    with running(servers.redis_server()) as server:
        yield server


@pytest.fixture
def redis_url(redis_server: servers.Redis) -> str:
    """Address of an empty Redis."""
    redis_server.clear()
    return redis_server.url


@contextmanager
def running(server: AbstractContextManager[Server]) -> Iterator[Server]:
    """A server; where its program is missing the test is skipped, but not in CI, which installs it."""
    with ExitStack() as stack:
        try:
            entered = stack.enter_context(server)
        except servers.Missing as error:
            if os.environ.get("CI") == "true":
                raise
            pytest.skip(str(error))
        yield entered


def ffmpeg(*args: str) -> None:
    """Runs ffmpeg; the test fails with its words when it fails."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-v", "error", "-nostdin", *args]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def short_sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """6 s of 320x180 at 25 fps with cuts at 2 s and 4 s (test pattern, mandelbrot, red) and a 440 Hz tone."""
    out = tmp_path_factory.mktemp("samples") / "short.mp4"
    ffmpeg(
        *("-f", "lavfi", "-t", "2", "-i", "testsrc2=s=320x180:r=25"),
        *("-f", "lavfi", "-t", "2", "-i", "mandelbrot=s=320x180:r=25"),
        *("-f", "lavfi", "-t", "2", "-i", "color=c=0xb03020:s=320x180:r=25"),
        *("-f", "lavfi", "-t", "6", "-i", "sine=frequency=440:sample_rate=48000"),
        *("-filter_complex", "[0:v][1:v][2:v]concat=n=3:v=1:a=0[v]", "-map", "[v]", "-map", "3:a"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-shortest", str(out)),
    )
    return out


@pytest.fixture
def upload(tmp_path: Path) -> Callable[[Path], Path]:
    """A copy of a file that a service may move away."""

    def copy(source: Path) -> Path:
        return Path(shutil.copyfile(source, tmp_path / f"upload-{time.monotonic_ns()}.part"))

    return copy


@pytest.fixture
def small_plan() -> Plan:
    """Two short scenes, 5 s together."""
    scenes = (
        Scene(
            id="aaaa", role="hook", visual="A city at night", motif="city", seconds=2.5, narration="The city is awake."
        ),
        Scene(id="bbbb", role="cta", visual="Paper waves", motif="flow", seconds=2.5, narration="Try it tonight."),
    )
    return Plan(
        title="Night",
        brief="A focus timer for people who work at night",
        category=next(iter(facts.categories())),
        seed=7,
        scenes=scenes,
        grade=Grade(palette=("#1c2541", "#f2c14e", "#5bc0be")),
        captions=Captions(),
        writer="a test",
    )


def wait_for(studio: Studio, project_id: str, kind: str, seconds: float = 120) -> JobView:
    """The newest job of that kind, once it has ended."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        job = production.job(studio, studio.local_owner, project_id, kind)
        if job and job.state not in LIVE_JOBS:
            return job
        time.sleep(0.1)
    raise AssertionError(f"the {kind} job did not end in {seconds} s: {job}")
