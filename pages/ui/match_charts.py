"""The pictures of a match report: the cuts of both films over their colours, and their curves laid over each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.domain.analysis import Curve
from core.domain.match import NAMES, Match, Stretch

SAMPLE, FILM = "#8b949c", "#d9822b"
"""Readable on light and on dark."""
ON_BAR = "#121415"
"""Readable on each colour of a score."""
SIZES = ["wide", "medium", "close"]
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
            insidetextfont={"color": ON_BAR},
            marker={"color": [_colour(aspect.score or 0) for aspect in shown], "line": {"width": 0}},
            width=0.68,
        )
    )
    figure.update_layout(height=40 + 30 * len(shown), margin={**MARGIN, "t": 4}, dragmode=False, showlegend=False)
    figure.update_xaxes(range=[0, 100], fixedrange=True, tickvals=[0, 25, 50, 75, 100])
    figure.update_yaxes(fixedrange=True, showgrid=False)
    return figure


def _colour(score: int) -> str:
    return "#2f9e8f" if score >= 75 else "#d9a22b" if score >= 50 else "#e07a6a"


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


Line = tuple[list[float], list[float]]
"""Percents of the way, and what is there."""


@dataclass(frozen=True)
class _Row:
    """One of the curves under one another."""

    title: str
    line: Callable[[Stretch], Line]
    axis: dict[str, Any] = field(default_factory=dict)
    shape: str = "linear"


def curves(sample: Stretch, film: Stretch) -> Any:
    """What changes over time in both, from the first picture to the last of each; only what one of them has."""
    rows = [
        _Row("Shot size", _sizes, {"range": [0, 1], "tickvals": [0.1, 0.5, 0.9], "ticktext": SIZES}, "hv"),
        _Row("Brightness, %", lambda s: _along(s.analysis.brightness, s, 100), {"nticks": 4}),
        # in octaves, as it is scored: a designed transition is a hundred times as lively as what is around it
        _Row("Motion, % a frame", _motion, {"type": "log", "tickvals": [0.1, 1, 10, 100], "range": [-1.2, 2.1]}),
    ]
    if sample.analysis.loudness and film.analysis.loudness:
        rows.append(_Row("Loudness, LUFS", _loudness, {"nticks": 4}))
    if sample.reading.syllables or film.reading.syllables:
        rows.append(_Row("Words a minute", _words, {"nticks": 4, "rangemode": "tozero"}, "hv"))
    if any(sample.reading.text.values) or any(film.reading.text.values):
        line = _Row("Text, % of the picture", lambda s: _along(s.reading.text, s, 100), {"rangemode": "tozero"}, "hv")
        rows.append(line)
    figure = make_subplots(
        rows=len(rows), cols=1, shared_xaxes=True, vertical_spacing=0.25 / len(rows),
        subplot_titles=[row.title for row in rows],
    )  # fmt: skip
    for number, row in enumerate(rows, 1):
        for name, stretch, colour in (("Sample", sample, SAMPLE), ("Film", film, FILM)):
            x, y = row.line(stretch)
            dash = "dot" if name == "Sample" else "solid"
            line = go.Scatter(
                x=x, y=y, name=name, showlegend=number == 1, mode="lines", legendgroup=name,
                line={"color": colour, "width": 2.4, "dash": dash, "shape": row.shape},
            )  # fmt: skip
            figure.add_trace(line, row=number, col=1)
        figure.update_yaxes(fixedrange=True, row=number, col=1, **row.axis)
    figure.update_layout(
        height=60 + 140 * len(rows), margin={**MARGIN, "t": 60}, hovermode="x unified", dragmode=False,
        legend={"orientation": "h", "y": 1 + 40 / (140 * len(rows)), "yanchor": "bottom", "x": 0, "title": None},
    )  # fmt: skip
    figure.update_annotations(font={"size": 13}, x=0, xanchor="left")
    figure.update_xaxes(range=[0, 100], fixedrange=True, showgrid=False)
    figure.update_xaxes(ticksuffix=" %", nticks=6, row=len(rows), col=1)
    return figure


def _sizes(stretch: Stretch) -> Line:
    """How close the camera is in each shot."""
    shots, whole = stretch.shots, stretch.analysis.duration
    ends = [close for _, close, _ in shots][-1:]
    return [100 * shot.start / whole for shot, _, _ in shots] + [100.0] * len(ends), [c for _, c, _ in shots] + ends


def _motion(stretch: Stretch) -> Line:
    x, y = _along(stretch.analysis.motion, stretch, 100)
    return x, [max(0.1, value) for value in y]


def _loudness(stretch: Stretch) -> Line:
    assert stretch.analysis.loudness
    return _along(stretch.analysis.loudness, stretch, 1)


def _words(stretch: Stretch) -> Line:
    """In pieces of about three seconds."""
    count = max(3, round(stretch.seconds / 3))
    said = [round(stretch.share(n / count, (n + 1) / count).words_a_minute) for n in range(count)]
    return [100 * n / count for n in range(count + 1)], [*said, *said[-1:]]


def _along(curve: Curve, stretch: Stretch, factor: float) -> Line:
    """Percent of the way, and means over as many pieces as are drawn."""
    values = curve.values
    pieces = max(1, min(POINTS, len(values)))
    edges = [round(n * len(values) / pieces) for n in range(pieces + 1)]
    x = [min(100.0, 100 * (a + b) / 2 * curve.step / stretch.analysis.duration) for a, b in pairwise(edges)]
    return x, [round(factor * _mean(values[a : max(a + 1, b)]), 2) for a, b in pairwise(edges)]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
