"""What the director answers, and what it suggests next."""

from __future__ import annotations

from core.domain.differences import differences, told, total
from core.domain.plan import Plan
from core.domain.reshape import least_seconds
from core.domain.views import QuoteView
from core.providers.local.director.questions import SKILLS
from core.providers.local.director.understood import Understood


def reply(
    understood: Understood,
    before: Plan,
    after: Plan,
    notes: tuple[str, ...],
    was: QuoteView | None = None,
    now: QuoteView | None = None,
) -> str:
    """The answer in plain text: what changed, where it gave way, what was missed.

    With the quotes of both plans it says what each change costs, and what the film does now.
    """
    parts: list[str] = []
    found = differences(before, after, was, now) if before != after else ()
    changes = told(found, len(before.scenes))
    if understood.command in {"undo", "redo"}:
        parts.append("Undone." if understood.command == "undo" else "Done again.")
    elif changes:
        parts.append("Done.")
    if changes:
        parts.append("\n".join(f"- {change}" for change in changes))
    parts.extend(notes)
    if understood.answer:
        parts.append(understood.answer)
    for clause in understood.not_understood:
        short = clause if len(clause) <= 120 else clause[:120].rsplit(" ", 1)[0] + " …"
        parts.append(f"I did not understand “{short}”.")
    if understood.not_understood:
        parts.append(SKILLS)
    if not parts:
        parts.append("Good. Tell me when something should change." if not understood.edits else "Nothing changed.")
    if changes and was is not None and now is not None:
        parts.append(total(was, now))
    return "\n\n".join(parts)


def suggestions(plan: Plan) -> tuple[str, ...]:
    """Three to five messages that the director understands and that change this plan."""
    scenes = plan.scenes
    ideas: list[str] = []
    cramped = [n for n, s in enumerate(scenes, start=1) if s.needs_seconds > s.seconds + 0.05]
    if cramped and plan.voice.own is None and plan.seconds < 55:
        ideas.append(f"Make scene {cramped[0]} longer")
    slack = [(s.seconds - least_seconds(s), n) for n, s in enumerate(scenes, start=1)]
    room, place = max(slack)
    if room > 0.8 and plan.seconds - room > 5.5:
        ideas.append(f"Make scene {place} a bit shorter")
    ideas.append("Warmer colours" if plan.grade.warmth < 0.5 else "Cooler colours")
    if plan.grade.match == 0 and any(s.model not in {"auto", "local/film"} for s in scenes):
        ideas.append("Match the colours to the palette")
    if not plan.captions.enabled:
        ideas.append("Turn the captions on")
    elif plan.captions.size != "l":
        ideas.append("Bigger captions")
    else:
        ideas.append("Captions at the top" if plan.captions.place != "top" else "Captions at the bottom")
    if len(scenes) > 3:
        ideas.append(f"Swap scenes 2 and {len(scenes) - 1}")
    elif len(scenes) < 12 and plan.seconds < 55:
        ideas.append("Duplicate scene 1")
    if plan.music.enabled:
        ideas.append("Turn the music down" if plan.music.gain_db > -9 else "Turn the music up")
    else:
        ideas.append("Turn the music on")
    return tuple(ideas[:5])
