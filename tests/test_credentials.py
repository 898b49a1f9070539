"""Content Credentials: signed, read back, and broken by any change."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.domain.errors import Broken
from core.media import credentials, ffmpeg
from core.media.export import film_facts

SAMPLE = "ab" * 32
LOCAL = {"model": "painter", "vendor": "local"}
VENDOR = {"model": "gen4_turbo", "vendor": "runway"}


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    inputs = ["-f", "lavfi", "-i", "testsrc2=s=160x284:r=30:d=2", "-f", "lavfi", "-i", "sine=d=2"]
    codecs = ["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-movflags", "+faststart"]
    ffmpeg.run([*inputs, *codecs, str(path)], seconds=60)
    return str(path)


def signed(film: str, folder: Path, scenes: list[dict[str, str]], out: str | None = None):
    target = out or str(folder / "signed.mp4")
    told = credentials.sign(
        path=film,
        out=target,
        title="Bitter cup",
        scenes=scenes,
        sample_sha256=SAMPLE,
        certificate_dir=str(folder / "certificates"),
        report=lambda _: None,
    )
    return told, target


def test_a_signed_film_reads_back_what_was_claimed(film, tmp_path):
    told, out = signed(film, tmp_path, [LOCAL, LOCAL])
    assert told == {"signer": credentials.SIGNER, "development": True, "verified": True}
    found = credentials.read(out)
    assert found == {
        "title": "Bitter cup",
        "signer": "Reprise development certificate (not trusted)",
        "development": True,
        "verified": True,
        "problems": [],
        "kind": "algorithmicMedia",
        "scenes": [{"scene": 1, **LOCAL}, {"scene": 2, **LOCAL}],
        "sample_sha256": SAMPLE,
    }


@pytest.mark.parametrize(
    ("vendors", "kind"),
    [
        (["local"], "algorithmicMedia"),
        (["runway", "google"], "trainedAlgorithmicMedia"),
        (["local", "runway"], "compositeWithTrainedAlgorithmicMedia"),
    ],
)
def test_the_kind_of_source_is_told_honestly(vendors, kind):
    assert credentials.source_kind(vendors) == kind


def test_signing_keeps_the_film_playable_and_quick_to_start(film, tmp_path):
    _, out = signed(film, tmp_path, [LOCAL, VENDOR])
    before, after = film_facts(film), film_facts(out)
    assert after["faststart"]
    assert {k: v for k, v in after.items() if k != "bytes"} == {k: v for k, v in before.items() if k != "bytes"}
    assert after["bytes"] - before["bytes"] < 8000
    assert ffmpeg.run(["-v", "warning", "-xerror", "-i", out, "-f", "null", "-"], seconds=60) == ""


def test_tampering_is_found(film, tmp_path):
    _, out = signed(film, tmp_path, [LOCAL])
    changed = bytearray(Path(out).read_bytes())
    changed[-3000] ^= 0xFF
    Path(out).write_bytes(changed)
    found = credentials.read(out)
    assert found is not None
    assert not found["verified"]
    assert found["problems"] == ["assertion.bmffHash.mismatch"]


def test_a_film_without_credentials_has_none(film):
    assert credentials.read(film) is None


def test_a_film_may_be_signed_in_place(film, tmp_path):
    path = tmp_path / "film.mp4"
    path.write_bytes(Path(film).read_bytes())
    told, _ = signed(str(path), tmp_path, [LOCAL], out=str(path))
    assert told["verified"]
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["film.mp4"]


def test_the_key_is_private_and_made_once_however_many_ask(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(credentials._certificate, [tmp_path / "certificates"] * 16))
    assert len(made) == 1
    (file,) = (tmp_path / "certificates").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_cannot_be_signed_is_told(tmp_path):
    text = tmp_path / "film.mp4"
    text.write_text("not a film")
    with pytest.raises(Broken, match="Content Credentials"):
        signed(str(text), tmp_path, [LOCAL])
    assert not (tmp_path / "signed.mp4").exists()
