"""The studio of a stand: its vendor on loopback, and what people give to the work that is done there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from PIL import Image

from core.isolation import run_apart
from tests.clip_shop import Shop, opened_shop
from tests.conftest import ffmpeg
from tests.contract_table import STANDS

SAID = "Hello world."
"""In the recording."""
WRITTEN: dict[str, Any] = {
    "title": "Lumen at night", "tone": "night", "style": "grotesk", "palette": [], "music_mood": "night",
    "music_bpm": 96, "captions": "karaoke", "notes": [],
    "scenes": [
        {"role": role, "seconds": 3.0, "visual": visual, "motif": "auto", "shot_size": "medium", "camera": "push_in",
         "angle": "eye_level", "narration": line, "title": "", "kicker": "", "sound": "", "transition": "cut",
         "model": "auto", "model_why": ""}
        for role, visual, line in (
            ("hook", "A dark desk at night", "Still working?"), ("cta", "The lamp alone", "Try Lumen tonight."))
    ],
}  # fmt: skip
"""What a language model answers."""


@dataclass(kw_only=True)
class Counter:
    """A stand that is open: its vendor, and the studio that buys there."""

    shop: Shop
    fake: Any
    blobs: dict[str, str] = field(default_factory=dict)

    def blob(self, name: str) -> str:
        """A file that somebody gave, in the storage."""
        if name not in self.blobs:
            copy = self.shop.studio.storage.scratch("given") / name
            copy.write_bytes(given(name))
            self.blobs[name] = self.shop.studio.storage.put(copy)
        return self.blobs[name]


@contextmanager
def opened_counter(stand: str, home: Path) -> Iterator[Counter]:
    """The studio of a stand."""
    kept = STANDS[stand]
    if kept.fake is None:
        with opened_shop(home, "search", kept.settings) as shop:
            yield Counter(shop=shop, fake=shop.vendor)
        return
    with kept.fake() as fake, pytest.MonkeyPatch.context() as environment:
        fake.answers = {"plan": WRITTEN}
        if stand == "vertex":
            environment.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(_service_account(home, fake.base_url)))
        address = {kept.address: getattr(fake, "address", fake.base_url)}
        with opened_shop(home, "search", {**kept.settings, **address}) as shop:
            yield Counter(shop=shop, fake=fake)


def _service_account(home: Path, address: str) -> Path:
    """A key file as Google gives them to projects, whose token is renewed on loopback."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    body = {
        "type": "service_account", "project_id": "film-project", "private_key_id": "1", "private_key": pem,
        "client_email": "film@film-project.iam.gserviceaccount.com", "client_id": "1",
        "token_uri": f"{address}/token",
    }  # fmt: skip
    home.mkdir(parents=True, exist_ok=True)
    path = home / "account.json"
    path.write_text(json.dumps(body))
    return path


def _somebody(path: Path) -> None:
    Image.new("RGB", (720, 1280), "teal").save(path)


def _filmed(path: Path) -> None:
    picture = ("-f", "lavfi", "-i", "testsrc2=size=64x96:rate=24:duration=1", "-pix_fmt", "yuv420p")
    ffmpeg(*picture, "-c:v", "libx264", "-preset", "ultrafast", str(path))


def _spoken(path: Path) -> None:
    line = {"text": SAID, "voice": "mara", "rate": 1.0, "seconds": None, "out": str(path)}
    run_apart("core.providers.local.voice:speak", line, seconds=60)


GIVEN: dict[str, Callable[[Path], None]] = {"somebody.png": _somebody, "clip.mp4": _filmed, "said.wav": _spoken}
"""Files that people give."""


@cache
def given(name: str) -> bytes:
    """One of them, made once in a process."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        GIVEN[name](path)
        return path.read_bytes()
