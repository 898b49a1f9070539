"""Which model should film a scene: the router (core.domain.routing) with what is known here put before it."""

from __future__ import annotations

from decimal import Decimal

from core import facts
from core.db.history import histories
from core.domain.catalogue import ModelCard
from core.domain.errors import UnknownPrice, VendorError
from core.domain.health import as_of
from core.domain.plan import Plan
from core.domain.routing import Route, Want, route
from core.domain.shoot import clip_seconds
from core.domain.tiers import Tier
from core.services import pricing, spend
from core.services.studio import Studio
from core.services.vendors import LOCAL


def proposals(studio: Studio, owner: str, project_id: str, plan: Plan, index: int) -> Route:
    """Every model for one scene of a plan, in order, each with its reason, or why it cannot film it."""
    scene = plan.scenes[index]
    recorded = scene.source.seconds if scene.plays else None
    videos = [card for card in studio.cards if card.kind == "video"]
    want = Want(
        kind="video",
        tier=Tier(facts.categories().get(plan.category, {}).get("tier", Tier.STANDARD)),
        platform=plan.platform,
        seconds=recorded or clip_seconds(plan, index),
        width=plan.size.width,
        height=plan.size.height,
        has_image=scene.source.kind in ("image", "key_frame"),
        has_performance=scene.plays,
        needs_character=scene.plays and plan.character is not None,
        quotes=_quotes(studio, videos, plan, index),
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


def _quotes(studio: Studio, cards: list[ModelCard], plan: Plan, index: int) -> dict[str, Decimal]:
    """What open vendors say themselves: they bill whole lengths."""
    found: dict[str, Decimal] = {}
    for card in cards:
        vendor = studio.maker("video", card.vendor)
        if vendor is None or card.price is None:
            continue
        if card.plays != plan.scenes[index].plays:
            continue  # it cannot film this one
        try:
            found[card.id] = vendor.quote(pricing.scene_order(card, plan, index), card.known_price)
        except (UnknownPrice, VendorError):  # some have to be asked, and may be away
            continue
    return found
