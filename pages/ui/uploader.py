"""Uploads of any size: the browser streams the file to the API, Streamlit never holds it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent
_HTML = """<div class="box"><span class="label"></span><span class="hint"></span><input type="file">
<progress hidden></progress><span class="words" role="status"></span>
<button class="stop" type="button" hidden>Cancel upload</button></div>"""
_uploader = st.components.v2.component(
    "reprise_uploader",
    html=_HTML,
    css=(_HERE / "uploader.css").read_text("utf-8"),
    js=(_HERE / "uploader.js").read_text("utf-8"),
)


def upload(
    project_id: str, kind: str, *, label: str, hint: str, suffixes: Sequence[str], max_bytes: int, several: bool = False
) -> tuple[str, ...]:
    """Show the uploader; ids of the assets that have just arrived, in the one run after it."""
    shown = _uploader(
        key=f"upload_{kind}_{project_id}",
        data={
            "url": f"/api/uploads/{project_id}/{kind}",
            "label": label,
            "hint": hint,
            "accept": ",".join(suffixes),
            "max_bytes": max_bytes,
            "several": several,
        },
        on_done_change=lambda: None,
    )
    return tuple(shown.done or ())
