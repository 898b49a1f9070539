"""What a film's Content Credentials say of it, read back from the film itself."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.domain.time import timecode
from core.domain.views import FilmView
from pages.ui.text import plain

KINDS = {
    "trainedAlgorithmicMedia": "Its pictures were made by AI models.",
    "compositeWithTrainedAlgorithmicMedia": "Parts of it were made by AI models.",
    "algorithmicMedia": "It was drawn and played by a program; no trained model made it.",
    "composite": "A program drew it, partly from pictures that were given to it; no trained model made it.",
}
"""The IPTC's words for how something came to be, in ours."""
SOURCES = {
    "drawn": "", "own image": " from your picture", "sample frame": " from a frame of the sample",
    "own recording": " from your recording, played by the character",
}  # fmt: skip


def panel(film: FilmView) -> None:
    """Who signed the film, and what it says about itself; nothing of a film that was never signed."""
    if film.credentials:
        st.caption(f":material/verified_user: {plain(film.credentials)}")
    if not film.provenance:
        return
    with st.expander("What the film says about itself", icon=":material/verified_user:", key="provenance"):
        _told(film.provenance)


def _told(said: dict[str, Any]) -> None:
    kind = said["kind"]
    st.markdown(f"{KINDS.get(kind, '')} :gray[{plain(kind)}]")
    st.markdown("\n".join(_scene(scene) for scene in said["scenes"]))
    if said["edits"]:
        st.markdown("\n".join(f"- {plain(_edit(edit))}" for edit in said["edits"]))
    if said["sample_sha256"]:
        st.caption(f"The sample is named by its hash only: {plain(said['sample_sha256'][:16])}…")
    state = "unchanged since it was signed" if said["verified"] else f"not valid: {', '.join(said['problems'])}"
    trust = " Nobody trusts that certificate: it tells of changes, not of who made the film." * said["development"]
    st.caption(plain(f"Read back from the file, {state}. Signed by {said['signer']}.{trust}"))


def _scene(scene: dict[str, Any]) -> str:
    span = f"{timecode(scene['start'])} to {timecode(scene['end'])}"
    return f"- Scene {scene['scene']}, {span}: {plain(scene['model'])}{SOURCES.get(scene['from'], '')}"


def _edit(edit: dict[str, Any]) -> str:
    """What was done, and by which model."""
    by = edit.get("by")
    return f"{edit['says']} By {by['model']}." if by else str(edit["says"])
