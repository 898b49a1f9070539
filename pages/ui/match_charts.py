"""The pictures of a match report: the cuts of both films over their colours, and their curves laid over each other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.domain.analysis import Curve
from core.domain.match import NAMES, Match, Stretch

SAMPLE, FILM = "#8b949c", "#d9822b"
"""Readable on light and on dark."""
POINTS = 120
"""Of a curve; more are not seen."""
MARGIN = {"l": 0, "r": 20, "t": 24, "b": 0}
"""Room at the right for the last label of the axis."""


def scores(match: Match) -> Any:
    """A bar for each aspect, the heaviest on top."""
    shown = [aspect for aspect in match.aspects if aspect.score is not None][::-1]
    figure = go.Figure(
        go.Bar(
            x=[aspect.score for aspect in shown],
            y=[f"{NAMES[aspect.aspect]}  " for aspect in shown],
            text=[str(aspect.score) for aspect in shown],
            customdata=[f"{aspect.reason}<br>{aspect.weight:.0%} of the whole" for aspect in shown],
            hovertemplate="%{customdata}<extra></extra>",
            orientation="h",
            textposition="auto",
            insidetextanchor="end",
            marker={"color": [_colour(aspect.score or 0) for aspect in shown], "line": {"width": 0}},
            width=0.68,
        )
    )
    figure.update_layout(height=40 + 30 * len(shown), margin={**MARGIN, "t": 4}, dragmode=False, showlegend=False)
    figure.update_xaxes(range=[0, 100], fixedrange=True, tickvals=[0, 25, 50, 75, 100])
    figure.update_yaxes(fixedrange=True, showgrid=False)
    return figure


def _colour(score: int) -> str:
    return "#2f9e8f" if score >= 75 else "#d9a22b" if score >= 50 else "#d0614f"


def cuts(sample: Stretch, film: Stretch) -> Any:
    """Every shot of both as a block of its main colour, from the first picture to the last."""
    figure = go.Figure()
    for name, stretch in (("Film  ", film), ("Sample  ", sample)):
        shots = stretch.analysis.shots
        whole = stretch.analysis.duration
        main = [max(s.palette, key=lambda c: c.share).hex if s.palette else "#888888" for s in shots]
        figure.add_bar(
            y=[name] * len(shots),
            x=[100 * s.seconds / whole for s in shots],
            base=[100 * s.start / whole for s in shots],
            orientation="h",
            marker={"color": main, "line": {"width": 1.5, "color": "rgba(128,128,128,0.9)"}},
            customdata=[f"{s.start:.1f} to {s.end:.1f} s" for s in shots],
            hovertemplate="%{customdata}<extra></extra>",
            width=0.7,
            showlegend=False,
        )
    figure.update_layout(height=130, margin={**MARGIN, "t": 4}, barmode="overlay", dragmode=False)
    figure.update_xaxes(range=[0, 100], fixedrange=True, ticksuffix=" %", nticks=6, showgrid=False)
    figure.update_yaxes(fixedrange=True, showgrid=False)
    return figure


def curves(sample: Stretch, film: Stretch) -> Any:
    """Brightness, motion and loudness of both, from the first picture to the last of each."""
    rows = [("Brightness, %", "brightness", 100.0), ("Motion, % a frame", "motion", 100.0)]
    if sample.analysis.loudness and film.analysis.loudness:
        rows.append(("Loudness, LUFS", "loudness", 1.0))
    figure = make_subplots(
        rows=len(rows), cols=1, shared_xaxes=True, vertical_spacing=0.1, subplot_titles=[title for title, _, _ in rows]
    )
    for row, (_, field, factor) in enumerate(rows, 1):
        for name, stretch, colour in (("Sample", sample, SAMPLE), ("Film", film, FILM)):
            x, y = _along(getattr(stretch.analysis, field), stretch.analysis.duration)
            line = go.Scatter(
                x=x, y=[round(value * factor, 2) for value in y], name=name, showlegend=row == 1, mode="lines",
                legendgroup=name, line={"color": colour, "width": 2.4, "dash": "dot" if name == "Sample" else "solid"},
            )  # fmt: skip
            figure.add_trace(line, row=row, col=1)
    figure.update_layout(
        height=40 + 150 * len(rows), margin={**MARGIN, "t": 46}, hovermode="x unified", dragmode=False,
        legend={"orientation": "h", "y": 1.12, "x": 0, "title": None},
    )  # fmt: skip
    figure.update_annotations(font={"size": 13}, x=0, xanchor="left")
    figure.update_xaxes(range=[0, 100], fixedrange=True, showgrid=False)
    figure.update_xaxes(ticksuffix=" %", nticks=6, row=len(rows), col=1)
    figure.update_yaxes(fixedrange=True, nticks=4)
    return figure


def _along(curve: Curve, duration: float) -> tuple[list[float], list[float]]:
    """Percent of the way, and means over as many pieces as are drawn."""
    values = curve.values
    pieces = max(1, min(POINTS, len(values)))
    edges = [round(n * len(values) / pieces) for n in range(pieces + 1)]
    x = [min(100.0, 100 * (a + b) / 2 * curve.step / duration) for a, b in pairwise(edges)]
    return x, [_mean(values[a : max(a + 1, b)]) for a, b in pairwise(edges)]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
