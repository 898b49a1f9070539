"""A strip of pictures to choose from, and to put in order by drag or arrow keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent
_strip = st.components.v2.component(
    "reprise_strip",
    html='<div class="strip" role="group"></div>',
    css=(_HERE / "strip.css").read_text("utf-8"),
    js=(_HERE / "strip.js").read_text("utf-8"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One picture of a strip."""

    id: str
    title: str
    note: str
    says: str
    """What a screen reader says."""
    picture: str = ""
    """Its path on this server; empty while there is none."""
    shape: float
    """Width over height."""
    colours: tuple[tuple[str, float], ...] = ()
    """Hex and share, drawn as a bar."""


def strip(key: str, cards: Sequence[Card], *, label: str, moves: bool) -> tuple[str | None, tuple[str, ...] | None]:
    """Show the strip; the card just clicked and the order just made, each None when there was none."""
    shown = _strip(
        key=key,
        data={"items": [asdict(card) for card in cards], "label": label, "moves": moves},
        on_order_change=lambda: None,
        on_chosen_change=lambda: None,
    )
    order = shown.order
    return shown.chosen, tuple(order) if order else None
