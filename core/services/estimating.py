"""What a film, and a month of films, will come to: quotes with what the history here says of them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from core.db.history import histories
from core.domain.estimates import NONE, Estimate, Range, estimate, itemise, month
from core.domain.views import QuoteView
from core.services.studio import Studio
from core.services.vendors import usable


def of_quote(studio: Studio, quote: QuoteView) -> Estimate:
    """Low, likely and high of each line and of the whole."""
    return itemise(quote.lines, histories(studio.db))


def of_month(studio: Studio, *, films_a_day: Decimal, seconds: Decimal, mix: Mapping[str, Decimal]) -> Range:
    """What this month costs at so many films a day of so many seconds; `mix` is each video model's share of them."""
    known = histories(studio.db)
    films = {
        card.id: estimate(seconds, card.price, known.get(card.id, NONE))
        for card in usable(studio, "video")
        if card.price is not None
    }
    return month(films_a_day, mix, films, studio.now().date())
