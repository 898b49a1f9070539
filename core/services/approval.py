"""What a plan costs, line by line, and the approval that locks it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from core.db import jobs, revisions, work
from core.db import projects as rows
from core.db.tables import Approval
from core.domain.catalogue import ModelCard
from core.domain.errors import BadInput, Conflict, NotFound, RepriseError, Retired, UnknownPrice, VendorRejected
from core.domain.money import price, to_micros, usd
from core.domain.plan import Plan, Scene
from core.domain.shoot import clip_seconds
from core.domain.tasks import ClipOrder
from core.domain.views import PriceLine, QuoteView
from core.services import recipes
from core.services.studio import Studio
from core.services.vendors import model_for

MOST_AT_ONCE = Decimal(10_000)
"""US dollars that can be approved in one go."""
BEFORE_APPROVAL = frozenset({"script", "stills", "storage"})
"""What is made, and paid, before a person approves the film."""


def quote_plan(studio: Studio, plan: Plan, fallback: Sequence[str] = ()) -> QuoteView:
    """The itemised price of making a plan: with models that may stand in, at the dearest of each scene."""
    stills = f"{len(plan.scenes)} stills"
    lines = [
        _line("script", "Plan and script", model_for(studio, "language"), Decimal(1), "1 script"),
        _line("stills", "Storyboard", model_for(studio, "still"), Decimal(len(plan.scenes)), stills),
    ]
    for number, scene in enumerate(plan.scenes, start=1):
        label = f"Clip of scene {number}" + (f": {scene.title}" if scene.title else "")
        names, length = (scene.model, *fallback), clip_seconds(plan, number - 1)
        lines.append(max((_clip_line(studio, label, n, scene, length) for n in names), key=_weight))
    letters = sum(len(s.narration) for s in plan.scenes)
    if plan.voice.enabled and letters:
        lines.append(_line("voice", "Voice", model_for(studio, "speech"), Decimal(letters), f"{letters} characters"))
    if plan.music.enabled:
        lines.append(_line("music", "Music", model_for(studio, "music"), Decimal(1), f"{plan.seconds:.0f} s"))
    lines.append(
        PriceLine(
            component="storage",
            label="Storage",
            quantity="this machine",
            vendor="local",
            model="disk",
            rule="free, on your own disk",
            amount=usd(0),
        )
    )
    checked = min(c.checked for c in studio.cards)
    return QuoteView(lines=tuple(lines), total=sum((x.amount for x in lines), usd(0)), priced_on=checked.isoformat())


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
    order = ClipOrder(
        model=card.id.removeprefix(f"{card.vendor}/"), prompt="", seconds=seconds, width=0, height=0, seed=0
    )
    try:
        billed = vendor.quote(order, card.known_price) / card.known_price
    except (UnknownPrice, VendorRejected) as error:
        return _unknown(label, model, error)
    return _line("clips", label, card, billed, f"{scene.seconds:.1f} s, billed as {billed.normalize():f} s")


def _unknown(label: str, model: str, error: RepriseError) -> PriceLine:
    return PriceLine(
        component="clips",
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
) -> str:
    """Locks revision, models and price, and starts production; answers the job.

    `fallback` are models that may film a scene whose own model fails for good; the price is then that of the
    dearest of each scene. What is made may cost what its lines say together, and not a micro-dollar more. With
    `look_first` the film is cut once the person has seen its clips and said yes (production.go_on).

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
    if quoted.unknown:
        raise UnknownPrice(f"No price is known for {', '.join(quoted.unknown)}.")
    row = _approval(studio, owner, project_id, revision, quoted, fallback)
    cap = sum((to_micros(x.amount) for x in quoted.lines if x.component not in BEFORE_APPROVAL), 0)
    return recipes.record_film(
        studio, rows.get_project(studio.db, owner, project_id), plan, row, cap, look_first=look_first
    )


def approve_more(studio: Studio, owner: str, job_id: str, amount: Decimal) -> None:
    """Lets a film that has come to the end of what was approved cost so much more, and go on."""
    if not (amount.is_finite() and 0 < amount <= MOST_AT_ONCE):
        raise BadInput(f"{amount} is not an amount that can be approved.", f"Say more than 0, up to {MOST_AT_ONCE}.")
    job, _ = jobs.job_with_steps(studio.db, owner, job_id)
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
