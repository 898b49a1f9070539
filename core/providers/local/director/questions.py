"""Questions about the plan at hand, answered from it."""

from __future__ import annotations

import re
from collections.abc import Callable

from core.domain.apply_lengths import spoken
from core.domain.plan import Plan, Scene
from core.providers.local.director.understood import PRICE, Ask

SKILLS = (
    "I can change lengths and pace, the order of scenes, what a scene shows, says and reads, camera and framing, "
    "transitions, colours, tone and type, voice, music, captions, shape and models; add, remove, split, merge, copy and "
    "redo scenes; undo and redo changes."
)
APPROVE = "I never approve anything and never spend money: only the Approve button does that. Press Approve when you are happy with the plan."
IS_QUESTION = re.compile(
    r"^(?:what|how|which|who|when|where|why|is|are|does|do|did|will|has|have|tell me|list|summar\w+|help\b|describe)\b|\?\s*$"
)
IS_WISH = re.compile(
    r"^(?:how about|what about|what if|have (?:scene|the)|is (?:it|there) (?:possible|a way)|why (?:not|don't))\b"
)


def question(ask: Ask) -> str | None:
    """The answer; None when the clause is no question or none that the plan can answer."""
    if not IS_QUESTION.search(ask.low) or IS_WISH.match(ask.low):
        return None
    if ask.scenes:
        told = [_of_scene(ask.low, ask.plan, i) for i in ask.scenes]
        if all(told):
            return " ".join(t for t in told if t)
    return next((answer(ask.plan) for pattern, answer in OF_FILM if re.search(pattern, ask.low)), None)


def _of_scene(low: str, plan: Plan, scene_id: str) -> str | None:
    """What is asked of one scene."""
    place = next((n for n, s in enumerate(plan.scenes, start=1) if s.id == scene_id), None)
    if place is None:
        return f"The film has no scene {scene_id}; it has {len(plan.scenes)}."
    scene = plan.scenes[place - 1]
    for pattern, tell in OF_SCENE:
        if re.search(pattern, low):
            return f"Scene {place} {tell(scene)}."
    if re.search(r"\b(?:cost|price|expensive|pay|charge)\b", low):
        return PRICE
    return None


def _said(scene: Scene) -> str:
    return f"says “{scene.narration}”" if scene.narration else "has no spoken line"


OF_SCENE: tuple[tuple[str, Callable[[Scene], str]], ...] = (
    (r"\bhow long|\blength|\bseconds|\bduration|\blast\b", lambda s: f"lasts {spoken(s.seconds)}; its line needs {spoken(s.needs_seconds)}"),
    (r"\bsay|\bsaid|\bline\b|\bnarration|\bspoken|\bscript|\bwords", _said),
    (r"\btitle|\btext|\bread|\bheadline", lambda s: f"reads “{s.title}”" if s.title else "has no title"),
    (r"\bcamera|\bmove\b|\bshot size|\bframing|\bangle", lambda s: f"is a {s.shot_size.replace('_', ' ')} with the camera on {s.camera.replace('_', ' ')}"),
    (r"\btransition", lambda s: f"passes into the next with a {s.transition}"),
    (r"\bmodel|\bmade with|\brendered", lambda s: f"is made with the model {s.model}"),
    (r"\bshow|\bsee|\bseen|\bpicture|\bhappen|\bvisual|\blook|\bdescribe|\bwhat is\b|\bwhat's\b|\babout\b|\bin\b", lambda s: f"shows: {s.visual.rstrip('.')}"),
)  # fmt: skip


def _scenes(plan: Plan) -> str:
    rows = [
        f"{n}. {s.role}, {spoken(s.seconds)}: {s.narration or s.title or s.visual}"
        for n, s in enumerate(plan.scenes, start=1)
    ]
    return "\n".join([f"The film has {len(plan.scenes)} scenes, {spoken(plan.seconds)} in all:", *rows])


def _voice(plan: Plan) -> str:
    voice = plan.voice
    return (
        f"The voice is {voice.name.capitalize()}, at {voice.rate:g} times its usual speed."
        if voice.enabled
        else "The voice is off."
    )


def _music(plan: Plan) -> str:
    music = plan.music
    return f"The music is {music.mood}, {music.bpm:g} beats a minute." if music.enabled else "The music is off."


def _captions(plan: Plan) -> str:
    captions = plan.captions
    size = {"s": "small", "m": "medium", "l": "large"}[captions.size]
    return (
        f"The captions are on: {captions.style}, {size}, at the {captions.place}."
        if captions.enabled
        else "The captions are off."
    )


def _better(plan: Plan) -> str:
    return " ".join(plan.notes) or "The brief gives what the plan needs; tell me what you would like to change."


OF_FILM: tuple[tuple[str, Callable[[Plan], str]], ...] = (
    (r"\b(?:cost|price|expensive|pay|charge|budget|how much)\b", lambda _: PRICE),
    (r"\bapprove", lambda _: APPROVE),
    (r"\b(?:what can (?:you|i)|help|how does this work|what do you (?:do|understand)|your (?:skills|commands))\b", lambda _: SKILLS),
    (r"\bhow many (?:scenes|shots)|\bnumber of scenes|\blist\b|\bsummar|\boverview|\bwhat (?:are|is) the (?:scenes|plan)|\bscenes are", _scenes),
    (r"\bcaptions?\b|\bsubtitles?\b", _captions),
    (r"\bmusic\b|\btempo\b|\bbpm\b|\bsoundtrack\b", _music),
    (r"\bvoice\b|\bnarrator\b|\bwho (?:speaks|talks|is speaking)", _voice),
    (r"\bhow long|\blength\b|\bduration|\bhow many seconds|\btotal time", lambda p: f"The film lasts {spoken(p.seconds)}: {len(p.scenes)} scenes."),
    (r"\b(?:aspect|format|shape|resolution|vertical|square|landscape|size)\b", lambda p: f"The film is {p.aspect} in {p.resolution}, {p.size.width}×{p.size.height} pixels."),
    (r"\bcolou?rs?\b|\bpalette", lambda p: f"The palette is {', '.join(p.grade.palette) or 'that of the sample'}."),
    (r"\btone\b|\bmood\b|\bstyle\b", lambda p: f"The tone is {p.tone}, the type {p.style}."),
    (r"\bwho (?:wrote|made|are you)|\bare you (?:an? )?(?:ai|human|robot|bot)|\bis this ai|\bwhich (?:ai|model)", lambda p: f"The plan is by: {p.writer}. I am the offline director: rules, no AI model."),
    (r"\b(?:better|improve|suggest|missing|should i|advice|recommend|think)\b", _better),
    (r"\btitle\b|\bcalled\b|\bname\b", lambda p: f"The film is called “{p.title}”."),
    (r"\b(?:whole script|full script|script|text|say|said)\b", lambda p: " ".join(s.narration for s in p.scenes if s.narration) or "Nothing is said in this film."),
)  # fmt: skip
