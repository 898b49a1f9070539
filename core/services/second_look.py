"""When somebody else has to look at a plan before money is spent, and that none is before they have."""

from __future__ import annotations

from decimal import Decimal

from core import facts
from core.db import people, projects, templates
from core.db import reviews as rows
from core.db.tables import Project
from core.domain.errors import Conflict
from core.domain.money import from_micros, price, usd
from core.services.studio import Studio


class ReviewNeeded(Conflict):
    """The film cannot be approved before a colleague has looked at it."""

    remedy = "Ask for a review in the studio; a reviewer sees it at once."


def reasons(studio: Studio, project: Project, total: Decimal, by: str) -> tuple[str, ...]:
    """Why a film at that price, wanted by this person, must be looked at first; none: it need not be.

    What was approved of its batch so far counts for the limit, so that a dear order is not made of cheap ones.
    """
    settings, category = studio.settings, project.category
    found = []
    if settings.review_above_usd is not None and _with_batch(studio, project, total) > settings.review_above_usd:
        found.append(f"It costs more than {price(usd(settings.review_above_usd))}.")
    if category in settings.reviewed_categories:
        label = facts.categories().get(category, {}).get("label", category)
        found.append(f"Films of the category {label} are looked at.")
    account = people.person(studio.db, by)
    if account is not None and account.reviewed:
        found.append(f"What {account.name} has made is looked at.")
    return tuple(found)


def _with_batch(studio: Studio, project: Project, total: Decimal) -> Decimal:
    """That price, and with it what was approved of the same batch so far; a free film adds to nothing."""
    if not total:
        return total
    return total + from_micros(templates.approved_beside(studio.db, project.owner, project.id))


def are_used(studio: Studio) -> bool:
    """Whether reviews matter here: a limit is set, or somebody is named who could be asked."""
    settings = studio.settings
    limited = settings.review_above_usd is not None or bool(settings.reviewed_categories)
    return limited or len(people.names(studio.db)) > 1


def require_reviewed(
    studio: Studio, owner: str, project_id: str, revision: int, total: Decimal, *, by: str | None = None,
    of_all: Decimal | None = None,
) -> None:  # fmt: skip
    """ReviewNeeded when the limits ask for a review of this revision at this price and there is none that says yes.

    `of_all` is the price of everything that is approved together, where that is more than one film: it counts
    for the limit.
    """
    project = projects.get_project(studio.db, owner, project_id)
    found = reasons(studio, project, max(total, of_all or total), by or owner)
    if not found:
        return
    cleared = rows.cleared(studio.db, owner, project_id, rows.content(studio.db, owner, project_id, revision))
    if cleared is None:
        raise ReviewNeeded(f"Somebody else has to look at this plan before money is spent. {' '.join(found)}")
    if total > from_micros(cleared):
        raise ReviewNeeded(
            f"This plan was approved in review at {price(from_micros(cleared))}, and now costs {price(total)}."
        )


def require_more(studio: Studio, owner: str, project_id: str, total: Decimal, *, by: str | None = None) -> None:
    """ReviewNeeded when a film that is being made may cost so much in all only with the yes of a reviewer."""
    project = projects.get_project(studio.db, owner, project_id)
    found = reasons(studio, project, total, by or owner)
    account = people.person(studio.db, by or owner)
    if found and (account is None or account.role == "creator" or account.reviewed):
        raise ReviewNeeded(
            f"A reviewer has to approve more for this film: it may then cost {price(total)}. {' '.join(found)}",
            "A reviewer can approve it where the film is being made.",
        )
