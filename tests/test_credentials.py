"""Content Credentials: signed, read back, broken by any change; by a certificate of ours or of the settings."""

from __future__ import annotations

import datetime as dt
import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from core.db import projects as rows
from core.domain.errors import Broken
from core.domain.plan import Plan
from core.domain.provenance import Edited, Filmed, Maker, Story
from core.media import certificates, credentials, ffmpeg
from core.services import installation, projects, provenance
from core.services.studio import Studio
from jobs.__main__ import main
from tests.film_facts import film_facts

SAMPLE = "ab" * 32
LOCAL = Maker(model="local/film", vendor="local")
VENDOR = Maker(model="runway/gen4_turbo", vendor="runway")
VOICE = Maker(model="elevenlabs/eleven_v3", vendor="elevenlabs")


def filmed(*makers: Maker, source: str = "drawn") -> tuple[Filmed, ...]:
    return tuple(Filmed(by=by, start=n, end=n + 1, source=source) for n, by in enumerate(makers))


def spoken(by: Maker) -> Edited:
    return Edited(act="c2pa.dubbed", says="Voice.", by=by)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    inputs = ["-f", "lavfi", "-i", "testsrc2=s=160x284:r=30:d=2", "-f", "lavfi", "-i", "sine=d=2"]
    codecs = ["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-movflags", "+faststart"]
    ffmpeg.run([*inputs, *codecs, str(path)], seconds=60)
    return str(path)


def signed(film: str, folder: Path, story: Story | None = None, out: str | None = None, **own: str):
    target = out or str(folder / "signed.mp4")
    claims = story or Story(title="Bitter cup", scenes=filmed(LOCAL, LOCAL), sample_sha256=SAMPLE)
    told = credentials.sign(
        path=film,
        out=target,
        story=claims.model_dump(mode="json"),
        certificates={"folder": str(folder / "certificates"), **own},
        report=lambda _: None,
    )
    return told, target


def test_a_signed_film_reads_back_what_was_claimed(film, tmp_path):
    edits = (spoken(VOICE), Edited(act="c2pa.adjustedColor", says="The takes were graded."))
    story = Story(
        title="Bitter cup", revision=7, scenes=filmed(VENDOR, LOCAL), edits=edits, sample_sha256=SAMPLE
    )  # fmt: skip
    told, out = signed(film, tmp_path, story)
    assert told == credentials.read(out)
    assert told == {
        "title": "Bitter cup",
        "signer": "Reprise development certificate (not trusted)",
        "development": True,
        "verified": True,
        "problems": [],
        "kind": "compositeWithTrainedAlgorithmicMedia",
        "scenes": [
            {"scene": 1, "vendor": "runway", "model": "runway/gen4_turbo", "from": "drawn", "start": 0, "end": 1},
            {"scene": 2, "vendor": "local", "model": "local/film", "from": "drawn", "start": 1, "end": 2},
        ],
        "edits": [
            {"act": "c2pa.dubbed", "says": "Voice.", "by": VOICE.model_dump()},
            {"act": "c2pa.adjustedColor", "says": "The takes were graded."},
        ],
        "revision": 7,
        "sample_sha256": SAMPLE,
        "parents": 0,
    }


@pytest.mark.parametrize(
    ("scenes", "edits", "kind"),
    [
        (filmed(LOCAL), (spoken(LOCAL),), "algorithmicMedia"),
        (filmed(LOCAL, source="own image"), (), "composite"),
        (filmed(LOCAL), (spoken(VOICE),), "compositeWithTrainedAlgorithmicMedia"),
        (filmed(LOCAL, VENDOR), (), "compositeWithTrainedAlgorithmicMedia"),
        (filmed(VENDOR, VENDOR, source="own image"), (spoken(LOCAL),), "trainedAlgorithmicMedia"),
    ],
)
def test_the_kind_of_source_is_told_honestly(scenes, edits, kind):
    assert Story(title="x", scenes=scenes, edits=edits).kind == kind


def test_the_sample_is_an_ingredient_by_its_hash_only(film, tmp_path):
    """Its name says whether its frames are in the film; nothing of it but the hash is in the file."""
    for source, says in (("drawn", "analysed, not shown"), ("sample frame", "frames of it are in the film")):
        story = Story(title="x", scenes=filmed(LOCAL, source=source), sample_sha256=SAMPLE)
        (ingredient,) = credentials.manifest(story)["ingredients"]
        assert says in ingredient["title"]
        assert set(ingredient) == {"title", "relationship", "label", "format", "instance_id"}
        assert ingredient["instance_id"] == f"sha256:{SAMPLE}"
    assert "ingredients" not in credentials.manifest(Story(title="x", scenes=filmed(LOCAL)))


def test_signing_keeps_the_film_playable_and_quick_to_start(film, tmp_path):
    _, out = signed(film, tmp_path)
    before, after = film_facts(film), film_facts(out)
    assert after["faststart"]
    assert {k: v for k, v in after.items() if k != "bytes"} == {k: v for k, v in before.items() if k != "bytes"}
    assert after["bytes"] - before["bytes"] < 9000
    assert ffmpeg.run(["-v", "warning", "-xerror", "-i", out, "-f", "null", "-"], seconds=60) == ""


def test_tampering_is_found(film, tmp_path):
    _, out = signed(film, tmp_path)
    changed = bytearray(Path(out).read_bytes())
    changed[-3000] ^= 0xFF
    Path(out).write_bytes(changed)
    found = credentials.read(out)
    assert found is not None
    assert not found["verified"]
    assert found["problems"] == ["assertion.bmffHash.mismatch"]


def test_a_change_to_what_an_export_was_made_from_is_found(film, tmp_path):
    """Which model filmed what stands in the film's own manifest; so it may not be rewritten in the export's copy."""
    _, original = signed(film, tmp_path)

    def exported(made_from: Path) -> Path:
        out = tmp_path / f"export of {made_from.name}"
        credentials.sign_copy(
            path=film, out=str(out), film=str(made_from), title="x", mime="video/mp4",
            certificates={"folder": str(tmp_path / "certificates")}, report=lambda _: None,
        )  # fmt: skip
        return out

    out = exported(Path(original))
    honest = credentials.read(str(out))
    assert honest is not None and honest["verified"] and honest["scenes"][0]["model"] == "local/film"
    out.write_bytes(out.read_bytes().replace(b"local/film", b"nobody/any"))
    forged = credentials.read(str(out))
    assert forged is not None and not forged["verified"] and "ingredient.manifest.mismatch" in forged["problems"]
    changed = bytearray(Path(original).read_bytes())
    changed[-3000] ^= 0xFF
    (tmp_path / "changed.mp4").write_bytes(changed)
    found = credentials.read(str(exported(tmp_path / "changed.mp4")))
    assert found is not None and found["problems"] == ["assertion.bmffHash.mismatch"]


def test_a_film_without_credentials_has_none(film):
    assert credentials.read(film) is None


def test_a_film_may_be_signed_in_place(film, tmp_path):
    path = tmp_path / "film.mp4"
    path.write_bytes(Path(film).read_bytes())
    told, _ = signed(str(path), tmp_path, out=str(path))
    assert told["verified"]
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["film.mp4"]


def test_the_key_is_private_and_made_once_however_many_ask(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        made = {c.key for c in pool.map(certificates.certificate, [tmp_path / "certificates"] * 16)}
    assert len(made) == 1
    (file,) = (tmp_path / "certificates").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_cannot_be_signed_is_told(tmp_path):
    text = tmp_path / "film.mp4"
    text.write_text("not a film")
    with pytest.raises(Broken, match="Content Credentials"):
        signed(str(text), tmp_path)
    assert not (tmp_path / "signed.mp4").exists()


def named(common: str, issuer: x509.Name | None, key: ec.EllipticCurvePrivateKey, days: int) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    name = x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Lumen"), x509.NameAttribute(NameOID.COMMON_NAME, common)]
    )
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(issuer or name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - dt.timedelta(days=30))
    builder = builder.not_valid_after(now + dt.timedelta(days=days))
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)


def authority(folder: Path, *, days: int = 90, purpose: bool = True) -> dict[str, str]:
    """A certificate as one would buy it: P-384, signed by a root; the names of its files."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP384R1())
    root = named("Lumen Root", None, root_key, 400).add_extension(x509.BasicConstraints(True, None), True)
    root_file = root.sign(root_key, hashes.SHA256())
    leaf = named("Lumen Films", root_file.subject, key, days).add_extension(x509.BasicConstraints(False, None), True)
    usage = (True, False, False, False, False, False, False, False, False)
    leaf = leaf.add_extension(x509.KeyUsage(*usage), True)
    if purpose:
        leaf = leaf.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), False)
    leaf = leaf.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), False)
    chain = leaf.sign(root_key, hashes.SHA256()), root_file
    (folder / "chain.pem").write_bytes(b"".join(c.public_bytes(serialization.Encoding.PEM) for c in chain))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(private)
    return {"chain": str(folder / "chain.pem"), "key": str(folder / "key.pem")}


def test_the_certificate_of_the_settings_signs(film, tmp_path):
    told, _ = signed(film, tmp_path, **authority(tmp_path))
    assert (told["signer"], told["development"], told["verified"]) == ("Lumen Films", False, True)
    assert not (tmp_path / "certificates").exists()


def test_a_certificate_that_cannot_sign_is_told_before_the_film_is_given_away(film, tmp_path):
    files = authority(tmp_path)
    with pytest.raises(Broken, match="half set"):
        signed(film, tmp_path, chain=files["chain"])
    with pytest.raises(Broken, match=r"cannot be read.*No such file"):
        signed(film, tmp_path, **{**files, "key": str(tmp_path / "gone.pem")})
    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(Broken, match="does not belong"):
        signed(film, tmp_path, **{**files, "key": authority(other)["key"]})
    with pytest.raises(Broken, match="valid from"):
        signed(film, tmp_path, **authority(other, days=-2))
    with pytest.raises(Broken, match="“Lumen Films” could not sign"):
        signed(film, tmp_path, **authority(other, purpose=False))
    (tmp_path / "key.pem").write_text("nothing")
    with pytest.raises(Broken, match="no PEM file"):
        signed(film, tmp_path, **files)
    assert not (tmp_path / "signed.mp4").exists()


def test_the_settings_name_the_certificate_and_the_page_says_whose_it_is(studio: Studio, tmp_path):
    assert installation.signer(studio) == "A development certificate of this installation, which nobody trusts"
    files = authority(tmp_path)
    settings = studio.settings.model_copy(update={"certificate": files["chain"], "certificate_key": files["key"]})
    owned = Studio(settings=settings, db=studio.db, storage=studio.storage)
    assert installation.signer(owned).startswith("Lumen Films, until ")
    assert provenance.certificates(owned) == {"folder": str(studio.certificates), **files}


def test_the_story_of_a_film_comes_from_its_plan(studio: Studio, small_plan: Plan):
    """Models as they filmed, also one that is in no catalogue any more; what was done; nothing of the brief."""
    plan = small_plan
    made = projects.create(studio, studio.local_owner, title="", brief="A focus timer", category="general")
    project = rows.get_project(studio.db, studio.local_owner, made.id)
    models = ["gone/model-1", *["local/film"] * (len(plan.scenes) - 1)]
    spans = [(t, t + s.seconds) for t, s in zip(plan.starts, plan.scenes, strict=True)]
    story = provenance.story(studio, project, plan, 3, models, spans, ["trim"])
    assert (story.scenes[0].by.vendor, story.kind) == ("gone", "compositeWithTrainedAlgorithmicMedia")
    acts = [edit.act for edit in story.edits]
    assert acts[0] == "c2pa.edited"
    assert {"c2pa.dubbed", "c2pa.addedText", "c2pa.trimmed"} <= set(acts)
    assert all(edit.by and edit.by.vendor == "local" for edit in story.edits if edit.act == "c2pa.dubbed")
    assert plan.brief not in story.model_dump_json()


def test_the_command_line_reads_any_film(film, tmp_path, capsys):
    _, out = signed(film, tmp_path)
    assert main(["credentials", out]) == 0
    assert json.loads(capsys.readouterr().out)["verified"]
    assert main(["credentials", film]) == 1
    assert "no Content Credentials" in capsys.readouterr().err
