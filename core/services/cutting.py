"""The cut as steps: the film from its takes, words and sound, and its parts ahead of that, as their takes arrive."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from core.domain.shoot import CutList, Take, Word
from core.domain.time import FrameSize
from core.services.bench import Bench, Made
from core.services.sounding import line_times
from core.services.steps import OWN_RENDERER

ENCODING = threading.BoundedSemaphore(1)
"""A part keeps every core busy, and takes the memory for that."""
LIMIT = 180.0
"""Seconds that a cut may take, and one more for every frame of 720×1280."""


def cut(bench: Bench) -> Made:
    """The film, from its takes, its words and its sound."""
    inputs, made = bench.claim.inputs, bench.needed()
    words = _spoken(made, made["mix"]["starts"])
    cut_list = _cut_list(bench, made, words, bench.local(made["mix"]["blob"]))
    out = bench.scratch / "film.mp4"
    found = bench.apart(
        "core.media.cut:compose",
        {"cut_list": cut_list.model_dump(mode="json"), "out": str(out), "cache": _cache(bench)},
        seconds=_limit(cut_list),
    )
    blob = bench.put(out)
    models = [made[t["step"]].get("model", OWN_RENDERER) for t in inputs["takes"]]
    told = {
        "words": [w.model_dump() for w in words],
        "models": models,
        "notes": [*made["mix"].get("notes", []), *unheard(inputs, made)],
        "overruns": made["mix"].get("overruns", []),
        "lines": _lines(made),
        "heard_by": made.get("hear", {}).get("by"),
    }
    return Made(result={**found, "blob": blob, **told}, blobs=[blob])


def part(bench: Bench) -> Made:
    """The inside of a scene and the transition into it, for a cut that comes later: they wait for it on this machine.

    Should the cut find that anything was otherwise, it makes its own.
    """
    inputs, made = bench.claim.inputs, bench.needed()
    starts = {**line_times(inputs["starts"], made, inputs["seconds"]), **inputs["played"]}
    cut_list = _cut_list(bench, made, _spoken(made, starts), sound="")
    arguments = {"cut_list": cut_list.model_dump(mode="json"), "scene": inputs["scene"], "scratch": str(bench.scratch)}
    with ENCODING:
        found = bench.apart(
            "core.media.cut:encode_ahead", {**arguments, "cache": _cache(bench)}, seconds=_limit(cut_list)
        )
    return Made(result=found)


def _cut_list(bench: Bench, made: dict[str, dict[str, Any]], words: list[Word], sound: str) -> CutList:
    """What the cutting room is given; takes of steps that are not in `made` are not there yet."""
    inputs = bench.claim.inputs
    return CutList(
        takes=tuple(_take(bench, made.get(t["step"]), t) for t in inputs["takes"]),
        width=inputs["width"],
        height=inputs["height"],
        grade=inputs["grade"],
        palette=inputs["palette"],
        captions=inputs["captions"],
        words=tuple(words),
        sound=sound,
        style=inputs["style"],
        platform=inputs["platform"],
        brand={**inputs["brand"], "logo": bench.local(inputs["brand"]["logo"]) if inputs["brand"]["logo"] else None},
    )


def _spoken(made: dict[str, dict[str, Any]], starts: Mapping[str, float]) -> list[Word]:
    """All that is said, with film times: of the lines, or of the person's recording, which begins with the film."""
    return [
        Word(text=w["text"], start=round(start + w["start"], 3), end=round(start + w["end"], 3))
        for name, start in {**starts, **({"hear": 0.0} if "hear" in made else {})}.items()
        for w in made[name]["words"]
    ]


def unheard(inputs: dict[str, Any], made: dict[str, dict[str, Any]]) -> list[str]:
    """A sentence where captions tell what nobody has listened for: the script, laid over a person's recording."""
    laid_over = "hear" in made and made["hear"]["words"] and not made["hear"].get("by")
    if not laid_over or not inputs["captions"]["enabled"]:
        return []
    return ["The captions show the script, which your recording is taken to say: no model has listened to it."]


def _lines(made: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Where each voice is in the film, so that it can be listened for there."""
    own = made["mix"].get("voice_over")
    recording = [{"scene": "", "blob": own, "start": 0.0}] if own else []
    return recording + [
        {"scene": name.removeprefix("voice-"), "blob": made[name]["blob"], "start": start}
        for name, start in made["mix"]["starts"].items()
    ]


def _take(bench: Bench, made: dict[str, Any] | None, wanted: dict[str, Any]) -> Take:
    """A clip as the cut takes it."""
    if made is None:
        return Take(path="", frames=wanted["frames"], transition=wanted["transition"])
    return Take(
        path=bench.local(made["blob"]),
        frames=wanted["frames"],
        transition=wanted["transition"],
        raw=bench.local(made["raw"]) if "raw" in made else None,
        fit=wanted.get("fit", "crop"),
        even=made.get("model", OWN_RENDERER) != OWN_RENDERER,
        **lettering(made, wanted),
    )


def lettering(made: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """What is set over a clip: nothing over those of our own renderer that has drawn its titles already."""
    if made.get("model", OWN_RENDERER) == OWN_RENDERER and not made.get("bare"):
        return {}
    return {name: wanted[name] for name in ("title", "kicker", "called") if name in wanted}


def _cache(bench: Bench) -> str:
    """Where finished parts are kept."""
    return str(bench.studio.storage.scratch("segments"))


def _limit(cut_list: CutList) -> float:
    frames = sum(take.frames for take in cut_list.takes)
    return LIMIT + frames * FrameSize(cut_list.width, cut_list.height).times_720p
