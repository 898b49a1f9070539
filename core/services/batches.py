"""Batches: many films from one plan, admitted as a whole or not at all before anything of them is bought."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from core import facts
from core.db import branches
from core.db import projects as projects_of
from core.db import reviews as reviews_of
from core.db import templates as rows
from core.db.tables import Project
from core.db.team import Batch, BatchItem
from core.domain.apply import apply_all
from core.domain.blanks import lengthened
from core.domain.edits import ChangeVoice, PlanEdit, Recolour, RewriteScene
from core.domain.errors import BadInput, Conflict, ImpossibleEdit, OverBudget
from core.domain.money import from_micros, price, to_micros
from core.domain.money_views import BudgetView
from core.domain.plan import MAX_SECONDS, MAX_TITLE, Plan
from core.domain.team import BatchItemView, BatchView, SheetView
from core.domain.views import QuoteView, RevisionView
from core.services import approval, events_out, people, planning, reviews, second_look, spend, templates
from core.services.studio import Studio

MOST_VARIANTS = 24
MOST_LISTED = 50
AT_ONCE = 10
"""Films that are approved in one transaction: others can write between two."""
LONGEST_LABEL = 24
"""Characters that a hook has in the name of its film."""
TURN = timedelta(minutes=5)
"""After which another batch may be admitted although nobody said that the one before was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One film of a set of variants: what is otherwise in it, by the name of what varies, and the edits for it."""

    values: Mapping[str, str]
    edits: tuple[PlanEdit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Film:
    """A film of a batch as it stands."""

    item: BatchItem
    project: Project | None
    revision: RevisionView | None
    """None: the project is gone."""
    is_approved: bool

    @property
    def is_open(self) -> bool:
        """Whether it is still to be approved."""
        return self.revision is not None and not self.is_approved

    @property
    def quote(self) -> QuoteView:
        assert self.revision is not None
        return self.revision.quote


def make(
    studio: Studio, owner: str, template_id: str, data: bytes, *, title: str, by: str, skip_bad: bool = False
) -> str:
    """A project for each row of a CSV, all in one moment; answers the batch.

    BadInput says of every bad row what is wrong, and nothing is made; with `skip_bad` the good rows are.
    """
    template = rows.get(studio.db, owner, template_id)
    sheet = templates.sheet(studio, owner, template_id, data)
    bad = sheet.bad_rows
    if sheet.is_refused or (bad and not skip_bad) or len(bad) == len(sheet.rows):
        raise BadInput(told(sheet), "Correct the table; nothing was made.")
    who = people.person(studio, by)
    beginnings = [
        (number, templates.beginning(studio, template, values.get("title", ""), values, author=who.signs), values)
        for number, values in sheet.rows
        if number not in bad
    ]
    return _begin(studio, owner, title or template.title, "table", who.id, beginnings)


def told(sheet: SheetView) -> str:
    """What is wrong with a table, row by row."""
    lines = []
    for problem in sheet.problems[:12]:
        where = f"Row {problem.row}" if problem.row else ""
        column = f", {problem.column}" if problem.column and where else ""
        lines.append(f"{where}{column}: {problem.message}." if where else problem.message)
    more = len(sheet.problems) - len(lines)
    return " ".join([*lines, *([f"And {more} more."] if more else [])])


def combinations(
    plan: Plan, *, hooks: Sequence[str] = (), voices: Sequence[str] = (), palettes: Mapping[str, Sequence[str]] = {}
) -> tuple[Variant, ...]:
    """Every combination of the hooks, voices and palettes; what is not named stays as it is.

    BadInput when there are too many, or none.
    """
    first = plan.scenes[0].id
    known = {str(voice["id"]): str(voice["name"]) for voice in facts.voices()}
    unknown = [voice for voice in voices if voice not in known]
    if unknown:
        raise BadInput(f"There is no voice “{unknown[0][:40]}”.", f"Choose one of: {', '.join(known)}.")
    axes: list[list[tuple[str, str, PlanEdit]]] = []
    lines = dict.fromkeys(" ".join(hook.split()) for hook in hooks if hook.strip())
    axes.append([("hook", line, RewriteScene(scene=first, narration=line)) for line in lines])
    axes.append([("voice", known[each], ChangeVoice(name=each)) for each in dict.fromkeys(voices)])
    axes.append([("palette", name, Recolour(palette=tuple(colours))) for name, colours in palettes.items()])
    chosen = [axis for axis in axes if axis]
    count = 1
    for axis in chosen:
        count *= len(axis)
    if not chosen or count > MOST_VARIANTS:
        raise BadInput(
            f"That makes {count} variants; {MOST_VARIANTS} is the most." if chosen else "Nothing varies.",
            "Choose fewer." if chosen else "Give another hook, another voice or another palette.",
        )
    return tuple(
        Variant(values={name: label for name, label, _ in each}, edits=tuple(edit for _, _, edit in each))
        for each in itertools.product(*chosen)
    )


def make_variants(
    studio: Studio, owner: str, project_id: str, variants: Sequence[Variant], *, revision: int, title: str, by: str
) -> str:
    """A branch of the project for each variant, all in one moment; answers the batch. BadInput: one cannot be made."""
    who = people.person(studio, by)
    plan = planning.version(studio, owner, project_id, revision).plan
    source = projects_of.get_project(studio.db, owner, project_id)
    luggage = branches.luggage(studio.db, owner, project_id, plan.model_dump(mode="json"))
    beginnings = []
    for number, variant in enumerate(variants, 1):
        name = f"{plan.title} · {' · '.join(_short(value) for value in variant.values.values())}"[:MAX_TITLE]
        varied = _varied(plan, variant, number).but(title=name)
        beginning = branches.Beginning(
            project=planning.like(source, name, studio.now(), from_revision=revision),
            plan=varied.model_dump(mode="json"),
            author=who.signs,
            reason=f"Variant {number} of “{plan.title}”, revision {revision}",
            luggage=luggage,
        )
        beginnings.append((number, beginning, dict(variant.values)))
    return _begin(studio, owner, title or f"Variants of {plan.title}", "variants", who.id, beginnings)


def _varied(plan: Plan, variant: Variant, number: int) -> Plan:
    """The plan with one variant; a longer hook makes its scene longer."""
    try:
        varied = apply_all(plan, variant.edits).plan
    except ImpossibleEdit as error:
        raise BadInput(f"Variant {number}: {error.message}", error.remedy) from error
    first = lengthened(varied.scenes[0]) if varied.scenes[0].narration != plan.scenes[0].narration else varied.scenes[0]
    if first is None or varied.seconds - varied.scenes[0].seconds + first.seconds > MAX_SECONDS:
        raise BadInput(f"Variant {number}: its hook takes too long to say.", "Write it shorter.")
    return varied.but(scenes=(first, *varied.scenes[1:]))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_LABEL else text[:LONGEST_LABEL].rsplit(" ", 1)[0] + "…"


def _begin(
    studio: Studio, owner: str, title: str, kind: str, by: str,
    beginnings: Sequence[tuple[int, branches.Beginning, dict[str, str]]],
) -> str:  # fmt: skip
    batch = Batch(owner=owner, by=by, title=title.strip()[:MAX_TITLE], kind=kind, created=studio.now())
    branches.begin_batch(studio.db, studio.now(), batch, beginnings)
    return batch.id


def listing(studio: Studio, owner: str) -> tuple[tuple[str, str, str, int], ...]:
    """The newest batches: id, title, state, and how many films."""
    return tuple((batch.id, batch.title, batch.state, n) for batch, n in rows.batches(studio.db, owner, MOST_LISTED))


def get(studio: Studio, owner: str, batch_id: str, *, by: str) -> BatchView:
    """A batch with its films, what is still to be approved of it, and why it could not be."""
    batch, films = _films(studio, owner, batch_id)
    still = [film for film in films if film.is_open]
    total = sum((film.quote.total for film in still), Decimal(0))
    unknown = dict.fromkeys(name for film in still for name in film.quote.unknown)
    return BatchView(
        id=batch.id,
        title=batch.title,
        kind=batch.kind,
        state=batch.state,
        by=people.names(studio).get(batch.by, ""),
        created=batch.created,
        items=tuple(_item(film) for film in films),
        total=total,
        unknown=tuple(unknown),
        short=short_of(studio, owner, [(film.item.project_id, film.quote) for film in still]),
        reasons=_reasons(studio, owner, still, total, by),
        asked=asked(studio, owner, batch.id),
    )


def _item(film: _Film) -> BatchItemView:
    revision, item = film.revision, film.item
    return BatchItemView(
        number=item.number,
        project_id=item.project_id,
        title=film.project.title if film.project else item.title,
        values=item.values,
        stage=film.project.stage if film.project else "gone",
        total=revision.quote.total if revision and not revision.quote.unknown else None,
        problem=item.problem,
    )


def _films(studio: Studio, owner: str, batch_id: str) -> tuple[Batch, list[_Film]]:
    batch, found = rows.batch(studio.db, owner, batch_id)
    agreed = rows.approved_revisions(studio.db, owner, batch_id)
    films = []
    for item, project in found:
        revision = planning.require(studio, owner, item.project_id) if project else None
        approved = revision is not None and agreed.get(item.project_id) == revision.number
        films.append(_Film(item=item, project=project, revision=revision, is_approved=approved))
    return batch, films


def short_of(studio: Studio, owner: str, wanted: Sequence[tuple[str, QuoteView]]) -> tuple[str, ...]:
    """The caps that these films together would pass, in sentences; none: they are admitted.

    What other films were approved for and have not ordered yet counts as gone.
    """
    needed = {project_id: _to_come(quote) for project_id, quote in wanted}
    total = sum(needed.values(), Decimal(0))
    if not total:
        return ()
    mine, all_ = (from_micros(rows.promised(studio.db, who)) for who in (owner, None))
    said = []
    shared = [view for view in spend.counting(studio, owner, "") if view.kind != "project"]
    for view in shared:
        others = mine if view.kind == "user" else all_
        if view.left is not None and total + others > view.left:
            said.append(_sentence(view, total, others))
    for project_id, amount in needed.items():
        own = next((v for v in spend.counting(studio, owner, project_id) if v.kind == "project"), None)
        if own is not None and own.left is not None and amount > own.left:
            said.append(_sentence(own, amount, Decimal(0)))
    return tuple(dict.fromkeys(said))


def _to_come(quote: QuoteView) -> Decimal:
    return sum((line.amount for line in quote.lines if line.component not in approval.BEFORE_APPROVAL), Decimal(0))


def _sentence(view: BudgetView, needed: Decimal, promised: Decimal) -> str:
    name = {"project": "A project", "user": "Your own cap", "month": "This month", "workspace": "The workspace"}
    others = f", and {price(promised)} of that is promised to films under way" if promised else ""
    return f"{name[view.kind]} has {price(view.left or Decimal(0))} left{others}; this needs {price(needed)}."


def _reasons(studio: Studio, owner: str, films: Sequence[_Film], total: Decimal, by: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for film in films:
        assert film.project is not None and film.revision is not None
        why = second_look.reasons(studio, film.project, total, by)
        standing = reviews.standing(studio, owner, film.project.id, by=by) if why else None
        if standing is not None and not standing.is_cleared:
            found |= dict.fromkeys(why)
    return tuple(found)


def approve(
    studio: Studio,
    owner: str,
    batch_id: str,
    *,
    total: Decimal,
    by: str,
    tell: Callable[[int, int], None] | None = None,
) -> BatchView:
    """Approves everything of a batch that is not yet, at exactly that price, and has it made.

    `tell` hears how many of how many films are, as they are.
    Nothing is approved when the price is another one (Conflict), is not known, passes a cap (OverBudget), or when
    a colleague has to look first (ReviewNeeded). What fails for one film alone is said at that film.
    """
    with _alone(studio):
        batch, problems, count = _admitted(studio, owner, batch_id, total, by, tell or _unheard)
    names = people.names(studio)
    sentence = f"{names.get(by, '')} approved the batch “{batch.title}”: {count} films, {price(total)}."
    said = events_out.said(studio, sentence, page="templates", by=names.get(by, ""))
    rows.approve_batch(studio.db, studio.now(), batch_id, to_micros(total), problems, ("batch.approved", said))
    return get(studio, owner, batch_id, by=by)


@contextmanager
def _alone(studio: Studio) -> Iterator[None]:
    """One batch is admitted after the other: two that fit each by itself may not fit together."""
    until = rows.take_turn(studio.db, studio.now(), TURN)
    if until is None:
        raise Conflict("Another batch is being approved just now.", "Try it again in a moment.")
    try:
        yield
    finally:
        rows.end_turn(studio.db, until)


def _unheard(done: int, of: int) -> None:
    """Nobody listens."""


def _admitted(
    studio: Studio, owner: str, batch_id: str, total: Decimal, by: str, tell: Callable[[int, int], None]
) -> tuple[Batch, dict[int, str], int]:
    """Approves all of it or nothing; answers what failed, by the number of its film, and how many there were."""
    batch, films = _films(studio, owner, batch_id)
    still = [film for film in films if film.is_open]
    if not still:
        raise Conflict("Everything of this batch is approved already.", "Watch the films being made.")
    now_total = sum((film.quote.total for film in still), Decimal(0))
    if now_total != total:
        raise Conflict(f"The price is {price(now_total)}, not {price(total)}.", "Look at it again and approve that.")
    if short := short_of(studio, owner, [(film.item.project_id, film.quote) for film in still]):
        raise OverBudget(f"The batch does not fit. {' '.join(short)}", "Raise the cap, or leave films out.")
    for film in still:
        assert film.revision is not None
        second_look.require_reviewed(
            studio, owner, film.item.project_id, film.revision.number, film.quote.total, by=by, of_all=total
        )
    return batch, _approve_each(studio, owner, still, tell), len(still)


def _approve_each(
    studio: Studio, owner: str, films: Sequence[_Film], tell: Callable[[int, int], None]
) -> dict[int, str]:
    """In a few transactions; answers what is wrong with some of them, by number."""
    problems: dict[int, str] = {}
    tell(0, len(films))
    for start in range(0, len(films), AT_ONCE):
        some = films[start : start + AT_ONCE]
        wanted = [(f.item.project_id, f.revision.number, f.quote.total) for f in some if f.revision is not None]
        failed = approval.approve_together(studio, owner, wanted)
        problems |= {f.item.number: failed[f.item.project_id] for f in some if f.item.project_id in failed}
        tell(start + len(some), len(films))
    return problems


def asked(studio: Studio, owner: str, batch_id: str) -> int:
    """How many films of it wait for a reviewer, quickly."""
    return reviews_of.open_in_batch(studio.db, owner, batch_id)


def ask_review(studio: Studio, owner: str, batch_id: str, *, by: str, question: str = "") -> int:
    """Puts everything of a batch that is not approved up for review; answers how many films."""
    _, films = _films(studio, owner, batch_id)
    wanted = [(f.item.project_id, f.revision.number, None) for f in films if f.is_open and f.revision]
    if not wanted:
        raise Conflict("Everything of this batch is approved already.", "Watch the films being made.")
    reviews.ask_all(studio, owner, wanted, by=by, question=question, batch_id=batch_id)
    return len(wanted)
