"""The director's chat: a message is recorded, a worker answers it with edits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from core import facts
from core.db import jobs, revisions
from core.db import projects as rows
from core.db.tables import Message
from core.db.work import NewStep
from core.domain.analysis import SampleAnalysis
from core.domain.catalogue import ModelCard
from core.domain.errors import BadInput, Conflict, RepriseError
from core.domain.money import price
from core.domain.plan import Plan
from core.domain.views import MessageView, RevisionView
from core.providers.local import director
from core.providers.local.director import Understood
from core.services import attachments as files
from core.services import intake, planning, recipes, vendors
from core.services.studio import Studio

MAX_MESSAGE = 2000
DIRECTOR = "Offline director"
ONLY_A_FILE = "Use this"
"""What a message means that brings a file and no words."""
PATIENCE = timedelta(seconds=10)
"""A message that nobody works on after this time is not going to be answered: the program ended at a bad moment."""
UNANSWERED = "This message was not answered, and nothing was changed by it. Send it again."


def send(
    studio: Studio, owner: str, project_id: str, text: str, attachments: Sequence[str] = (), *, asked_by: str = "you"
) -> None:
    """Records a message; the answer is written by a worker and read with `messages`.

    `attachments` are files of the project that came with it. With a language model among the plan's crew that is
    asked, which costs: VendorRejected when it cannot be used from here. What it changes is signed for `asked_by`.
    """
    text = text.replace("\x00", "").strip()
    if not text and not attachments:
        raise BadInput("The message is empty.", "Say what should change.")
    if len(text) > MAX_MESSAGE:
        raise BadInput(f"The message has {len(text):,} characters; {MAX_MESSAGE:,} is the most.", "Say it shorter.")
    project = rows.get_project(studio.db, owner, project_id)
    files.require_own(studio, owner, project_id, attachments)
    newest = planning.require(studio, owner, project_id)
    card = vendors.crew_card(studio, newest.plan, "language")
    asked = None if card is None or card.vendor == vendors.LOCAL else vendors.require_open(studio, card)
    if _is_being_answered(studio, owner, project_id, text, attachments):
        return
    now = studio.now()
    rows.add_message(
        studio.db, Message(project_id=project_id, role="user", body=text, touched=list(attachments), created=now)
    )
    pending = Message(project_id=project_id, role="assistant", body="", done=False, created=now)
    message_id = rows.add_message(studio.db, pending)
    inputs = {"message": message_id, "text": text, "attachments": list(attachments), "revision": newest.number}
    inputs |= {"asked_by": asked_by} if asked_by != "you" else {}
    recipes.record(studio, project, "reply", _steps(asked, project_id, inputs), replaces=False)


def _is_being_answered(studio: Studio, owner: str, project_id: str, text: str, attachments: Sequence[str]) -> bool:
    """Whether exactly this was said last and waits for its answer: a page may hand over one click twice."""
    last = rows.messages(studio.db, owner, project_id)[-2:]
    if len(last) < 2 or last[1].done:
        return False
    return last[0].body == text and last[0].touched == list(attachments)


def _steps(asked: ModelCard | None, project_id: str, inputs: dict[str, Any]) -> list[NewStep]:
    """The answer by this machine, or by a model: in one question, and one more where it could not all be done."""
    if asked is None:
        return [_step("reply", "The director answers", project_id, inputs)]
    told = {**inputs, "models": [asked.id]}
    first = _step("reply", f"{asked.label} answers", project_id, told)
    again = _step("reply_again", f"{asked.label} looks again", project_id, told)
    return [
        replace(first, pool=vendors.pool_of(asked), weight=asked.takes),
        replace(again, pool=vendors.pool_of(asked), needs=("reply",)),
    ]


def _step(kind: str, label: str, project_id: str, inputs: dict[str, Any]) -> NewStep:
    key = recipes.key_of(kind, project_id, inputs["message"])
    return NewStep(name=kind, kind=kind, label=label, key=key, inputs=inputs, weight=0.2)


def messages(studio: Studio, owner: str, project_id: str) -> tuple[MessageView, ...]:
    """The conversation, in order."""
    found = rows.messages(studio.db, owner, project_id)
    waiting = [m for m in found if not m.done and m.created < studio.now() - PATIENCE]
    lost = {m.id for m in waiting} if waiting and not jobs.has_live_jobs(studio.db, owner, project_id) else set()
    why = _standing(studio, owner, project_id) if waiting else ""
    came = rows.assets_by_id(studio.db, owner, [i for m in found if m.role == "user" for i in m.touched])
    return tuple(
        MessageView(
            id=m.id or 0,
            role=m.role,
            text=(why or UNANSWERED) if m.id in lost else m.body,
            done=m.done or m.id in lost,
            revision=m.revision,
            created=m.created,
            attachments=tuple(intake.asset_view(came[i]) for i in m.touched if i in came),
        )
        for m in found
    )


def _standing(studio: Studio, owner: str, project_id: str) -> str:
    """Why the newest answer did not come."""
    newest = jobs.newest_job(studio.db, owner, project_id, "reply")
    troubled = next((s for s in newest[1] if s.problem), None) if newest else None
    return f"{troubled.problem} {troubled.remedy}".strip() if troubled else ""


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
    project = rows.get_project(studio.db, owner, project_id)
    seen = rows.get_analysis(studio.db, owner, project_id)
    fresh = inputs.get("attachments", ())
    understood = director.understand(
        inputs["text"] or (ONLY_A_FILE if fresh else ""),
        before.plan,
        _last_touched(studio, owner, project_id, inputs["message"]),
        voices=facts.voices(),
        models=[c.id for c in vendors.usable(studio, "video")],
        crew={w: [c.id for c in vendors.usable(studio, w) if c.vendor != vendors.LOCAL] for w in vendors.WORKS},
        given=[one for _, one in files.files(studio, owner, project_id, fresh)],
        sample=project.sample_id if project.may_use_frames else None,
        analysis=SampleAnalysis.model_validate(seen.body) if seen and seen.asset_id == project.sample_id else None,
    )
    return _carried_out(studio, owner, project_id, inputs, origin, understood, DIRECTOR, before)


def carry_out(
    studio: Studio,
    owner: str,
    project_id: str,
    inputs: dict[str, Any],
    origin: str,
    understood: Understood,
    author: str,
) -> None:
    """Makes the edits that a model understood, as of the revision it was shown, and writes the reply. Repeatable."""
    made = revisions.by_origin(studio.db, origin)
    if made is not None:
        planning.draw_missing(studio, owner, project_id)
        said = _Said(text=f"Done: {made.reason}.", revision=made.number)
    else:
        try:
            before = planning.require(studio, owner, project_id)
            if understood.edits and before.number != inputs["revision"]:
                raise Conflict("The plan was changed while this was being answered.", "Send the message again.")
            said = _carried_out(studio, owner, project_id, inputs, origin, understood, author, before)
        except RepriseError as problem:
            said = _Said(text=problem.sentence)
    rows.answer(studio.db, inputs["message"], said.text, revision=said.revision, touched=list(said.touched))


def _carried_out(
    studio: Studio,
    owner: str,
    project_id: str,
    inputs: dict[str, Any],
    origin: str,
    understood: Understood,
    author: str,
    before: RevisionView,
) -> _Said:
    """The edits made, and what is said of them: what differs now, and the price before and after."""
    notes: tuple[str, ...] = ()
    after: RevisionView = before
    if "asked_by" in inputs:
        author = f"{author}, for {inputs['asked_by']}"
    if understood.command in ("undo", "redo"):
        step = planning.undo if understood.command == "undo" else planning.redo
        for time in range(understood.times):
            place = f"{origin} {time}"
            if revisions.by_origin(studio.db, place) is None:  # else it was done before the program ended
                after = step(studio, owner, project_id, author=author, base=after.number, origin=place)
    elif understood.edits:
        reason = inputs["text"][:200]
        after, notes = planning.edit(
            studio, owner, project_id, understood.edits, base=before.number, author=author, reason=reason, origin=origin
        )
    notes = (*notes, *_unfounded(before.plan, after.plan))
    said = director.reply(understood, before.plan, after.plan, notes, before.quote, after.quote)
    said = said.replace(director.PRICE, f"The film costs {price(after.quote.total)}.")
    if after.number == before.number:
        return _Said(text=said)
    return _Said(text=said, revision=after.number, touched=director.scenes_of(understood.edits))


def _unfounded(before: Plan, after: Plan) -> tuple[str, ...]:
    """What the film says of a product since then that stands nowhere in its listing."""
    known = {claim.text for scene in before.scenes for claim in scene.claims}
    new = [c.text for scene in after.scenes for c in scene.claims if not c.source and c.text not in known]
    return tuple(f"“{text}” stands nowhere in your listing, so it is flagged in the script." for text in new)


def _last_touched(studio: Studio, owner: str, project_id: str, before: int) -> tuple[str, ...]:
    """The scenes of the newest reply above a message."""
    replies = [m for m in rows.messages(studio.db, owner, project_id) if m.role == "assistant" and (m.id or 0) < before]
    return tuple(replies[-1].touched) if replies else ()
