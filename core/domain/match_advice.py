"""What to change about a plan so that its film comes nearer to the sample: edits that a button carries out.

Each is worked out from the film that was measured and the plan that it was made from, with targets rather than
steps, so that carrying one out twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from core.domain.analysis import CameraMotion, Figure
from core.domain.apply import apply
from core.domain.edits import (
    ChangeCaptions,
    ChangeMusic,
    ChangeVoice,
    MergeScenes,
    PlanEdit,
    Recolour,
    RewriteScene,
    SetDuration,
    SetTransition,
    SplitScene,
)
from core.domain.errors import ImpossibleEdit
from core.domain.match import Aspect, Match, SceneScore, Stretch
from core.domain.match_scores import BARE, NEAR, SILENT, TEMPO_SURE, size_of
from core.domain.plan import MUSIC_BPM, Camera, Plan, Scene, ShotSize, Transition
from core.domain.shades import colourfulness, mean

MOST = 8
"""Suggestions at once; a longer list is not read."""
MOST_SCENES = 3
"""Scenes that one aspect has suggestions for."""
SIZES: tuple[ShotSize, ...] = ("extreme_wide", "wide", "medium", "close_up", "extreme_close_up")
CAMERAS: dict[CameraMotion, Camera] = {
    "static": "static",
    "pan_left": "pan_left",
    "pan_right": "pan_right",
    "tilt_up": "tilt_up",
    "tilt_down": "tilt_down",
    "push_in": "push_in",
    "pull_out": "pull_out",
    "handheld": "handheld",
}
SEEN: dict[CameraMotion, str] = {
    "static": "its camera stands, what it shows does not",
    "pan_left": "its camera pans to the left",
    "pan_right": "its camera pans to the right",
    "tilt_up": "its camera tilts up",
    "tilt_down": "its camera tilts down",
    "push_in": "its camera pushes in",
    "pull_out": "its camera pulls out",
    "handheld": "its camera is held by hand",
}
MOVES: dict[Camera, str] = {
    "static": "stand still",
    "push_in": "push in",
    "pull_out": "pull out",
    "pan_left": "pan to the left",
    "pan_right": "pan to the right",
    "tilt_up": "tilt up",
    "tilt_down": "tilt down",
    "orbit": "go around",
    "handheld": "be held by hand",
}
SIZES_OF_TYPE = ("s", "m", "l")


class Suggestion(Figure):
    """One change, why it brings the film nearer, and the edit that makes it."""

    aspect: Aspect
    scene: str | None = None
    title: str
    why: str
    worth: int
    """Points of the whole score that its aspect has to win."""
    edit: PlanEdit


@dataclass(frozen=True, kw_only=True)
class Compared:
    """What suggestions are made from."""

    match: Match
    sample: Stretch
    film: Stretch
    plan: Plan
    """That the film was made from."""

    def worst(self, aspect: Aspect) -> list[tuple[SceneScore, Scene, Stretch, Stretch]]:
        """The scenes in which an aspect is farthest off, the farthest first, with both stretches."""
        known = {scene.id: scene for scene in self.plan.scenes}
        ranked = sorted(
            (s for s in self.match.scenes if s.id in known and s.parts.get(aspect, 100) < NEAR),
            key=lambda s: s.parts[aspect],
        )
        return [(s, known[s.id], self._at(self.sample, s.sample), self._at(self.film, s.film)) for s in ranked]

    @staticmethod
    def _at(whole: Stretch, span: object) -> Stretch:
        start, end = span.start, span.end  # type: ignore[attr-defined]
        return Stretch(analysis=whole.analysis, reading=whole.reading, start=start, end=end)


Draft = tuple[str | None, str, str, PlanEdit]
"""Scene, title, reason and edit."""


def advise(compared: Compared) -> tuple[Suggestion, ...]:
    """At most MOST suggestions, what has most to win first; each of them changes the plan."""
    found: list[Suggestion] = []
    for aspect in sorted(compared.match.aspects, key=lambda a: (a.score or 0) * a.weight - 100 * a.weight):
        if aspect.score is None or aspect.score >= NEAR:
            continue
        worth = max(1, round(aspect.weight * (100 - aspect.score)))
        for scene, title, why, edit in ADVISERS[aspect.aspect](compared):
            if changes(compared.plan, edit):
                found.append(
                    Suggestion(aspect=aspect.aspect, scene=scene, title=title, why=why, worth=worth, edit=edit)
                )
    return tuple(found[:MOST])


def changes(plan: Plan, edit: PlanEdit) -> bool:
    """Whether the edit can be carried out on this plan and makes a difference."""
    try:
        return apply(plan, edit) != plan
    except ImpossibleEdit:
        return False


def is_open(suggestion: Suggestion, film_plan: Plan, newest: Plan) -> bool:
    """Whether a suggestion still makes sense for a plan that has gone on since the film was made.

    What changes the number of scenes, or a scene that was changed since, was worked out for another film.
    """
    if isinstance(suggestion.edit, SplitScene | MergeScenes | SetDuration) and newest.scenes != film_plan.scenes:
        same = {s.id: s.seconds for s in newest.scenes} == {s.id: s.seconds for s in film_plan.scenes}
        if not same:
            return False
    return changes(newest, suggestion.edit)


def _rhythm(compared: Compared) -> Iterator[Draft]:
    plan, sample, film = compared.plan, compared.sample, compared.film
    yield from _joins(plan, sample)
    pace = [len(s.lengths) / s.seconds for s in (sample, film)]
    if pace[1] < pace[0] * 0.87:
        ranked = sorted(
            compared.worst("rhythm"), key=lambda w: len(w[3].lengths) - w[3].seconds * len(w[2].lengths) / w[2].seconds
        )
        for score, scene, there, here in ranked[:MOST_SCENES]:
            if len(there.lengths) > len(here.lengths):
                why = f"The sample has {_shots(there)} where this scene has {_shots(here)}."
                yield scene.id, f"Cut scene {score.number} in two", why, SplitScene(scene=scene.id)
    elif pace[1] > pace[0] * 1.15:
        pairs = list(zip(plan.scenes, plan.scenes[1:], strict=False))
        for first, second in sorted(pairs, key=lambda p: p[0].seconds + p[1].seconds)[:2]:
            place = plan.scenes.index(first) + 1
            why = f"The sample holds its shots longer: {sample.seconds / len(sample.lengths):.1f} s each."
            edit = MergeScenes(first=first.id, second=second.id)
            yield first.id, f"Join scenes {place} and {place + 1}", why, edit


def _shots(stretch: Stretch) -> str:
    count = len(stretch.lengths)
    return "one shot" if count == 1 else f"{count} shots"


def _joins(plan: Plan, sample: Stretch) -> Iterator[Draft]:
    """The way from scene to scene that the sample has most."""
    kinds = [shot.opens_with for shot in sample.joins]
    ours = [scene.transition for scene in plan.scenes[:-1]]
    if not kinds or not ours:
        return
    cuts = kinds.count("cut") / len(kinds)
    if cuts >= 0.7 and ours.count("cut") / len(ours) < 0.7:
        yield (
            None,
            "Cut hard between all scenes",
            f"{cuts:.0%} of the sample's joins are hard cuts.",
            SetTransition(transition="cut"),
        )
    elif cuts < 0.4 and ours.count("cut") / len(ours) > 0.6:
        blend: Transition = "dip" if kinds.count("fade") > kinds.count("dissolve") else "dissolve"
        why = f"Only {cuts:.0%} of the sample's joins are hard cuts."
        title = "Fade between all scenes" if blend == "dip" else "Dissolve between all scenes"
        yield None, title, why, SetTransition(transition=blend)


def _framing(compared: Compared) -> Iterator[Draft]:
    for score, scene, there, here in compared.worst("framing")[:MOST_SCENES]:
        near = [sum(s.closeness(4)) / 4 for s in (there, here)]
        at = SIZES.index(scene.shot_size)
        step = 1 if near[0] > near[1] else -1
        wanted = SIZES[min(len(SIZES) - 1, max(0, at + step))]
        title = f"Frame scene {score.number} {'closer' if step > 0 else 'wider'}: {wanted.replace('_', ' ')}"
        why = f"By its detail the sample is {size_of(near[0])} here, the film {size_of(near[1])}."
        yield scene.id, title, why, RewriteScene(scene=scene.id, shot_size=wanted)


def _palette(compared: Compared) -> Iterator[Draft]:
    sample, film, grade = compared.sample, compared.film, compared.plan.grade
    ranked = sorted(sample.analysis.palette, key=lambda colour: -colour.share)
    codes = tuple(dict.fromkeys(colour.hex for colour in ranked))[:5]
    if codes and codes != grade.palette:
        yield (
            None,
            "Use the sample's colours",
            "The film's palette is then that of the sample.",
            Recolour(palette=codes, match=max(0.6, grade.match), absolute=True),
        )
    elif grade.match < 0.9:
        yield (
            None,
            "Grade the takes further towards the palette",
            "They keep colours of their own.",
            Recolour(match=min(1.0, round(grade.match + 0.4, 2)), absolute=True),
        )
    more = colourfulness(sample.palette) - colourfulness(film.palette)
    if abs(more) > 6:
        wanted = round(min(1.0, max(-1.0, grade.saturation + more / 40)), 2)
        title = "Make the film more colourful" if more > 0 else "Make the film greyer"
        yield None, title, "Its colours are then as strong as the sample's.", Recolour(saturation=wanted, absolute=True)
    warmer = mean(sample.palette)[2] - mean(film.palette)[2]
    if abs(warmer) > 6:
        wanted = round(min(1.0, max(-1.0, grade.warmth + warmer / 30)), 2)
        title = "Make the film warmer" if warmer > 0 else "Make the film cooler"
        yield None, title, "Its light is then as warm as the sample's.", Recolour(warmth=wanted, absolute=True)


def _brightness(compared: Compared) -> Iterator[Draft]:
    levels = [sum(s.levels(s.analysis.brightness, 16)) / 16 for s in (compared.sample, compared.film)]
    lighter = levels[0] - levels[1]
    if abs(lighter) > 0.03:
        wanted = round(min(1.0, max(-1.0, compared.plan.grade.brightness + 3 * lighter)), 2)
        title = "Brighten the film" if lighter > 0 else "Darken the film"
        why = f"The sample's pictures are {levels[0]:.0%} bright on average, the film's {levels[1]:.0%}."
        yield None, title, why, Recolour(brightness=wanted, absolute=True)


def _motion(compared: Compared) -> Iterator[Draft]:
    for score, scene, there, here in compared.worst("motion")[:MOST_SCENES]:
        moves = [sum(s.levels(s.analysis.motion, 4)) / 4 for s in (there, here)]
        longest = max(there.shots, key=lambda s: s[2], default=None)
        seen = longest[0].camera if longest else "static"
        if moves[0] > moves[1]:
            camera: Camera = CAMERAS[seen] if seen != "static" else "handheld"
            why = f"The sample moves more here: {SEEN[seen]}."
        else:
            camera, why = "static", "The sample is calmer here."
        title = f"Scene {score.number}: let the camera {MOVES[camera]}"
        yield scene.id, title, why, RewriteScene(scene=scene.id, camera=camera)


def _loudness(compared: Compared) -> Iterator[Draft]:
    sample, film, plan = compared.sample.analysis, compared.film.analysis, compared.plan
    if sample.loudness_lufs is None:
        if plan.music.enabled:
            yield None, "Leave the music out", "The sample is silent.", ChangeMusic(enabled=False)
        return
    if not plan.music.enabled and (sample.speech_share or 0) < 0.9:
        yield None, "Put music under it", "The sample is heard between its words, too.", ChangeMusic(enabled=True)
    elif sample.tempo_bpm and sample.tempo_confidence >= TEMPO_SURE:
        bpm = sample.tempo_bpm
        bpm = bpm / 2 if bpm > MUSIC_BPM[1] else bpm * 2 if bpm < MUSIC_BPM[0] else bpm
        if abs(bpm / plan.music.bpm - 1) > 0.04:
            why = f"The sample has {sample.tempo_bpm:.0f} beats a minute, the music {plan.music.bpm:.0f}."
            yield None, f"Music at {bpm:.0f} beats a minute", why, ChangeMusic(bpm=round(bpm, 1))
    if film.loudness_lufs is None:
        yield None, "Let the voice be heard", "The film is silent, the sample is not.", ChangeVoice(enabled=True)


def _words(compared: Compared) -> Iterator[Draft]:
    plan = compared.plan
    wanted, said = compared.sample.words_a_minute, compared.film.words_a_minute
    has_lines = any(scene.narration for scene in plan.scenes)
    if wanted >= SILENT and not plan.voice.enabled and has_lines:
        yield None, "Let the voice speak", "The sample is spoken, the film is not.", ChangeVoice(enabled=True)
    elif wanted < SILENT and plan.voice.enabled and has_lines:
        yield None, "Leave the voice out", "Nobody speaks in the sample.", ChangeVoice(enabled=False)
    elif wanted < said:
        for score, scene, there, _here in compared.worst("words")[:MOST_SCENES]:
            if scene.narration and there.words_a_minute < SILENT:
                title = f"Leave the line of scene {score.number} out"
                yield scene.id, title, "Nobody speaks there in the sample.", RewriteScene(scene=scene.id, narration="")
    else:
        for score, scene, _there, _here in compared.worst("words")[:MOST_SCENES]:
            tight = round(max(1.0, scene.needs_seconds + 0.2), 1)
            if scene.narration and tight < scene.seconds * 0.85:
                title = f"Shorten scene {score.number} to {tight:g} s, around its line"
                why = "The sample leaves less silence between its words."
                yield scene.id, title, why, SetDuration(scene=scene.id, seconds=tight)


def _captions(compared: Compared) -> Iterator[Draft]:
    plan = compared.plan.captions
    (wanted, area), (shown, film_area) = compared.sample.written, compared.film.written
    if wanted >= 0.3 > shown and not plan.enabled:
        why = f"Something is written on the sample for {wanted:.0%} of its time."
        yield None, "Show captions", why, ChangeCaptions(enabled=True)
    elif wanted < BARE and shown > 0.2 and plan.enabled:
        yield None, "Leave the captions out", "Nothing is written on the sample.", ChangeCaptions(enabled=False)
    elif min(wanted, shown) >= BARE and plan.enabled and not 0.6 < area / film_area < 1.6:
        at = SIZES_OF_TYPE.index(plan.size) + (1 if area > film_area else -1)
        if 0 <= at < len(SIZES_OF_TYPE):
            title = "Larger captions" if area > film_area else "Smaller captions"
            why = f"Its words take {area:.0%} of the picture, the film's {film_area:.0%}."
            yield None, title, why, ChangeCaptions(size=SIZES_OF_TYPE[at])


ADVISERS: dict[Aspect, Callable[[Compared], Iterator[Draft]]] = {
    "rhythm": _rhythm,
    "framing": _framing,
    "palette": _palette,
    "brightness": _brightness,
    "motion": _motion,
    "loudness": _loudness,
    "words": _words,
    "captions": _captions,
}
