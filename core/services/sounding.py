"""The steps that make what is heard beside the voice: the person's own sound, effects, and the mix of all of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core import facts
from core.domain.catalogue import ModelCard
from core.domain.errors import BadMedia
from core.domain.orders import Product, SoundOrder
from core.isolation import TURN
from core.services.bench import Bench, Made

GUIDE = "mara"
"""Who reads a line along with a voice that tells no times."""
APART = 0.12
"""Seconds between a line that runs over its scene and the next one."""
SLACK = 0.02
"""Seconds that a line may be longer than its room without a word about it."""
EFFECT_MODEL_SECONDS = 22.0
"""Longest effect that is asked for; what models of sound make at the most."""


def guide(bench: Bench, text: str, voice: str) -> dict[str, Any] | None:
    """The line as this machine says it, with the time of each word: by it the words of another voice are found."""
    own = voice if voice in {row["id"] for row in facts.voices()} else GUIDE
    path = bench.scratch / "guide.wav"
    arguments = {"text": text, "voice": own, "rate": 1.0, "seconds": None, "out": str(path)}
    said = bench.apart("core.providers.local.voice:speak", arguments, seconds=60, share=0.3)
    return {"path": str(path), "words": said["words"]} if said["words"] else None


def own_music(bench: Bench) -> Made:
    """The person's own piece, as long as the film."""
    inputs, out = bench.claim.inputs, bench.scratch / "music.wav"
    arguments = {"path": bench.local(inputs["blob"]), "out": str(out), "seconds": inputs["seconds"]}
    made = bench.apart("core.media.bed:fit_bed", arguments, seconds=300)
    blob = bench.put(out)
    return Made(result={**made, "blob": blob}, blobs=[blob])


def effect(bench: Bench) -> Made:
    """What is heard with a scene, synthesised here; what this machine has no sound for is told, not replaced."""
    inputs = bench.claim.inputs
    wanted = {name: inputs[name] for name in ("text", "seconds", "tail", "seed")}
    made = bench.apart("core.providers.local.effects:make", {**wanted, "folder": str(bench.scratch)}, seconds=120)
    sounds = [{**sound, "blob": bench.put(Path(sound.pop("path")))} for sound in made["sounds"]]
    return Made(result={"sounds": sounds, "missing": made["missing"]}, blobs=[sound["blob"] for sound in sounds])


def ordered_effect(bench: Bench, card: ModelCard) -> SoundOrder:
    """The words of a scene's sound as a model is asked for them, and the clip where it looks at one."""
    inputs = bench.claim.inputs
    least, most = (card.seconds[0], card.seconds[-1]) if card.seconds else (0.0, EFFECT_MODEL_SECONDS)
    seconds = min(max(inputs["seconds"], least), most)
    clips = [bench.local(made["blob"]) for made in bench.needed().values()] if bench.claim.needs else []
    clip = Path(clips[0]) if clips else None
    return SoundOrder(model=card.name, what="effect", prompt=inputs["text"], seconds=seconds, clip=clip)


def received_effect(bench: Bench, product: Product, _: str) -> Made:
    """A vendor's effect: one sound, heard from the beginning of its scene."""
    if product.path is None:
        raise BadMedia("The vendor answered without a file.")
    out = bench.scratch / "effect.wav"
    made = bench.apart("core.media.bed:fit_effect", {"path": str(product.path), "out": str(out)}, seconds=120)
    blob = bench.put(out)
    sound = {"blob": blob, "kind": "effect", "start": 0.0, "seconds": made["seconds"], "gain_db": 0.0}
    return Made(result={"sounds": [sound], "missing": []}, blobs=[blob])


def missing_effects(text: str) -> tuple[str, ...]:
    """The parts of a scene's sound that this machine has no effect for."""
    from core.providers.local import effects  # noqa: PLC0415  its scipy costs every start half a second

    return effects.missing(text)


def effect_names() -> tuple[str, ...]:
    """What this machine has effects of."""
    from core.providers.local import effects  # noqa: PLC0415

    return effects.kinds()


def mix(bench: Bench) -> Made:
    """Voice over music and effects, at the loudness of the platforms."""
    inputs, made = bench.claim.inputs, bench.needed()
    starts = {**line_times(inputs["starts"], made, inputs["seconds"]), **inputs.get("played", {})}
    lines = [
        {"path": bench.local(made[name]["blob"]), "start": start, "gain_db": inputs["voice_gain_db"]}
        for name, start in starts.items()
    ]
    own = inputs.get("voice_over")
    arguments = {
        "lines": lines,
        "music": bench.local(made["music"]["blob"]) if "music" in made else None,
        "music_gain_db": inputs["music_gain_db"],
        "effects": _effects(bench, made),
        "voice_over": {"path": bench.local(own), "gain_db": inputs["voice_gain_db"]} if own else None,
        "seconds": inputs["seconds"],
        "out": str(bench.scratch / "mix.m4a"),
    }
    found = bench.apart("core.media.sound:mix", arguments, seconds=300 + TURN)
    blob = bench.put(bench.scratch / "mix.m4a")
    silent, cut_off = found.pop("silent"), found.pop("cut_off")
    notes = [*_silences(bench, made, own, silent), *_told(overruns(inputs, made)), *_missing(inputs, made)]
    ends = max((start + made[name]["seconds"] for name, start in starts.items()), default=0.0)
    if ends > inputs["seconds"] + SLACK:
        notes.append(
            f"All lines together are {ends - inputs['seconds']:.1f} s longer than the film: the last is cut off."
        )
    if own and cut_off:
        notes.append(
            f"Your recording is longer than the film: what it says after {inputs['seconds']:g} s is not heard."
        )
    told = {"starts": starts, "notes": notes, "overruns": overruns(inputs, made), "voice_over": own}
    return Made(result={**found, "blob": blob, **told}, blobs=[blob])


def line_times(starts: Mapping[str, float], made: Mapping[str, dict[str, Any]], seconds: float) -> dict[str, float]:
    """When each spoken line begins in a film of `seconds`: where one runs over, its neighbours make room.

    A line that runs over makes the next one wait; one that would pass the end of the film begins
    earlier, and so does what is before it, as far as there is silence to take.
    """
    order = [n for n, _ in sorted(starts.items(), key=lambda item: item[1]) if made[n]["words"]]
    lasts = {name: float(made[name]["seconds"]) for name in order}
    out = _after_each_other(order, starts, lasts)
    latest = seconds
    for name in reversed(order):
        out[name] = max(0.0, min(out[name], latest - lasts[name]))
        latest = out[name] - APART
    return _after_each_other(order, out, lasts)


def _after_each_other(order: list[str], starts: Mapping[str, float], lasts: Mapping[str, float]) -> dict[str, float]:
    """The same starts, each late enough for the line before it to have ended."""
    out: dict[str, float] = {}
    free = 0.0
    for name in order:
        out[name] = round(max(starts[name], free), 3)
        free = out[name] + lasts[name] + APART
    return out


def _effects(bench: Bench, made: Mapping[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Every effect at its time. What is as long as its scene gives way to what follows; what was struck rings on."""
    found = []
    for name, scene in bench.claim.inputs.get("effects", {}).items():
        for sound in made[name]["sounds"]:
            lasts = sound["seconds"] >= scene["seconds"] - 0.1
            found.append(
                {
                    "path": bench.local(sound["blob"]),
                    "start": round(scene["start"] + sound["start"], 3),
                    "gain_db": sound["gain_db"],
                    "seconds": scene["seconds"] - sound["start"] + scene["out"] if lasts else None,
                    "into": scene["into"],
                    "out": scene["out"],
                }
            )
    return found


def _silences(bench: Bench, made: Mapping[str, dict[str, Any]], own: str | None, silent: list[str]) -> list[str]:
    """A sentence for each sound that was to be heard and has nothing in it."""
    if not silent:
        return []
    names = {bench.local(found["blob"]): name for name, found in made.items() if "blob" in found}
    if own:
        names[bench.local(own)] = "voice_over"
    words = {"music": "The music is silent.", "voice_over": "Your recording is silent."}
    return [words.get(names.get(path, ""), "A line or an effect came out silent.") for path in dict.fromkeys(silent)]


def overruns(inputs: Mapping[str, Any], made: Mapping[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Each line that is longer than the room in its scene: the scene's id and number, and the seconds it needs."""
    found = []
    for name, room in inputs.get("rooms", {}).items():
        over = made[name]["seconds"] - room["seconds"]
        if over > SLACK:
            needs = math.ceil(10 * (room["whole"] + over)) / 10
            found.append({"id": name.partition("-")[2], "scene": room["scene"], "over": over, "seconds": needs})
    return found


def _told(found: list[dict[str, Any]]) -> list[str]:
    """A sentence for each of them."""
    return [
        f"Scene {one['scene']}: its line is {one['over']:.1f} s too long for it even 15 % faster, so it is heard "
        f"beyond its scene. Make the scene {one['seconds']:.1f} s long, or shorten the line."
        for one in found
    ]


def _missing(inputs: Mapping[str, Any], made: Mapping[str, dict[str, Any]]) -> list[str]:
    """A sentence for each effect that was asked for and could not be made."""
    return [
        f"Scene {scene['scene']}: this machine has no sound for “{words}”."
        for name, scene in inputs.get("effects", {}).items()
        for words in made[name]["missing"]
    ]
