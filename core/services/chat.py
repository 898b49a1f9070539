"""The director's chat: a message is recorded, a worker answers it with edits."""

from __future__ import annotations

from typing import Any

from core import facts
from core.db import projects as rows
from core.db.tables import Message
from core.db.work import NewStep
from core.domain.describe import describe
from core.domain.errors import BadInput, RepriseError
from core.domain.money import price
from core.domain.views import MessageView, RevisionView
from core.providers.local import director
from core.services import planning, recipes
from core.services.studio import Studio

MAX_MESSAGE = 2000
DIRECTOR = "Offline director"


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
        weight=1,
    )
    recipes.record(studio, project, "reply", [step], replaces=False)


def messages(studio: Studio, owner: str, project_id: str) -> tuple[MessageView, ...]:
    """The conversation, in order."""
    return tuple(
        MessageView(id=m.id or 0, role=m.role, text=m.body, done=m.done, revision=m.revision, created=m.created)
        for m in rows.messages(studio.db, owner, project_id)
    )


def suggestions(studio: Studio, owner: str, project_id: str) -> tuple[str, ...]:
    """Messages that fit the plan at hand."""
    newest = planning.current(studio, owner, project_id)
    return director.suggestions(newest.plan) if newest else ()


def answer(studio: Studio, owner: str, project_id: str, inputs: dict[str, Any], origin: str) -> None:
    """Understands a message, makes its edits and writes the reply. Repeatable."""
    try:
        text, revision = _answered(studio, owner, project_id, inputs["text"], origin)
    except RepriseError as problem:
        text, revision = problem.sentence, None
    rows.answer(studio.db, inputs["message"], text, revision)


def _answered(studio: Studio, owner: str, project_id: str, text: str, origin: str) -> tuple[str, int | None]:
    before = planning.require(studio, owner, project_id)
    understood = director.understand(text, before.plan, voices=facts.voices())
    notes: tuple[str, ...] = ()
    after: RevisionView = before
    if understood.command == "undo":
        after = planning.undo(studio, owner, project_id, author=DIRECTOR)
    elif understood.command == "redo":
        after = planning.redo(studio, owner, project_id, author=DIRECTOR)
    elif understood.edits:
        after, notes = planning.edit(
            studio,
            owner,
            project_id,
            understood.edits,
            base=before.number,
            author=DIRECTOR,
            reason=text[:200],
            origin=origin,
        )
    said = director.reply(understood, before.plan, after.plan, notes)
    if after.number == before.number:
        return said, None
    changes = describe(before.plan, after.plan)
    cost = f"Price: {price(before.quote.total)} → {price(after.quote.total)}."
    return (said if changes else f"{said} Nothing else changes.") + f"\n\n{cost}", after.number
