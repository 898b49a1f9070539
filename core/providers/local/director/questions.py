"""Questions about the plan at hand, answered from it."""

from __future__ import annotations

import re
from collections.abc import Callable

from core.domain.apply_lengths import spoken
from core.domain.plan import Plan, Scene, words
from core.providers.local.director.understood import PRICE, Ask

SKILLS = (
    "I can change lengths and pace, the order of scenes, what a scene shows, says and reads, camera and framing, "
    "transitions, colours, tone and type, voice, music, sound effects, captions, shape, fit, logo, end card, the AI "
    "label, the character and who makes what; use your images and recordings; add, remove, split, merge, copy and "
    "redo scenes; undo and redo changes."
)
APPROVE = (
    "I never approve anything and never spend money: only the Approve button does that. "
    "Press Approve when you are happy with the plan."
)
IS_QUESTION = re.compile(
    r"^(?:what|how|which|who|when|where|why|is|are|does|do (?:you|i|we|they|the|all|"
    r"scenes(?!.*\b(?:again|over)\b))|did|will|has|tell me|list|"
    r"summar\w+|help|describe)\b|"
    r"\?\s*$"
)
IS_WISH = re.compile(
    r"^(?:how about|what about|what if|have (?:scene|the)|is (?:it|there) (?:possible|a way)|why (?:not|don't)|"
    r"(?:do not|don't))\b"
)


def question(ask: Ask) -> str | None:
    """The answer; None when the clause is no question or none that the plan can answer."""
    if not IS_QUESTION.search(ask.low) or IS_WISH.match(ask.low):
        return None
    if ask.scenes:
        if re.search(r"\btoo (?:long|short|slow|fast|quick)", ask.low):
            return " ".join(_of_scene("how long", ask.plan, i) or "" for i in ask.scenes)
        if re.search(r"^when\b|\bstarts?\b|\bbegins?\b", ask.low):
            return " ".join(_begins(ask.plan, i) for i in ask.scenes)
        told = [_of_scene(ask.low, ask.plan, i) for i in ask.scenes]
        if all(told):
            return " ".join(t for t in told if t)
    if re.search(r"\b(?:which|what|list|tell me)\b.*\bvoices?\b.*\b(?:are|there|available|have|use|choose)\b", ask.low):
        return f"The voices are {', '.join(str(row.get('name', row['id'])) for row in ask.voices) or 'none'}."
    if re.search(r"\b(?:which|what|list)\b.*\bmodels?\b.*\b(?:can|there|available|have|choose)\b", ask.low):
        return f"Scenes can be filmed by {', '.join(ask.models) or 'this machine alone'}."
    return next((answer(ask.plan) for pattern, answer in OF_FILM if re.search(pattern, ask.low)), None)


def _of_scene(low: str, plan: Plan, scene_id: str) -> str | None:
    """What is asked of one scene."""
    place = next((n for n, s in enumerate(plan.scenes, start=1) if s.id == scene_id), None)
    if place is None:
        return f"The film has no scene {scene_id}; it has {len(plan.scenes)}."
    for pattern, tell in OF_SCENE:
        if re.search(pattern, low):
            return f"Scene {place} {tell(plan.scenes[place - 1])}."
    return PRICE if re.search(r"\b(?:cost|price|expensive|pay|charge)\b", low) else None


def _begins(plan: Plan, scene_id: str) -> str:
    """When the scene is seen."""
    found = [(n, t, s) for n, (t, s) in enumerate(zip(plan.starts, plan.scenes, strict=True), 1) if s.id == scene_id]
    if not found:
        return f"The film has no scene {scene_id}; it has {len(plan.scenes)}."
    number, start, scene = found[0]
    return f"Scene {number} runs from {spoken(start)} to {spoken(start + scene.seconds)}."


def _why(scene: Scene) -> str:
    return f"is the {PARTS.get(scene.role, scene.role)}"


def _lasts(scene: Scene) -> str:
    need = f"; its line needs {spoken(scene.needs_seconds)}" if scene.narration else ""
    return f"lasts {spoken(scene.seconds)}{need}"


def _said(scene: Scene) -> str:
    return f"says “{scene.narration}”" if scene.narration else "has no spoken line"


def _read(scene: Scene) -> str:
    return f"reads “{scene.title}”" if scene.title else "has no title"


def _filmed(scene: Scene) -> str:
    return f"is a {scene.shot_size.replace('_', ' ')} with the camera on {scene.camera.replace('_', ' ')}"


def _passes(scene: Scene) -> str:
    return f"passes into the next with a {scene.transition}"


def _made(scene: Scene) -> str:
    return f"is made with the model {scene.model}"


def _seen(scene: Scene) -> str:
    return f"shows: {scene.visual.rstrip('.')}"


def _heard(scene: Scene) -> str:
    return f"has the sound of {scene.sound}" if scene.sound else "has no sound effect"


PARTS = {
    "hook": "hook: it stops people from scrolling on",
    "problem": "problem: it says what is in the way, so that what follows is an answer",
    "reveal": "reveal: it shows what the film is about",
    "feature": "place of one point of the brief",
    "proof": "proof: it gives a figure or a fact",
    "mood": "breath between the points",
    "cta": "call to action: it says what to do next",
}
OF_SCENE: tuple[tuple[str, Callable[[Scene], str]], ...] = (
    (r"\bfits?\b|\benough time\b", _lasts),
    (r"^why\b|\bwhat for\b|\bpurpose\b|\brole\b", _why),
    (r"\bhow long|\blength|\bseconds|\bduration|\blast\b(?! scene)", _lasts),
    (r"\bsay|\bsaid|\bline\b|\bnarration|\bspoken|\bscript|\bwords", _said),
    (r"\btitle|\btext|\bread|\bheadline", _read),
    (r"\bcamera|\bmove\b|\bshot size|\bframing|\bangle", _filmed),
    (r"\btransition", _passes),
    (r"\bsound|\beffect|\bnoise", _heard),
    (r"\bmodel|\bmade with|\brendered", _made),
    (
        r"\bshow|\bsee|\bseen|\bpicture|\bhappen|\bvisual|\blook|\bdescribe|\bwhat is\b|\bwhat's\b|\babout\b|\bin\b",
        _seen,
    ),
)


def _scenes(plan: Plan) -> str:
    rows = [
        f"{n}. {s.role}, {spoken(s.seconds)}: {s.narration or s.title or s.visual}"
        for n, s in enumerate(plan.scenes, start=1)
    ]
    return "\n".join([f"The film has {len(plan.scenes)} scenes, {spoken(plan.seconds)} in all:", *rows])


def _length(plan: Plan) -> str:
    return f"The film lasts {spoken(plan.seconds)}: {len(plan.scenes)} scenes."


def _voice(plan: Plan) -> str:
    voice = plan.voice
    if not voice.enabled:
        return "The voice is off."
    return f"The voice is {voice.name.capitalize()}, at {voice.rate:g} times its usual speed."


def _music(plan: Plan) -> str:
    music = plan.music
    return f"The music is {music.mood}, {music.bpm:g} beats a minute." if music.enabled else "The music is off."


def _captions(plan: Plan) -> str:
    captions = plan.captions
    size = {"s": "small", "m": "medium", "l": "large"}[captions.size]
    if not captions.enabled:
        return "The captions are off."
    return f"The captions are on: {captions.style}, {size}, at the {captions.place}."


def _format(plan: Plan) -> str:
    return f"The film is {plan.aspect} in {plan.resolution}, {plan.size.width}×{plan.size.height} pixels."


def _palette(plan: Plan) -> str:
    return f"The palette is {', '.join(plan.grade.palette) or 'that of the sample'}."


def _brand(plan: Plan) -> str:
    brand = plan.brand
    logo = f"The logo is in the {brand.corner.replace('_', ' ')} corner." if brand.logo else "There is no logo."
    card = f"The end card says “{brand.end_card}”." if brand.end_card else "There is no end card."
    return f"{logo} {card} The AI label is {'on' if brand.label else 'off'}."


def _character(plan: Plan) -> str:
    return "A character is kept in every scene." if plan.character else "No character is kept."


def _crew(plan: Plan) -> str:
    films = ", ".join(dict.fromkeys(scene.model for scene in plan.scenes))
    rest = "; ".join(f"{work}: {model}" for work, model in plan.crew.model_dump().items())
    return f"Clips: {films}. Beside them, {rest} (auto is this machine)."


def _author(plan: Plan) -> str:
    return f"The plan is by: {plan.writer}. I am the offline director: rules, no AI model."


def _better(plan: Plan) -> str:
    return " ".join(plan.notes) or "The brief gives what the plan needs; tell me what you would like to change."


def _script(plan: Plan) -> str:
    return " ".join(s.narration for s in plan.scenes if s.narration) or "Nothing is said in this film."


def _told(scene: Scene) -> str:
    """One scene in a line."""
    return f"{scene.narration or scene.title or scene.visual} ({scene.role}, {spoken(scene.seconds)})"


def _extremes(plan: Plan) -> str:
    """Which scenes are the longest and the shortest."""
    lengths = [(scene.seconds, number) for number, scene in enumerate(plan.scenes, start=1)]
    longest = max(lengths, key=lambda one: one[0])
    shortest = min(lengths, key=lambda one: one[0])
    if longest[0] == shortest[0]:
        return f"Every scene lasts {spoken(longest[0])}."
    return (
        f"The longest is scene {longest[1]} with {spoken(longest[0])}, the shortest scene {shortest[1]} with "
        f"{spoken(shortest[0])}."
    )


def _count(plan: Plan) -> str:
    number = sum(len(words(scene.narration)) for scene in plan.scenes)
    return f"{number} words are spoken in {spoken(plan.seconds)}."


def _transitions(plan: Plan) -> str:
    ways = [f"{n} to {n + 1}: {scene.transition}" for n, scene in enumerate(plan.scenes[:-1], start=1)]
    return f"The scenes pass like this: {', '.join(ways)}." if ways else "There is one scene, so nothing passes."


OF_FILM: tuple[tuple[str, Callable[[Plan], str]], ...] = (
    (r"\b(?:cost|price|expensive|pay|charge|budget|how much)\b", lambda _: PRICE),
    (r"\bhow does (?:it|the (?:film|video)) (?:end|finish)", lambda p: f"It ends like this: {_told(p.scenes[-1])}"),
    (
        r"\bhow does (?:it|the (?:film|video)) (?:start|begin|open)",
        lambda p: f"It begins like this: {_told(p.scenes[0])}",
    ),
    (r"\b(?:longest|shortest)\b", _extremes),
    (r"\bhow many words|\bword count", _count),
    (r"\btransitions?\b", _transitions),
    (
        r"\b(?:upload|attach)\w*\b|\bown (?:picture|photo|image|music|voice|recording)",
        lambda _: "Attach a picture, a song or a recording to your message, and say where it goes: “for scene 2”.",
    ),
    (
        r"\b(?:download|export)\w*\b",
        lambda _: "When the film is made, its page has the film, its captions and other sizes to download.",
    ),
    (
        r"\bundo\b|\btake (?:it|that) back",
        lambda _: "Yes: say “undo”, or “undo 3 steps”; the tab Versions has every state.",
    ),
    (r"\bwhat (?:did you|have you|was) chang", lambda _: "The tab Versions has every change, and what it changed."),
    (r"\bapprove", lambda _: APPROVE),
    (r"\b(?:what can (?:you|i)|help|how does this work|what do you (?:do|understand)|your skills)\b", lambda _: SKILLS),
    (
        r"\bhow many (?:scenes|shots)|\bnumber of scenes|\blist\b|\bsummar|\boverview|\bwhat (?:are|is) the scenes",
        _scenes,
    ),
    (r"\bwhich models?\b|\bwho makes\b|\bmodels (?:are|do)\b|\bmade by\b", _crew),
    (r"\blogo\b|\bend card\b|\bai label\b|\bbranding\b", _brand),
    (r"\bcharacter\b", _character),
    (r"\bcaptions?\b|\bsubtitles?\b", _captions),
    (r"\bmusic\b|\btempo\b|\bbpm\b|\bsoundtrack\b", _music),
    (r"\bvoice\b|\bnarrator\b|\bwho (?:speaks|talks|is speaking)", _voice),
    (r"\bhow long|\blength\b|\bduration|\bhow many seconds|\btotal time", _length),
    (
        r"\b(?:tiktok|reels?|shorts|youtube|instagram|aspect|format|shape|resolution|vertical|square|landscape|size)\b",
        _format,
    ),
    (r"\bcolou?rs?\b|\bpalette", _palette),
    (r"\btone\b|\bmood\b|\bstyle\b", lambda p: f"The tone is {p.tone}, the type {p.style}."),
    (
        r"\bwho (?:wrote|made|are you)|\bare you (?:an? )?(?:ai|human|robot|bot)|\bis this ai|\bwhich (?:ai|model)",
        _author,
    ),
    (r"\b(?:better|improve|suggest|missing|should i|advice|recommend|think)\b", _better),
    (r"\btitle\b|\bcalled\b|\bname\b", lambda p: f"The film is called “{p.title}”."),
    (r"\b(?:script|text|say|said)\b", _script),
)
