"""Purchases that are in doubt: what is known of each, and what a person may decide."""

from __future__ import annotations

from urllib.parse import urlsplit

from core.db import jobs, purchases
from core.db import projects as rows
from core.db.money import Purchase
from core.db.tables import Step
from core.domain.errors import BadInput, TaskGone, VendorRejected
from core.domain.money import from_micros
from core.domain.money_views import DoubtView
from core.domain.prompt import film_prompt
from core.domain.shoot import ShotOrder
from core.domain.tasks import Recovery
from core.services.at_once import AtOnce
from core.services.pricing import KINDS
from core.services.studio import Studio
from core.services.vendors import model_name, vendor_card, vendor_name

LONGEST_TASK = 200
"""Characters of a vendor's task id."""
EXCERPT = 160
"""Characters of a prompt that are shown: enough to know it again on the vendor's page."""


def doubts(studio: Studio, owner: str, project_id: str | None = None) -> tuple[DoubtView, ...]:
    """What a person has to decide, the oldest first; of one project or of all."""
    found = {
        purchase.id: (purchase, step)
        for purchase, step in purchases.in_doubt(studio.db, owner)
        if project_id in (None, purchase.project_id)
    }
    if not found:
        return ()
    wanted = jobs.live_keys(studio.db, owner, [purchase.key for purchase, _ in found.values()])
    return tuple(
        _view(studio, owner, purchase, step, is_wanted=(purchase.project_id, purchase.key) in wanted)
        for purchase, step in found.values()
    )


def _view(studio: Studio, owner: str, purchase: Purchase, step: Step, *, is_wanted: bool) -> DoubtView:
    vendor = studio.maker(KINDS.get(purchase.component, "video"), purchase.vendor)
    return DoubtView(
        purchase_id=purchase.id,
        project_id=purchase.project_id,
        title=rows.get_project(studio.db, owner, purchase.project_id).title,
        scene=step.label,
        vendor=vendor_name(purchase.vendor),
        model=model_name(studio, purchase.model),
        amount=from_micros(purchase.reserved_micros),
        ordered=purchase.created,
        known=purchase.note or step.problem or "Whether the vendor took the order is not known.",
        task=purchase.external_id,
        prompt=_excerpt(step),
        where=_where(studio, purchase.vendor),
        can_adopt=not isinstance(vendor, AtOnce),
        can_ask=vendor is not None and (purchase.external_id is not None or vendor.recovery != Recovery.NONE),
        is_wanted=is_wanted,
    )


def _excerpt(step: Step) -> str:
    """The beginning of what the vendor was asked for."""
    if "order" in step.inputs:
        words = film_prompt(ShotOrder.model_validate(step.inputs["order"]))
    else:
        words = str(step.inputs.get("text", ""))
    return words if len(words) <= EXCERPT else f"{words[:EXCERPT].rsplit(' ', 1)[0]} …"


def _where(studio: Studio, vendor: str) -> str:
    if vendor == "videos":
        host = urlsplit(studio.settings.videos_base_url).hostname or "the server"
        return f"Ask whoever runs the video server ({host}), or look at its list of tasks."
    return vendor_card(vendor).dashboard or f"Sign in at {vendor_name(vendor)} and look at its list of tasks."


def adopt(studio: Studio, owner: str, purchase_id: str, task_id: str) -> None:
    """A person has found the task at the vendor: it is followed and collected, and nothing is bought.

    BadInput when it cannot be a task's number, or the vendor does not know it; Conflict when another purchase
    has it, or this one is settled; NotFound when it is not this owner's; VendorUnavailable or RateLimited when
    the vendor cannot be asked about it now.
    """
    task = task_id.strip()
    if not task or len(task) > LONGEST_TASK or not task.isprintable():
        raise BadInput(
            "That cannot be the number of a task.",
            f"Copy it from the vendor's page: up to {LONGEST_TASK} letters, figures and signs.",
        )
    for purchase, _ in purchases.in_doubt(studio.db, owner):
        if purchase.id == purchase_id:
            _must_know(studio, purchase, task)
    purchases.adopt(studio.db, studio.now(), owner, purchase_id, task)
    studio.wake.set()


def _must_know(studio: Studio, purchase: Purchase, task: str) -> None:
    """Asks the vendor for the task, since a slip of the pen could not be corrected afterwards."""
    asked = studio.maker(KINDS.get(purchase.component, "video"), purchase.vendor)
    if asked is None:
        return  # cannot be asked from here now; it is when its key is set again
    try:
        asked.poll(task)
    except (TaskGone, VendorRejected) as error:
        name = vendor_name(purchase.vendor)
        raise BadInput(f"No task of that number is known at {name}.", "Copy its number once more.") from error


def look_again(studio: Studio, owner: str, purchase_id: str) -> None:
    """Asks the vendor once more; nothing is bought. NotFound when it is not this owner's."""
    purchases.look_again(studio.db, studio.now(), owner, purchase_id)
    studio.wake.set()


def write_off(studio: Studio, owner: str, purchase_id: str, *, paid: bool) -> None:
    """Gives it up, as paid or as never bought; a scene that is wanted is ordered anew.

    Conflict when it is settled already; NotFound when it is not this owner's.
    """
    purchases.write_off(studio.db, studio.now(), owner, purchase_id, paid=paid)
    studio.wake.set()
