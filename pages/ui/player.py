"""Players and downloads of stored files, by their address on this server."""

from __future__ import annotations

import html

import streamlit as st

from core.domain.views import AssetView
from pages.ui.shell import address
from pages.ui.text import plain

TALL, WIDE = 320, 720
"""Pixels; a narrower place makes the player narrower."""


def film(asset: AssetView, *, says: str, start: float = 0) -> None:
    """A player that stands at `start` seconds; a new start moves it without loading the film again."""
    tall = asset.width and asset.height and asset.height > asset.width
    with st.container(horizontal_alignment="center"):
        st.video(address(asset.url), start_time=int(start), alt=says, width=TALL if tall else WIDE)


def picture(asset: AssetView | None, *, says: str, shape: float) -> None:
    """A picture as wide as its place, or a grey stand-in; it keeps its shape (width over height) while it loads."""
    style = (
        f"display:block;width:100%;aspect-ratio:{shape:.3f};object-fit:cover;border-radius:8px;"
        "background:rgba(128,128,128,.16)"
    )
    if asset is None:
        st.html(f'<div style="{style}"></div>')
    else:
        st.html(f'<img src="{html.escape(address(asset.url))}" alt="{html.escape(says)}" style="{style}">')


def download(label: str, url: str, icon: str, *, main: bool = False) -> None:
    """A plain link that saves the file."""
    st.link_button(plain(label), address(url), icon=f":material/{icon}:", type="primary" if main else "secondary")
