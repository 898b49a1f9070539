"""The director's chat with a language model: a message is one question, and one more where its changes cannot be made.

What the model says is data: it becomes typed edits of the plan or words on the page, and nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from core import facts
from core.db import projects as rows
from core.db import revisions
from core.db.tables import Message
from core.domain.analysis import SampleAnalysis
from core.domain.catalogue import ModelCard
from core.domain.described import DescribedAnalysis
from core.domain.errors import Broken
from core.domain.orders import LanguageOrder, Product, ToolCall, Turn
from core.domain.plan import Plan
from core.services import attachments, chat, planning, vendors
from core.services.asking import directing, fences
from core.services.asking.directing import Directed, Talk
from core.services.asking.material import Given, Offered
from core.services.bench import Bench, Made
from core.services.scripting import SEES
from core.services.studio import Studio

MOST_SHOWN = 0.4
"""Seconds between two writings of an answer that is still coming."""


def ordered(bench: Bench, card: ModelCard) -> LanguageOrder:
    """The message with everything that it may be about."""
    return directing.order(card.name, _talk(bench, card))


def received(bench: Bench, product: Product, model: str) -> Made:
    """Carries the answer out; changes that cannot be made are asked about once more."""
    directed = _read(bench, product, model)
    if directed.faults and product.calls and not _was_carried_out(bench):
        calls = [{"id": call.id, "name": call.name, "arguments": call.arguments} for call in product.calls]
        return Made(result={"open": True, "text": product.text, "calls": calls, "by": model})
    _carry_out(bench, directed, model)
    return Made(result={"open": False})


def ordered_again(bench: Bench, card: ModelCard) -> LanguageOrder:
    """The same, with what could not be done."""
    talk, first = _talk(bench, card), _first(bench)
    return directing.repair(card.name, talk, first, directing.read(first, talk))


def received_again(bench: Bench, product: Product, model: str) -> Made:
    """Carries out what is possible, and says of the rest why not."""
    second = _read(bench, product, model)
    _carry_out(bench, directing.settled(_read(bench, _first(bench), model), second), model)
    return Made(result={"open": False})


def wants_again(bench: Bench) -> bool:
    """Whether the first answer had changes that cannot be made."""
    return bool(bench.needed()["reply"].get("open"))


def settled(_: Bench) -> Made:
    """The first answer was enough."""
    return Made(result={"open": False})


def tell(bench: Bench) -> Callable[[str], None]:
    """Shows the words of the answer as they come."""
    pieces: list[str] = []
    shown = [0.0]

    def heard(piece: str) -> None:
        pieces.append(piece)
        if time.monotonic() - shown[0] < MOST_SHOWN:
            return
        shown[0] = time.monotonic()
        text = fences.visible("".join(pieces), lines=True)
        try:
            rows.say(bench.studio.db, bench.claim.inputs["message"], text)
        except Broken:
            return  # the whole answer is written when it is there

    return heard


def _first(bench: Bench) -> Product:
    said = bench.needed()["reply"]
    return Product(text=said["text"], calls=tuple(ToolCall(**call) for call in said["calls"]))


def _read(bench: Bench, product: Product, model: str) -> Directed:
    card = vendors.card_of(bench.studio, "language", model)
    return directing.read(product, _talk(bench, card))


def _was_carried_out(bench: Bench) -> bool:
    """Whether the edits were made, and the program ended before it could say so."""
    return revisions.by_origin(bench.studio.db, bench.claim.step_id) is not None


def _carry_out(bench: Bench, directed: Directed, model: str) -> None:
    studio, claim = bench.studio, bench.claim
    author = vendors.model_name(studio, model)
    chat.carry_out(studio, claim.owner, claim.project_id, claim.inputs, claim.step_id, directed.understood, author)


def _talk(bench: Bench, card: ModelCard) -> Talk:
    """The message, the plan as it stood when it was sent, and what is known."""
    studio, claim = bench.studio, bench.claim
    project = rows.get_project(studio.db, claim.owner, claim.project_id)
    number = int(claim.inputs["revision"])
    plan = Plan.model_validate(revisions.by_number(studio.db, claim.owner, claim.project_id, number).plan)
    analysis = rows.get_analysis(studio.db, claim.owner, claim.project_id)
    said = rows.messages(studio.db, claim.owner, claim.project_id)
    return Talk(
        plan=plan,
        text=claim.inputs["text"],
        analysis=SampleAnalysis.model_validate(analysis.body) if analysis else None,
        described=DescribedAnalysis.model_validate(analysis.described) if analysis and analysis.described else None,
        history=tuple(_turn(m) for m in said if m.done and (m.id or 0) < claim.inputs["message"] - 1),
        offered=Offered(
            given=_given(bench, card),
            voices=facts.voices(),
            models=_models(studio),
            sample=project.sample_id if project.may_use_frames else None,
        ),
        quote=planning.quote(studio, plan),
    )


def _turn(message: Message) -> Turn:
    return Turn(role="user" if message.role == "user" else "assistant", text=message.body)


def _models(studio: Studio) -> tuple[ModelCard, ...]:
    kinds: tuple[Any, ...] = ("video", *vendors.WORKS)
    return tuple(card for kind in kinds for card in vendors.usable(studio, kind))


def _given(bench: Bench, card: ModelCard) -> tuple[Given, ...]:
    """The person's files; those that came with the message are shown to a model that sees."""
    claim = bench.claim
    fresh = claim.inputs.get("attachments", ())
    found = attachments.files(bench.studio, claim.owner, claim.project_id, fresh)
    shown = {one.asset for _, one in found if one.is_new and one.kind == "image" and SEES in card.inputs}
    return tuple(
        replace(one, path=Path(bench.local(asset.blob))) if one.asset in shown else one for asset, one in found
    )
