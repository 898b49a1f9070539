"""The sample tab: its player, its shots and what was measured of it."""

from __future__ import annotations

import streamlit as st

from core.domain.analysis import SampleAnalysis, Shot
from core.domain.time import timecode
from core.domain.views import AnalysisView, ProjectView
from pages.ui import charts, look, player, tracks
from pages.ui.shell import address
from pages.ui.strip import Card, strip
from pages.ui.text import duration, plain

CAMERAS = {
    "static": "static", "pan_left": "pans left", "pan_right": "pans right", "tilt_up": "tilts up",
    "tilt_down": "tilts down", "push_in": "pushes in", "pull_out": "pulls out", "handheld": "handheld",
}  # fmt: skip
SIZES = {
    "extreme_close_up": "extreme close-up", "close_up": "close-up", "medium": "medium", "wide": "wide",
    "extreme_wide": "extreme wide",
}  # fmt: skip
HOW = {"measured": "check", "described": "auto_awesome", "not available": "remove"}


def sample(view: ProjectView, seen: AnalysisView | None) -> None:
    """Everything known of the sample; a chosen shot moves the player there."""
    if view.sample is None:
        st.info("This film was planned from the brief alone; there is no sample.", icon=":material/description:")
        return
    place = f"jump_{view.id}"
    player.film(view.sample, says="Your sample", start=st.session_state.get(place, 0))
    if seen is None:
        st.info("The figures appear here when the sample has been measured.", icon=":material/hourglass_top:")
        return
    measured = seen.analysis
    _shots(view, seen, place)
    _figures(measured)
    st.plotly_chart(
        charts.readable(charts.rhythm(measured)),
        key=f"rhythm_{view.id}",
        on_select=lambda: _jump_to_point(view.id, place),
        selection_mode="points",
        config=charts.QUIET,
        alt="Motion, brightness and loudness over time, with the colours of each shot below",
    )
    st.caption("Choose a shot or a point, and the player goes there.")
    look.swatches([colour.hex for colour in measured.palette])
    drawn = tracks.tracks(measured)
    if drawn is not None:
        says = "How the camera pans, tilts and zooms over time; below, where there is speech, music, silence and a beat"
        st.plotly_chart(charts.readable(drawn), key=f"tracks_{view.id}", config=charts.QUIET, alt=says)
    _writing(measured)
    with st.expander("How these figures were got", icon=":material/rule:"):
        for name, how in measured.got.items():
            st.markdown(f":material/{HOW[how]}: {plain(name.replace('_', ' ').capitalize())}: {how}")


def _jump_to_point(project_id: str, place: str) -> None:
    points = st.session_state[f"rhythm_{project_id}"].selection.points
    if points:
        st.session_state[place] = float(points[0]["x"])


def _shots(view: ProjectView, seen: AnalysisView, place: str) -> None:
    shots = seen.analysis.shots
    pictures = [address(frame.url) for frame in seen.key_frames] + [""] * len(shots)
    shape = seen.analysis.width / seen.analysis.height
    cards = [_card(number, shot, pictures[number], shape) for number, shot in enumerate(shots)]
    chosen, _ = strip(f"shots_{view.id}", cards, label="Shots of the sample", moves=False)
    if chosen:
        st.session_state[place] = shots[int(chosen)].start
        st.rerun()


def _writing(measured: SampleAnalysis) -> None:
    """The text that stands in the key frames, by its shot."""
    shots = [shot for shot in measured.shots if shot.writing]
    if not shots:
        return
    with st.expander("Text in the picture", icon=":material/title:"):
        for shot in shots:
            st.markdown(f"**{timecode(shot.start)}** {plain(' / '.join(line.text for line in shot.writing))}")


def _framing(shot: Shot) -> str:
    """`medium, pans left`: the shot size, where a face tells it, and the camera."""
    size = f"{SIZES[shot.size]}, " if shot.size else ""
    return size + CAMERAS[shot.camera]


def _card(number: int, shot: Shot, picture: str, shape: float) -> Card:
    return Card(
        id=str(number),
        title=timecode(shot.start),
        note=f"{shot.seconds:.1f} s, {_framing(shot)}",
        says=f"Shot {number + 1}, at {timecode(shot.start)}, {shot.seconds:.1f} seconds. Go there in the player.",
        picture=picture,
        shape=max(0.8, shape),
        colours=tuple((colour.hex, colour.share) for colour in shot.palette),
    )


def _figures(measured: SampleAnalysis) -> None:
    speech = measured.speech_share
    with st.grid(4, min_column_width=120):
        st.metric("Length", duration(measured.duration), border=True)
        st.metric("Shots", len(measured.shots), border=True)
        st.metric("Average shot", f"{measured.mean_shot_seconds:.1f} s", border=True)
        st.metric("Speech", "—" if speech is None else f"{speech:.0%}", border=True)
        st.metric("Loudness, LUFS", _or_dash(measured.loudness_lufs), border=True)
        st.metric("True peak, dB", _or_dash(measured.true_peak_db), border=True)
        st.metric("Beats a minute", _or_dash(measured.tempo_bpm, digits=0), border=True, help=_tempo_help(measured))
        st.metric(
            "Picture", f"{measured.width} x {measured.height}", border=True, help=f"{measured.fps:.4g} frames a second"
        )


def _tempo_help(measured: SampleAnalysis) -> str:
    return f"Confidence {measured.tempo_confidence:.0%}; speech without music gives a low one."


def _or_dash(value: float | None, digits: int = 1) -> str:
    return "—" if value is None else f"{value:.{digits}f}"
