"""The director's chat: a message is recorded, a worker answers it with edits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from core import facts
from core.db import jobs, revisions
from core.db import projects as rows
from core.db.tables import Message
from core.db.work import NewStep
from core.domain.errors import BadInput, RepriseError
from core.domain.money import price
from core.domain.views import MessageView, RevisionView
from core.providers.local import director
from core.services import planning, recipes, vendors
from core.services.studio import Studio

MAX_MESSAGE = 2000
DIRECTOR = "Offline director"
PATIENCE = timedelta(seconds=10)
"""A message that nobody works on after this time is not going to be answered: the program ended at a bad moment."""
UNANSWERED = "This message was not answered, and nothing was changed by it. Send it again."


def send(studio: Studio, owner: str, project_id: str, text: str) -> None:
    """Records a message; the answer is written by a worker and read with `messages`."""
    text = text.replace("\x00", "").strip()
    if not text:
        raise BadInput("The message is empty.", "Say what should change.")
    if len(text) > MAX_MESSAGE:
        raise BadInput(f"The message has {len(text):,} characters; {MAX_MESSAGE:,} is the most.", "Say it shorter.")
    project = rows.get_project(studio.db, owner, project_id)
    planning.require(studio, owner, project_id)
    now = studio.now()
    rows.add_message(studio.db, Message(project_id=project_id, role="user", body=text, created=now))
    pending = Message(project_id=project_id, role="assistant", body="", done=False, created=now)
    message_id = rows.add_message(studio.db, pending)
    step = NewStep(
        name="reply",
        kind="reply",
        label="The director answers",
        key=recipes.key_of("reply", project_id, message_id),
        inputs={"message": message_id, "text": text},
        weight=0.2,
    )
    recipes.record(studio, project, "reply", [step], replaces=False)


def messages(studio: Studio, owner: str, project_id: str) -> tuple[MessageView, ...]:
    """The conversation, in order."""
    found = rows.messages(studio.db, owner, project_id)
    waiting = [m for m in found if not m.done and m.created < studio.now() - PATIENCE]
    lost = {m.id for m in waiting} if waiting and not jobs.has_live_jobs(studio.db, owner, project_id) else set()
    return tuple(
        MessageView(
            id=m.id or 0,
            role=m.role,
            text=UNANSWERED if m.id in lost else m.body,
            done=m.done or m.id in lost,
            revision=m.revision,
            created=m.created,
        )
        for m in found
    )


def suggestions(studio: Studio, owner: str, project_id: str) -> tuple[str, ...]:
    """Messages that fit the plan at hand."""
    newest = planning.current(studio, owner, project_id)
    return director.suggestions(newest.plan) if newest else ()


def answer(studio: Studio, owner: str, project_id: str, inputs: dict[str, Any], origin: str) -> None:
    """Understands a message, makes its edits and writes the reply. Repeatable."""
    said = _Said()
    try:
        said = _answered(studio, owner, project_id, inputs, origin)
    except RepriseError as problem:
        said = _Said(text=problem.sentence)
    rows.answer(studio.db, inputs["message"], said.text, revision=said.revision, touched=list(said.touched))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    text: str = ""
    revision: int | None = None
    touched: tuple[str, ...] = ()


def _answered(studio: Studio, owner: str, project_id: str, inputs: dict[str, Any], origin: str) -> _Said:
    made = revisions.by_origin(studio.db, origin)
    if made is not None:  # the edits were made, and the program ended before it could say so
        planning.draw_missing(studio, owner, project_id)
        return _Said(text=f"Done: {made.reason}.", revision=made.number)
    before = planning.require(studio, owner, project_id)
    understood = director.understand(
        inputs["text"],
        before.plan,
        _last_touched(studio, owner, project_id, inputs["message"]),
        voices=facts.voices(),
        models=[c.id for c in vendors.usable(studio, "video")],
    )
    notes: tuple[str, ...] = ()
    after: RevisionView = before
    if understood.command in ("undo", "redo"):
        step = planning.undo if understood.command == "undo" else planning.redo
        for time in range(understood.times):
            place = f"{origin} {time}"
            if revisions.by_origin(studio.db, place) is None:  # else it was done before the program ended
                after = step(studio, owner, project_id, author=DIRECTOR, origin=place)
    elif understood.edits:
        edits = understood.edits
        reason = inputs["text"][:200]
        after, notes = planning.edit(
            studio, owner, project_id, edits, base=before.number, author=DIRECTOR, reason=reason, origin=origin
        )
    said = director.reply(understood, before.plan, after.plan, notes)
    said = said.replace(director.PRICE, f"The film costs {price(after.quote.total)}.")
    if after.number == before.number:
        return _Said(text=said)
    was, now = before.quote.total, after.quote.total
    cost = f"Price: {price(was)} → {price(now)}" if was != now else f"The price stays at {price(now)}."
    return _Said(text=f"{said}\n\n{cost}", revision=after.number, touched=director.scenes_of(understood.edits))


def _last_touched(studio: Studio, owner: str, project_id: str, before: int) -> tuple[str, ...]:
    """The scenes of the newest reply above a message."""
    replies = [m for m in rows.messages(studio.db, owner, project_id) if m.role == "assistant" and (m.id or 0) < before]
    return tuple(replies[-1].touched) if replies else ()
