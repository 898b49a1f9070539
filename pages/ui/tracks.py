"""The camera over time, and the stretches of sound and picture that a sample is made of, on one time line."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.domain.analysis import CameraCurve, SampleAnalysis, Span

HEIGHT = 0.62
"""Of a stretch, where its row is 1 high."""
MARGIN = {"l": 0, "r": 0, "t": 6, "b": 0}
HINT = "%{base:.1f} s, %{x:.1f} s long"


def tracks(sample: SampleAnalysis) -> Any | None:
    """Camera moves above, stretches and beats below, in seconds; None where there is neither."""
    stretches = _stretches(sample)
    if sample.camera is None and not stretches and not sample.beats:
        return None
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, row_heights=[0.55, 0.45], vertical_spacing=0.06)
    if sample.camera:
        _camera(figure, sample.camera)
    for name, spans in stretches.items():
        figure.add_trace(_bars(name, spans), row=2, col=1)
    if sample.beats:
        figure.add_trace(_beats(sample.beats), row=2, col=1)
    for shot in sample.shots[1:] if len(sample.shots) < 40 else ():
        figure.add_vline(x=shot.start, line_width=1, line_dash="dot", line_color="#8a9094", opacity=0.7)
    figure.update_layout(
        height=300, margin=MARGIN, barmode="overlay", dragmode=False, hovermode="closest",
        legend={"orientation": "h", "y": 1.16, "x": 0, "title": None},
    )  # fmt: skip
    figure.update_xaxes(range=[0, sample.duration], fixedrange=True, showgrid=False)
    step = next(s for s in (1, 2, 5, 10, 20) if sample.duration / s <= 8)
    figure.update_xaxes(tickmode="linear", tick0=0, dtick=step, ticksuffix=" s", row=2, col=1)
    figure.update_yaxes(fixedrange=True, tickformat="+.0%", nticks=5, zeroline=True, row=1, col=1)
    figure.update_yaxes(fixedrange=True, autorange="reversed", showgrid=False, row=2, col=1)
    return figure


def _camera(figure: Any, camera: CameraCurve) -> None:
    """Pan, tilt and zoom, in shares of the picture a second."""
    times = [round(index * camera.step, 3) for index in range(len(camera.pan))]
    for name, values in (("Pan (right)", camera.pan), ("Tilt (up)", camera.tilt), ("Zoom (closer)", camera.zoom)):
        line = go.Scatter(x=times, y=list(values), name=name, mode="lines", line={"width": 2})
        figure.add_trace(line, row=1, col=1)


def _stretches(sample: SampleAnalysis) -> dict[str, tuple[Span, ...]]:
    """What there is of each kind, by its name."""
    kinds = {
        "Speech": sample.speech, "Music": sample.music, "Silence": sample.silence, "Black": sample.black,
        "Frozen": sample.frozen,
    }  # fmt: skip
    return {name: spans for name, spans in kinds.items() if spans}


def _bars(name: str, spans: tuple[Span, ...]) -> Any:
    return go.Bar(
        base=[span.start for span in spans], x=[span.end - span.start for span in spans], y=[name] * len(spans),
        orientation="h", width=HEIGHT, name=name, showlegend=False, hovertemplate=HINT,
    )  # fmt: skip


def _beats(beats: tuple[float, ...]) -> Any:
    return go.Scatter(
        x=list(beats), y=["Beats"] * len(beats), mode="markers", name="Beats", showlegend=False,
        marker={"symbol": "line-ns", "size": 11, "line": {"width": 2}}, hovertemplate="%{x:.2f} s",
    )  # fmt: skip
