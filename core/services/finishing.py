"""The last step of a film: thumbnail, signature, measurements and captions beside it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.db import projects as rows
from core.db.tables import Asset
from core.domain.errors import Broken
from core.domain.plan import Plan
from core.domain.shoot import Word
from core.media.subtitles import srt
from core.services import vendors
from core.services.intake import add_asset
from core.services.projects import title_of
from core.services.studio import Studio

if TYPE_CHECKING:
    from core.services.steps import Bench

TOLERANCE = 0.2
"""Seconds that a film may be longer or shorter than planned."""


def finish(bench: Bench, plan: Plan, revision: int, cut: dict[str, Any]) -> Asset:
    """Signs and checks the film and gives the project its files. Broken when it is not what was planned."""
    studio, claim = bench.studio, bench.claim
    project = rows.get_project(studio.db, claim.owner, claim.project_id)
    unsigned = bench.local(cut["blob"])
    thumbnail = _thumbnail(bench, plan, unsigned)
    bench.report(0.4)
    signed = bench.scratch / "signed.mp4"
    filmed_by = [vendors.described(studio, model) for model in cut.get("models", [s.model for s in plan.scenes])]
    signature = bench.apart(
        "core.media.credentials:sign",
        {
            "path": unsigned,
            "out": str(signed),
            "title": plan.title,
            "scenes": [{"model": model, "vendor": vendor} for model, vendor in filmed_by],
            "sample_sha256": _sample_hash(studio, claim.owner, project.sample_id),
            "certificate_dir": str(studio.certificates),
        },
        seconds=120,
    )
    bench.report(0.7)
    facts = bench.apart("core.media.export:film_facts", {"path": str(signed)}, seconds=180)
    _check(plan, facts)
    beside = {"thumbnail": thumbnail.id}
    if cut["words"]:
        beside["captions"] = _captions(bench, plan, cut["words"]).id
    film = add_asset(
        studio,
        claim.owner,
        project.id,
        "film",
        made_by=bench.place("film"),
        blob=bench.put(signed),
        name=f"{file_name(plan.title)}.mp4",
        width=plan.size.width,
        height=plan.size.height,
        seconds=facts["seconds"],
        facts={**beside, "revision": revision, "measured": in_words(facts), "credentials": _signed_by(signature)},
    )
    rows.change_project(studio.db, claim.owner, project.id, thumbnail_id=thumbnail.id)
    return film


def _thumbnail(bench: Bench, plan: Plan, film: str) -> Asset:
    out = bench.scratch / "thumbnail.jpg"
    times = [round(t + s.seconds * 0.6, 3) for t, s in zip(plan.starts, plan.scenes, strict=True)]
    made = bench.apart("core.media.export:thumbnail", {"film": film, "times": times, "out": str(out)}, seconds=120)
    return add_asset(
        bench.studio,
        bench.claim.owner,
        bench.claim.project_id,
        "thumbnail",
        made_by=bench.place("thumbnail"),
        blob=bench.put(out),
        name=f"{file_name(plan.title)}.jpg",
        width=made["width"],
        height=made["height"],
    )


def _captions(bench: Bench, plan: Plan, words: list[dict[str, Any]]) -> Asset:
    out = bench.scratch / "captions.srt"
    out.write_text(srt([Word.model_validate(w) for w in words]), "utf8")
    return add_asset(
        bench.studio,
        bench.claim.owner,
        bench.claim.project_id,
        "captions",
        made_by=bench.place("captions"),
        blob=bench.put(out),
        name=f"{file_name(plan.title)}.srt",
    )


def _sample_hash(studio: Studio, owner: str, sample_id: str | None) -> str | None:
    """Blobs are named by the SHA-256 of their content."""
    if sample_id is None:
        return None
    return Path(rows.get_asset(studio.db, owner, sample_id).blob).stem


def _check(plan: Plan, facts: dict[str, Any]) -> None:
    if abs(facts["seconds"] - plan.seconds) > TOLERANCE:
        raise Broken(f"The film came out at {facts['seconds']:.1f} s instead of {plan.seconds:.1f} s.", "Press Retry.")
    if (facts["width"], facts["height"]) != tuple(plan.size):
        raise Broken(f"The film came out at {facts['width']}×{facts['height']}.", "Press Retry.")


def in_words(facts: dict[str, Any]) -> dict[str, str]:
    """What was measured of the film, for a person."""
    words = {
        "Length": f"{facts['seconds']:.1f} s",
        "Picture": f"{facts['width']}×{facts['height']}, {facts['fps']:g} fps, {facts['video']}",
        "File": f"{facts['bytes'] / 1e6:.1f} MB",
    }
    if facts.get("lufs") is not None:
        words["Loudness"] = f"{facts['lufs']:.1f} LUFS, true peak {facts['true_peak_db']:.1f} dBTP"
    return words


def _signed_by(signature: dict[str, Any]) -> str:
    if not signature.get("verified"):
        return "The Content Credentials could not be read back."
    return f"Content Credentials signed by: {signature['signer']}."


def file_name(title: str) -> str:
    """A title as the name of a file."""
    kept = "".join(c if c.isalnum() or c in " -_" else " " for c in title_of(title))
    return " ".join(kept.split())[:60] or "film"
