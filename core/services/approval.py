"""What a plan costs, line by line, and the approval that locks it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from core.db import jobs, revisions, work
from core.db import projects as rows
from core.db.tables import Approval
from core.domain.catalogue import ModelCard
from core.domain.errors import BadInput, Conflict, NotFound, RepriseError, Retired, UnknownPrice, VendorRejected
from core.domain.money import from_micros, price, to_micros, usd
from core.domain.plan import Plan, Scene, Work
from core.domain.shoot import clip_seconds
from core.domain.views import PriceLine, QuoteView
from core.services import pricing, recipes, stills
from core.services.second_look import require_more, require_reviewed
from core.services.studio import Studio
from core.services.vendors import crew_card, model_for

MOST_AT_ONCE = Decimal(10_000)
"""US dollars that can be approved in one go."""
BEFORE_APPROVAL = frozenset({"script", "stills", "storage"})
"""What is made, and paid, before a person approves the film."""


def quote_plan(studio: Studio, plan: Plan, fallback: Sequence[str] = ()) -> QuoteView:
    """The itemised price of making a plan: with models that may stand in, at the dearest of each scene."""
    to_draw = sum(scene.source.kind != "image" for scene in plan.scenes)  # a person's own photo is the still
    drawn = f"{to_draw} stills"
    lines = [
        _crew_line(studio, plan, "language", "Plan and script", "1 script", lambda c: pricing.script(studio, c)),
        _crew_line(studio, plan, "still", "Storyboard", drawn, lambda c: pricing.still(studio, c, plan) * to_draw),
    ]
    for number, scene in enumerate(plan.scenes, start=1):
        label = f"Clip of scene {number}" + (f": {scene.title}" if scene.title else "")
        names, length = (scene.model, *fallback), clip_seconds(plan, number - 1)
        lines.append(max((_clip_line(studio, label, n, scene, length) for n in names), key=_weight))
    lines += _sound_lines(studio, plan)
    lines.append(_storage_line(studio))
    checked = min(c.checked for c in studio.cards)
    return QuoteView(lines=tuple(lines), total=sum((x.amount for x in lines), usd(0)), priced_on=checked.isoformat())


def _storage_line(studio: Studio) -> PriceLine:
    """Where the film lies: nothing that Reprise buys."""
    rented = bool(studio.settings.storage)
    return PriceLine(
        component="storage",
        label="Storage",
        quantity="your bucket" if rented else "this machine",
        vendor="local",
        model="bucket" if rented else "disk",
        rule="billed to you by the bucket's owner, fractions of a cent a month" if rented else "free, on your own disk",
        amount=usd(0),
    )


def _sound_lines(studio: Studio, plan: Plan) -> list[PriceLine]:
    """Voice, music and effects, as far as they are made and not the person's own."""
    found: list[PriceLine] = []
    texts = [s.narration for s in plan.scenes if s.narration.strip()]
    if plan.voice.enabled and texts and not plan.voice.own:

        def voices(card: ModelCard) -> Decimal:
            return sum((pricing.line(studio, card, text, plan.voice.rate) for text in texts), usd(0))

        letters = f"{sum(map(len, texts))} characters"
        found.append(_crew_line(studio, plan, "speech", "Voice", letters, voices))
    if plan.voice.enabled and plan.voice.own and plan.crew.transcription != "auto":
        length, label = f"{plan.seconds:.0f} s", "Words of your recording"

        def written_down(card: ModelCard) -> Decimal:
            return pricing.transcript(studio, card, plan.seconds)

        found.append(_crew_line(studio, plan, "transcription", label, length, written_down))
    if plan.music.enabled and not plan.music.own:
        length = f"{plan.seconds:.0f} s"
        found.append(
            _crew_line(studio, plan, "music", "Music", length, lambda c: pricing.music(studio, c, plan.seconds))
        )
    heard = [s for s in plan.scenes if s.sound]
    if heard:

        def effects(card: ModelCard) -> Decimal:
            return sum((pricing.effect(studio, card, s.seconds) for s in heard), usd(0))

        found.append(_crew_line(studio, plan, "effect", "Effects", f"{len(heard)} effects", effects))
    return found


COMPONENT: dict[Work, str] = {
    "language": "script",
    "still": "stills",
    "speech": "voice",
    "transcription": "words",
    "music": "music",
    "effect": "effects",
}


def _crew_line(
    studio: Studio, plan: Plan, work: Work, label: str, quantity: str, amount: Callable[[ModelCard], Decimal]
) -> PriceLine:
    """What the plan's model for that work takes at the most."""
    component, asked = COMPONENT[work], getattr(plan.crew, work)
    try:
        card = crew_card(studio, plan, work)
        if card is None:
            raise UnknownPrice(f"Nobody makes this here: choose a model for it ({label.lower()}).")
        return PriceLine(
            component=component,
            label=label,
            quantity=quantity,
            vendor=card.vendor,
            model=card.id,
            rule=card.rule,
            amount=usd(amount(card)),
        )
    except (UnknownPrice, Retired, VendorRejected) as error:
        return _unknown(label, asked, error, component)


def _weight(line: PriceLine) -> tuple[bool, Decimal]:
    """An unknown price weighs more than any known one."""
    return not line.known, line.amount


def _clip_line(studio: Studio, label: str, model: str, scene: Scene, seconds: float) -> PriceLine:
    """A clip at one model: of the length that its vendor bills."""
    try:
        card = model_for(studio, "video", model)
    except (UnknownPrice, Retired) as error:
        return _unknown(label, model, error)
    vendor = studio.vendors.get(card.vendor)
    if card.price is None:
        return _unknown(label, model, UnknownPrice(f"No price is known for {card.label}."))
    if vendor is None or not card.price:
        return _line("clips", label, card, Decimal(str(scene.seconds)), f"{scene.seconds:.1f} s")
    try:
        billed = vendor.quote(pricing.clip_order(card, seconds), card.known_price) / card.known_price
    except (UnknownPrice, VendorRejected) as error:
        return _unknown(label, model, error)
    return _line("clips", label, card, billed, f"{scene.seconds:.1f} s, billed as {billed.normalize():f} s")


def _unknown(label: str, model: str, error: RepriseError, component: str = "clips") -> PriceLine:
    return PriceLine(
        component=component,
        label=label,
        quantity="",
        vendor="",
        model=model,
        rule=error.sentence,
        amount=usd(0),
        known=False,
    )


def _line(component: str, label: str, card: ModelCard, units: Decimal, quantity: str) -> PriceLine:
    return PriceLine(
        component=component,
        label=label,
        quantity=quantity,
        vendor=card.vendor,
        model=card.id,
        rule=card.rule,
        amount=usd(card.known_price * units),
    )


def quote(studio: Studio, owner: str, project_id: str) -> QuoteView:
    """The price of the plan as it stands."""
    return quote_plan(studio, _newest_plan(studio, owner, project_id)[1])


def approve(
    studio: Studio,
    owner: str,
    project_id: str,
    *,
    revision: int,
    total: Decimal,
    fallback: Sequence[str] = (),
    look_first: bool = False,
    by: str | None = None,
    of_all: Decimal | None = None,
) -> str:
    """Locks revision, models and price, and starts production; answers the job.

    `fallback` are models that may film a scene whose own model fails for good; the price is then that of the
    dearest of each scene. What is made may cost what its lines say together, and not a micro-dollar more. With
    `look_first` the film is cut once the person has seen its clips and said yes (production.go_on).

    `by` is the person who approves, and `of_all` the price of everything that is approved together: the limits of
    reviews go by both, and ReviewNeeded says when a colleague has to look first.

    Conflict when the plan or its price is no longer what the person saw. Approving the same revision
    again while it is being made changes nothing.
    """
    number, plan = _newest_plan(studio, owner, project_id)
    if number != revision:
        raise Conflict("The plan was changed after you looked at it.", "Look at the newest version and approve that.")
    quoted = quote_plan(studio, plan, fallback)
    if quoted.total != total:
        raise Conflict(
            f"The price is {price(quoted.total)}, not {price(total)}.", "Look at the new price and approve that."
        )
    for name in (*(scene.model for scene in plan.scenes), *fallback):
        model_for(studio, "video", name)
    stills.require_drawn(studio, owner, project_id, plan)
    if quoted.unknown:
        raise UnknownPrice(f"No price is known for {', '.join(quoted.unknown)}.")
    require_reviewed(studio, owner, project_id, revision, quoted.total, by=by, of_all=of_all)
    row = _approval(studio, owner, project_id, revision, quoted, fallback)
    cap = sum((to_micros(x.amount) for x in quoted.lines if x.component not in BEFORE_APPROVAL), 0)
    return recipes.record_film(
        studio, rows.get_project(studio.db, owner, project_id), plan, row, cap, look_first=look_first
    )


def approve_more(studio: Studio, owner: str, job_id: str, amount: Decimal, *, by: str | None = None) -> None:
    """Lets a film that has come to the end of what was approved cost so much more, and go on.

    ReviewNeeded when it would then cost more than this person may have made without a review.
    """
    if not (amount.is_finite() and 0 < amount <= MOST_AT_ONCE):
        raise BadInput(f"{amount} is not an amount that can be approved.", f"Say more than 0, up to {MOST_AT_ONCE}.")
    job, _ = jobs.job_with_steps(studio.db, owner, job_id)
    so_far = rows.approved_micros(studio.db, owner, job.project_id, job.revision or 0)
    require_more(studio, owner, job.project_id, from_micros(so_far) + amount, by=by)
    row = Approval(
        owner=owner,
        project_id=job.project_id,
        revision=job.revision or 0,
        total_micros=to_micros(usd(amount)),
        quote=[{"component": "more", "label": "Approved while it was made", "usd": str(usd(amount))}],
        priced_on=studio.now().date().isoformat(),
        created=studio.now(),
    )
    work.approve_more(studio.db, studio.now(), row, job_id, row.total_micros)
    studio.wake.set()


def _approval(
    studio: Studio, owner: str, project_id: str, revision: int, quoted: QuoteView, fallback: Sequence[str]
) -> Approval:
    return Approval(
        owner=owner,
        project_id=project_id,
        revision=revision,
        total_micros=to_micros(quoted.total),
        quote=[
            {"component": x.component, "label": x.label, "model": x.model, "rule": x.rule, "usd": str(x.amount)}
            for x in quoted.lines
        ],
        priced_on=quoted.priced_on,
        fallback=list(fallback),
        created=studio.now(),
    )


def _newest_plan(studio: Studio, owner: str, project_id: str) -> tuple[int, Plan]:
    found = revisions.history(studio.db, owner, project_id, limit=1)
    if not found:
        raise NotFound("There is no plan yet.", "It is written once the sample is measured.")
    return found[0].number, Plan.model_validate(found[0].plan)
