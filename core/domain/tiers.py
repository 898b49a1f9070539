"""How much quality, price, speed and fit weigh for the films of a category."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from core.domain.plan import Platform


class Tier(StrEnum):
    """How much care and money the films of a category get; data/categories.toml says which."""

    PREMIUM = "premium"
    STANDARD = "standard"
    ECONOMY = "economy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """How much each virtue counts; together 1."""

    quality: float
    price: float
    speed: float
    capability: float

    @property
    def most(self) -> str:
        """What counts most, as the end of a sentence."""
        shares = {"quality": self.quality, "price": self.price, "speed": self.speed, "fit": self.capability}
        first = [name for name, share in shares.items() if share == max(shares.values())]
        return f"{' and '.join(first)} {'counts' if len(first) == 1 else 'count'} most"


WEIGHTS = {
    # A film for a bank or a watch maker that looks cheap does harm: it may cost ten times as much.
    Tier.PREMIUM: Weights(quality=0.60, price=0.10, speed=0.05, capability=0.25),
    # Clearly better is worth its price; from good to very good is seldom worth several times as much.
    Tier.STANDARD: Weights(quality=0.35, price=0.35, speed=0.10, capability=0.20),
    # Jokes and game clips are made in numbers and looked at once: many cheap and quick ones beat a fine one.
    Tier.ECONOMY: Weights(quality=0.15, price=0.55, speed=0.20, capability=0.10),
}
FEEDS: frozenset[Platform] = frozenset({"tiktok", "shorts", "reels"})
FEED_SHIFT = 0.05
"""Of the weight of quality goes to speed in a feed: it is watched small and squeezed, and its trends pass."""


def weights_of(tier: Tier, platform: Platform) -> Weights:
    """What counts for a film of that tier on that platform."""
    weights = WEIGHTS[tier]
    if platform not in FEEDS:
        return weights
    return replace(weights, quality=weights.quality - FEED_SHIFT, speed=weights.speed + FEED_SHIFT)
