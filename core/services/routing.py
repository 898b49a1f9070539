"""Which model should film a scene: the router (core.domain.routing) with what is known here put before it."""

from __future__ import annotations

from decimal import Decimal

from core import facts
from core.db.history import histories
from core.domain.catalogue import ModelCard
from core.domain.errors import UnknownPrice, VendorRejected
from core.domain.health import as_of
from core.domain.plan import Plan
from core.domain.routing import Route, Want, route
from core.domain.shoot import clip_seconds
from core.domain.tasks import ClipOrder
from core.domain.tiers import Tier
from core.services import spend
from core.services.studio import Studio
from core.services.vendors import LOCAL


def proposals(studio: Studio, owner: str, project_id: str, plan: Plan, index: int) -> Route:
    """Every model for one scene of a plan, in order, each with its reason, or why it cannot film it."""
    scene, seconds = plan.scenes[index], clip_seconds(plan, index)
    videos = [card for card in studio.cards if card.kind == "video"]
    want = Want(
        kind="video",
        tier=Tier(facts.categories().get(plan.category, {}).get("tier", Tier.STANDARD)),
        platform=plan.platform,
        seconds=seconds,
        width=plan.size.width,
        height=plan.size.height,
        has_image=scene.source.kind != "drawn",
        quotes=_quotes(studio, videos, seconds),
    )
    left = [cap.left for cap in spend.counting(studio, owner, project_id) if cap.left is not None]
    return route(
        want,
        videos,
        usable=frozenset({LOCAL, *studio.vendors}),
        health={vendor: as_of(health, studio.now()) for vendor, health in studio.health.items()},
        history=histories(studio.db),
        today=studio.now().date(),
        budget_left=min(left, default=None),
        chosen=scene.model,
    )


def _quotes(studio: Studio, cards: list[ModelCard], seconds: float) -> dict[str, Decimal]:
    """What open vendors say themselves: they bill whole lengths."""
    found: dict[str, Decimal] = {}
    for card in cards:
        vendor = studio.vendors.get(card.vendor)
        if vendor is None or card.price is None:
            continue
        name = card.id.removeprefix(f"{card.vendor}/")
        try:
            order = ClipOrder(model=name, prompt="", seconds=seconds, width=0, height=0, seed=0)
            found[card.id] = vendor.quote(order, card.known_price)
        except (UnknownPrice, VendorRejected):
            continue
    return found
