"""The person's own recording, and music of theirs or of the library: uploaded, heard, put in, taken out."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from core.domain.edits import ChangeMusic, ChangeVoice
from core.domain.views import AssetView, ProjectView, RevisionView
from core.services import intake, library
from pages.ui.board import change
from pages.ui.shell import action, address, studio
from pages.ui.text import plain, size
from pages.ui.uploader import upload


@dataclass(frozen=True)
class _Slot:
    """One place in the film that a sound of the person's can take."""

    kind: str
    edit: type[ChangeVoice | ChangeMusic]
    title: str
    about: str
    instead: str
    """On the button that takes it out again."""


SLOTS = (
    _Slot(
        kind="voice_over",
        edit=ChangeVoice,
        title="Your voice",
        about="One recording, heard from the first scene on instead of the spoken lines. "
        "Captions go by the script, found in the recording: say it as written, or have speech written down below.",
        instead="Speak the lines again",
    ),
    _Slot(
        kind="music",
        edit=ChangeMusic,
        title="Your music",
        about="A piece you may use. Trimmed to the film, or looped where it fits; it steps back under the voice.",
        instead="Compose music again",
    ),
)


def own_sound(view: ProjectView, revision: RevisionView) -> None:
    """Below the form, since an upload cannot be part of one."""
    st.markdown("**Your own sound**")
    columns = st.columns(2, gap="medium")
    for place, slot, used in zip(columns, SLOTS, (revision.plan.voice.own, revision.plan.music.own), strict=True):
        with place, st.container(border=True, height="stretch", key=f"own_{slot.kind}"):
            _slot(view, revision, slot, used)


def _slot(view: ProjectView, revision: RevisionView, slot: _Slot, used: str | None) -> None:
    st.markdown(f"**{slot.title}**")
    st.caption(slot.about)
    sounds = intake.sounds(*studio(), view.id, slot.kind)
    for sound in sounds:
        _sound(view, revision, slot, sound, is_used=sound.id == used)
    if used and used not in {sound.id for sound in sounds}:
        st.warning("The file that this film was to use is no longer there.", icon=":material/error:")
        _take_out(view, revision, slot)
    if slot.kind == "music":
        _library(view, revision)
    limits = intake.limits(studio()[0])
    arrived = upload(
        view.id,
        slot.kind,
        label="Choose or drop a sound",
        hint=f"MP3, WAV, M4A, OGG or FLAC, or a video with it, up to {size(limits['max_bytes'])}",
        suffixes=limits["sound_suffixes"],
        max_bytes=limits["max_bytes"],
    )
    if arrived:
        change(view.id, revision.number, [slot.edit(own=arrived[-1])], f"{slot.title} put in")
        st.rerun()


def _library(view: ProjectView, revision: RevisionView) -> None:
    """The pieces that come along: one is chosen, heard and put in."""
    pieces = {piece.id: piece for piece in library.pieces()}
    with st.expander("From the library", icon=":material/library_music:"):
        chosen = pieces[
            st.selectbox(
                "Piece", list(pieces), key=f"piece_{view.id}",
                format_func=lambda i: f"{pieces[i].name} · {pieces[i].mood} · {pieces[i].bpm:.0f} bpm",
            )
        ]  # fmt: skip
        st.caption(f"{plain(chosen.about)} Free for any use.")
        st.audio(str(chosen.file))
        st.button(
            "Put it in", key=f"take_piece_{view.id}", icon=":material/add:",
            on_click=_take, args=(view.id, revision.number, chosen.id),
        )  # fmt: skip


@action
def _take(project_id: str, base: int, piece: str) -> None:
    sound = library.take(*studio(), project_id, piece)
    change(project_id, base, [ChangeMusic(own=sound.id)], f"{sound.name.rpartition('.')[0]} put in")


def _sound(view: ProjectView, revision: RevisionView, slot: _Slot, sound: AssetView, *, is_used: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(plain(sound.name), width="stretch")
        if sound.seconds:
            st.caption(f"{sound.seconds:.1f} s", width="content")
        if is_used:
            st.badge("In the film", icon=":material/check:", color="green")
    st.audio(address(sound.url))
    film = revision.plan.seconds
    if is_used and sound.seconds and slot.kind == "voice_over" and sound.seconds > film + 0.1:
        st.caption(f":orange[It is {sound.seconds - film:.1f} s longer than the film: its end is not heard.]")
    if is_used:
        _take_out(view, revision, slot)
    else:
        edits = [slot.edit(own=sound.id)]
        st.button(
            "Use it", key=f"use_{sound.id}", icon=":material/add:",
            on_click=change, args=(view.id, revision.number, edits, f"{slot.title} put in"),
        )  # fmt: skip


def _take_out(view: ProjectView, revision: RevisionView, slot: _Slot) -> None:
    edits = [slot.edit(own="")]
    st.button(
        slot.instead, key=f"out_{slot.kind}", icon=":material/undo:",
        on_click=change, args=(view.id, revision.number, edits, f"{slot.title} taken out"),
    )  # fmt: skip
