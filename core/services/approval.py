"""What a plan costs, line by line, and the approval that locks it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from core.db import jobs, revisions, work
from core.db import projects as rows
from core.db.tables import Approval
from core.db.work import NewJob
from core.domain.catalogue import ModelCard
from core.domain.errors import BadInput, Conflict, NotFound, RepriseError, UnknownPrice, VendorError
from core.domain.money import from_micros, price, to_micros, usd
from core.domain.plan import Plan, Work
from core.domain.views import PriceLine, QuoteView
from core.services import pricing, recipes, stills
from core.services.second_look import require_more, require_reviewed
from core.services.studio import Studio
from core.services.vendors import crew_card, film_card, stand_ins

MOST_AT_ONCE = Decimal(10_000)
"""US dollars that can be approved in one go."""
BEFORE_APPROVAL = frozenset({"script", "stills", "storage"})
"""What is made, and paid, before a person approves the film."""


def quote_plan(studio: Studio, plan: Plan, fallback: Sequence[str] = ()) -> QuoteView:
    """The itemised price of making a plan: with models that may stand in, at the dearest of each scene."""
    to_draw = sum(not scene.source.is_shown for scene in plan.scenes)
    drawn = f"{to_draw} stills"
    lines = [
        _crew_line(studio, plan, "language", "Plan and script", "1 script", lambda c: pricing.script(studio, c)),
        _crew_line(studio, plan, "still", "Storyboard", drawn, lambda c: pricing.still(studio, c, plan) * to_draw),
    ]
    for index, scene in enumerate(plan.scenes):
        names = (scene.model, *stand_ins(studio, scene, fallback))
        lines.append(max((_clip_line(studio, name, plan, index) for name in names), key=_weight))
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
    texts = [s.narration for s in plan.scenes if s.narration.strip() and not s.is_heard]
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
    except (UnknownPrice, VendorError) as error:
        return _unknown(label, asked, error, component)


def _weight(line: PriceLine) -> tuple[bool, Decimal]:
    """An unknown price weighs more than any known one."""
    return not line.known, line.amount


def _clip_line(studio: Studio, model: str, plan: Plan, index: int) -> PriceLine:
    """A clip at one model: of the length that its vendor bills."""
    scene = plan.scenes[index]
    label = f"Clip of scene {index + 1}" + (f": {scene.title}" if scene.title else "")
    try:
        card = film_card(studio, plan, scene, model)
    except (UnknownPrice, VendorError) as error:
        return _unknown(label, model, error)
    vendor = studio.maker("video", card.vendor)
    if card.price is None:
        return _unknown(label, model, UnknownPrice(f"No price is known for {card.label}."))
    if vendor is None or not card.price:
        return _line("clips", label, card, Decimal(str(scene.seconds)), f"{scene.seconds:.1f} s")
    try:
        billed = vendor.quote(pricing.scene_order(card, plan, index), card.known_price) / card.known_price
    except (UnknownPrice, VendorError) as error:
        return _unknown(label, model, error)
    length = f"{scene.seconds:.1f} s" + (" of your recording" if scene.plays else "")
    return _line("clips", label, card, billed, f"{length}, billed as {billed.normalize():f} s")


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
    film = _film(studio, owner, project_id, revision, total, fallback, look_first=look_first)
    require_reviewed(studio, owner, project_id, revision, total, by=by, of_all=of_all)
    return recipes.record_all(studio, [film])[0]


def approve_together(studio: Studio, owner: str, films: Sequence[tuple[str, int, Decimal]]) -> dict[str, str]:
    """The same for films whose reviews and caps were looked at together: project, revision and price of each.

    They are recorded in one moment; answers what is wrong with those that could not be, by project.
    """
    ready, problems = {}, {}
    for project_id, revision, total in films:
        try:
            ready[project_id] = _film(studio, owner, project_id, revision, total, (), look_first=False)
        except RepriseError as error:
            problems[project_id] = error.sentence
    try:
        recipes.record_all(studio, list(ready.values()))
    except RepriseError:  # one of them was deleted or changed meanwhile: each by itself
        for project_id, film in ready.items():
            try:
                recipes.record_all(studio, [film])
            except RepriseError as error:
                problems[project_id] = error.sentence
    return problems


def _film(
    studio: Studio, owner: str, project_id: str, revision: int, total: Decimal, fallback: Sequence[str], *,
    look_first: bool,
) -> NewJob:  # fmt: skip
    """The work on a film at exactly that price, with its approval. Conflict, or what else stands against it."""
    number, plan = _newest_plan(studio, owner, project_id)
    if number != revision:
        raise Conflict("The plan was changed after you looked at it.", "Look at the newest version and approve that.")
    quoted = quote_plan(studio, plan, fallback)
    if quoted.total != total:
        raise Conflict(
            f"The price is {price(quoted.total)}, not {price(total)}.", "Look at the new price and approve that."
        )
    for scene in plan.scenes:
        for name in (scene.model, *stand_ins(studio, scene, fallback)):
            film_card(studio, plan, scene, name)
    stills.require_drawn(studio, owner, project_id, plan)
    if quoted.unknown:
        raise UnknownPrice(f"No price is known for {', '.join(quoted.unknown)}.")
    row = _approval(studio, owner, project_id, revision, quoted, fallback)
    cap = sum((to_micros(x.amount) for x in quoted.lines if x.component not in BEFORE_APPROVAL), 0)
    return recipes.film_job(
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
