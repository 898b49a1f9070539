"""Puts a measured sample, its description and a plan into words for a model: short, complete, numbered from 1."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from core.domain.analysis import Curve, SampleAnalysis, Shot
from core.domain.described import DescribedAnalysis
from core.domain.plan import Plan, Scene
from core.domain.shoot import Word

MOST_SHOTS = 40
"""That are told one by one; the rest of a sample of more is summed up."""
CURVE_POINTS = 12
"""Of a curve: enough to see where it rises."""
LINE_WORDS = 10
"""Words of a transcript to a line."""


def measured(analysis: SampleAnalysis) -> str:
    """What was measured of the sample."""
    shots = analysis.shots
    lines = [
        (
            f"Length {analysis.duration:.1f} s, {analysis.width}×{analysis.height}, {len(shots)} shots, "
            f"{analysis.mean_shot_seconds:.1f} s each on average."
        ),
        f"Main colours: {_colours(analysis.palette)}.",
        f"Brightness over time (0 to 1): {_curve(analysis.brightness)}.",
        f"Motion over time (0 to 1): {_curve(analysis.motion)}.",
        *([f"Saturation over time (0 to 1): {_curve(analysis.saturation)}."] if analysis.saturation else []),
        _sound(analysis),
        *(f"Shot {number}: {_shot(shot)}" for number, shot in enumerate(shots[:MOST_SHOTS], start=1)),
    ]
    if len(shots) > MOST_SHOTS:
        lines.append(f"… and {len(shots) - MOST_SHOTS} more shots until {shots[-1].end:.1f} s.")
    return "\n".join(lines)


def readable(analysis: SampleAnalysis) -> str:
    """The words that stand in the key frames: material, for the sample's makers wrote them."""
    lines = [
        f"Shot {number}: {' / '.join(one.text for one in shot.writing)}"
        for number, shot in enumerate(analysis.shots[:MOST_SHOTS], start=1)
        if shot.writing
    ]
    return "\n".join(" ".join(line.split()) for line in lines)


def _shot(shot: Shot) -> str:
    """One shot in figures."""
    faces = f", {len(shot.faces)} {'face' if len(shot.faces) == 1 else 'faces'}" if shot.faces else ""
    size = f", {shot.size.replace('_', ' ')}" if shot.size else ""
    return (
        f"{shot.start:.2f}–{shot.end:.2f} s ({shot.seconds:.2f} s), opens with a {shot.opens_with}, camera "
        f"{shot.camera.replace('_', ' ')}, motion {shot.motion:.2f}, brightness {shot.brightness:.2f}, "
        f"colours {_colours(shot.palette[:3]) or 'not measured'}{size}{faces}"
    )


def _colours(palette: Sequence[object]) -> str:
    return ", ".join(f"{c.hex} {c.share:.0%}" for c in palette)  # type: ignore[attr-defined]


def _curve(curve: Curve) -> str:
    """A curve by the means of equal parts of it."""
    values = curve.values
    parts = min(CURVE_POINTS, len(values))
    edges = [round(i * len(values) / parts) for i in range(parts + 1)] if parts else []
    means = [sum(values[a:b]) / (b - a) for a, b in itertools.pairwise(edges)]
    return " ".join(f"{m:.2f}" for m in means) or "not measured"


def _sound(analysis: SampleAnalysis) -> str:
    """The sound in a sentence."""
    if not analysis.has_audio:
        return "No sound."
    parts = []
    if analysis.loudness_lufs is not None:
        parts.append(f"{analysis.loudness_lufs:.1f} LUFS")
    if analysis.tempo_bpm is not None:
        parts.append(f"about {analysis.tempo_bpm:.0f} beats a minute (sure to {analysis.tempo_confidence:.0%})")
    if analysis.music is not None:
        share = sum(span.end - span.start for span in analysis.music) / analysis.duration
        parts.append(f"music for {min(1.0, share):.0%} of the time")
    if analysis.speech_share is not None:
        parts.append(f"somebody speaks for {analysis.speech_share:.0%} of the time")
    return f"Sound: {', '.join(parts) or 'not measured'}."


def spoken(words: Sequence[Word]) -> str:
    """The transcript, a few words to a line, each with the time of its first word."""
    lines = [words[i : i + LINE_WORDS] for i in range(0, len(words), LINE_WORDS)]
    return "\n".join(f"[{line[0].start:.1f} s] {' '.join(w.text.strip() for w in line)}" for line in lines)


def described(found: DescribedAnalysis) -> str:
    """What a model said of the sample."""
    facts = {
        "Summary": found.summary,
        "Setting": found.setting,
        "Subject": found.subject,
        "Action": found.action,
        "Light": found.lighting,
        "Style": found.style,
        "Genre": found.genre,
        "Mood": found.mood,
        "Hook": found.hook,
        "Call to action": found.call_to_action or "none",
        "Keep": "; ".join(found.keep),
        "Vary": "; ".join(found.vary),
    }
    lines = [f"{name}: {what}" for name, what in facts.items() if what]
    lines += [f"Beat at {beat.at:.1f} s: {beat.what}" for beat in found.beats]
    lines += [f"Shot {shot.number} shows: {shot.seen}" for shot in found.shots[:MOST_SHOTS]]
    return "\n".join(lines)


def planned(plan: Plan) -> str:
    """The plan, scene by scene; scenes are told by number, never by id."""
    look, voice, music, captions, brand = plan.grade, plan.voice, plan.music, plan.captions, plan.brand
    lines = [
        f"Title: {plan.title}",
        (
            f"{plan.seconds:g} s, {plan.aspect}, {plan.resolution}, category {plan.category}, tone {plan.tone}, "
            f"type {plan.style}, platform {plan.platform}, written by {plan.writer}"
        ),
        (
            f"Grade: warmth {look.warmth:g}, saturation {look.saturation:g}, brightness {look.brightness:g}, contrast "
            f"{look.contrast:g}, match {look.match:g}, palette {', '.join(look.palette) or 'that of the sample'}"
        ),
        (
            f"Voice: {_on(voice.enabled)}, {voice.name}, rate {voice.rate:g}, {voice.gain_db:+g} dB"
            f"{', a recording of the person' if voice.own else ''}"
        ),
        (
            f"Music: {_on(music.enabled)}, {music.mood}, {music.bpm:g} bpm, {music.gain_db:+g} dB"
            f"{', a piece of the person' if music.own else ''}"
        ),
        (
            f"Captions: {_on(captions.enabled)}, {captions.style}, size {captions.size}, {captions.place}, colour "
            f"{captions.colour or 'auto'}, "
            f"{'in the picture' if captions.burn else 'only beside the film'}"
        ),
        f"Made by: {', '.join(f'{work} {model}' for work, model in plan.crew.model_dump().items())}",
        (
            f"Character kept: {'yes' if plan.character else 'no'}. Logo: {brand.corner if brand.logo else 'none'}. "
            f"End card: {brand.end_card or 'none'}. AI label: {_on(brand.label)}."
        ),
        *(_scene(number, scene) for number, scene in enumerate(plan.scenes, start=1)),
    ]
    if plan.notes:
        lines.append(f"What would make it better: {' '.join(plan.notes)}")
    return "\n".join(lines)


def _scene(number: int, scene: Scene) -> str:
    """One scene of a plan."""
    source = {
        "drawn": "drawn",
        "image": "from an image of the person",
        "key_frame": "from the sample's frame",
        "performance": f"the character plays a recording of {scene.most_seconds:g} s",
    }
    return (
        f"Scene {number} ({scene.role}, {scene.seconds:g} s; its line needs {scene.needs_seconds:g} s): shows "
        f"“{scene.visual}” [{scene.shot_size}, camera {scene.camera}, angle {scene.angle}, motif {scene.motif}, "
        f"picture {source[scene.source.kind]}, fit {scene.fit}, model {scene.model}]; says “{scene.narration}”; "
        f"title “{scene.title}”; small line “{scene.kicker}”; sound “{scene.sound}”; then {scene.transition}"
    )


def _on(is_on: bool) -> str:  # noqa: FBT001
    return "on" if is_on else "off"
