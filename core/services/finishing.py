"""The last step of a film: thumbnail, signature, measurements and captions beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from core.db import projects as rows
from core.db.tables import Asset
from core.domain.errors import Broken
from core.domain.plan import Plan
from core.domain.quality import Fix
from core.domain.shoot import Word, card_seconds
from core.domain.time import FrameSize
from core.media.subtitles import srt, vtt
from core.services import match, provenance, quality, recipes
from core.services.intake import add_asset
from core.services.projects import title_of

if TYPE_CHECKING:
    from core.services.bench import Bench

LOOKED_AT = (0.35, 0.6, 0.8)
"""Where in a scene a thumbnail is looked for, as shares of its length."""
TOLERANCE = 0.2
"""Seconds that a film may be longer or shorter than planned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """What was done to a film after it was cut, and what it is now."""

    fixes: tuple[Fix, ...]
    seconds: float
    size: FrameSize
    cut: str
    """The key of what it was first cut to."""
    begins: float = 0.0
    """Where it begins, in seconds of the film as it was first cut."""


def finish(bench: Bench, plan: Plan, revision: int, cut: dict[str, Any], repaired: Repaired | None = None) -> Asset:
    """Signs and checks the film and gives the project its files. Broken when it is not what was planned."""
    studio, claim = bench.studio, bench.claim
    project = rows.get_project(studio.db, claim.owner, claim.project_id)
    unsigned = bench.local(cut["blob"])
    kept = (repaired.begins, repaired.begins + repaired.seconds) if repaired else (0.0, plan.seconds)
    covers = _covers(bench, plan, unsigned, cut["words"], kept)
    thumbnail = covers[0]
    bench.report(0.4)
    signed = bench.scratch / "signed.mp4"
    models = cut.get("models", [scene.model for scene in plan.scenes])
    fixes = repaired.fixes if repaired else ()
    told = provenance.story(studio, project, plan, revision, models, _spans(plan, kept), fixes)
    signature = bench.apart(
        "core.media.credentials:sign",
        {
            "path": unsigned,
            "out": str(signed),
            "story": told.model_dump(mode="json"),
            "certificates": provenance.certificates(studio),
        },
        seconds=120,
    )
    bench.report(0.7)
    seen, checked = quality.checked_film(bench, plan, cut, signed, fixes, repaired.begins if repaired else 0.0)
    facts = seen.model_dump()
    size = repaired.size if repaired else plan.size
    _check(facts, repaired.seconds if repaired else plan.seconds, size)
    beside: dict[str, Any] = {"thumbnail": thumbnail.id, "thumbnails": [cover.id for cover in covers]}
    if cut["words"] and plan.captions.enabled:
        beside["captions"] = _captions(bench, plan, cut["words"], seen.readable, "srt").id
        beside["captions_vtt"] = _captions(bench, plan, cut["words"], seen.readable, "vtt").id
    film = add_asset(
        studio,
        claim.owner,
        project.id,
        "film",
        made_by=bench.place("film"),
        blob=bench.put(signed),
        name=f"{file_name(plan.title)}.mp4",
        width=size.width,
        height=size.height,
        seconds=facts["seconds"],
        facts={
            **beside,
            "revision": revision,
            "notes": cut.get("notes", []),
            "overruns": cut.get("overruns", []),
            "measured": in_words(facts),
            "credentials": _signed_by(signature),
            "provenance": signature,
            "quality": checked,
            "cut": repaired.cut if repaired else claim.needs["cut"],
        },
    )
    rows.change_project(studio.db, claim.owner, project.id, thumbnail_id=thumbnail.id)
    match.start(studio, claim.owner, project.id)  # the film does not wait for it
    return film


def _covers(bench: Bench, plan: Plan, film: str, words: list[dict[str, Any]], kept: tuple[float, float]) -> list[Asset]:
    """Thumbnails to choose from, the best first, the last with the title on it."""
    made = bench.apart(
        "core.media.thumbnails:thumbnails",
        {
            "film": film,
            **moments(plan, kept),
            "spoken": [[word["start"], word["end"]] for word in words] if plan.captions.enabled else [],
            "title": plan.title.rstrip(" …"),
            "style": plan.style,
            "palette": [colour.hex for colour in recipes.palette_of(plan)],
            "folder": str(bench.scratch),
        },
        seconds=180,
        share=0.4,
    )
    return [
        add_asset(
            bench.studio,
            bench.claim.owner,
            bench.claim.project_id,
            "thumbnail",
            made_by=bench.place(f"thumbnail {number}"),
            blob=bench.put(Path(picture["path"])),
            name=f"{file_name(plan.title)}{f' {number + 1}' if number else ''}.jpg",
            width=made["width"],
            height=made["height"],
            facts={"titled": picture["titled"]},
        )
        for number, picture in enumerate(made["pictures"])
    ]


def moments(plan: Plan, kept: tuple[float, float]) -> dict[str, list[Any]]:
    """Of each scene, the moments that may be the cover, as far as they are in what was kept of the film.

    As `times`, and beside them as `lettered` whether the scene has words of its own. What lies under a card at the
    end is dark on purpose, and no cover.
    """
    first, last = kept
    if plan.brand.end_card.strip():
        last = min(last, plan.seconds - card_seconds(plan.scenes[-1].seconds))
    times, lettered = [], []
    for start, scene in zip(plan.starts, plan.scenes, strict=True):
        shown = [start + scene.seconds * share for share in LOOKED_AT]
        left = [round(t - first, 3) for t in shown if first <= t < last - 0.1]
        if left:
            times.append(left)
            lettered.append(bool(scene.title or scene.kicker))
    if not times:
        return {"times": [[round((last - first) / 2, 3)]], "lettered": [False]}
    return {"times": times, "lettered": lettered}


def _spans(plan: Plan, kept: tuple[float, float]) -> list[tuple[float, float]]:
    """When each scene is seen, in seconds of the film as it is now; one that was cut off lasts no time."""
    first, last = kept

    def now(moment: float) -> float:
        return round(min(max(moment, first), last) - first, 3)

    return [(now(a), now(a + scene.seconds)) for a, scene in zip(plan.starts, plan.scenes, strict=True)]


def _captions(
    bench: Bench, plan: Plan, words: list[dict[str, Any]], seconds: float, kind: Literal["srt", "vtt"]
) -> Asset:
    """The words as a file beside the film: SubRip for platforms and editors, WebVTT for web pages."""
    out = bench.scratch / f"captions.{kind}"
    out.write_text((srt if kind == "srt" else vtt)([Word.model_validate(w) for w in words], seconds), "utf8")
    return add_asset(
        bench.studio,
        bench.claim.owner,
        bench.claim.project_id,
        "captions",
        made_by=bench.place("captions" if kind == "srt" else f"captions {kind}"),
        blob=bench.put(out),
        name=f"{file_name(plan.title)}.{kind}",
    )


def _check(facts: dict[str, Any], seconds: float, size: FrameSize) -> None:
    if abs(facts["seconds"] - seconds) > TOLERANCE:
        raise Broken(f"The film came out at {facts['seconds']:.1f} s instead of {seconds:.1f} s.", "Press Retry.")
    if (facts["width"], facts["height"]) != tuple(size):
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
