"""Pictures of numbers: the rhythm of a sample, and what was spent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import plotly.graph_objects as go
import streamlit as st
from plotly.subplots import make_subplots

from core.domain.analysis import Curve, SampleAnalysis
from core.domain.money_views import SpendRow
from core.services.vendors import vendor_name

MANY_SHOTS = 40
"""With more, the lines between shots would hide the curves."""
QUIET = {"displayModeBar": False, "scrollZoom": False}
LABELS = "#5a5f6a"
_MARGIN = {"l": 0, "r": 0, "t": 6, "b": 0}


def readable(figure: Any) -> Any:
    """The same chart with labels that can be read on the light ground, where Streamlit's own are too pale."""
    if st.context.theme.get("type") != "dark":
        figure.update_xaxes(tickfont_color=LABELS)
        figure.update_yaxes(tickfont_color=LABELS)
        figure.update_annotations(font_color=LABELS)
    return figure


def rhythm(sample: SampleAnalysis) -> Any:
    """Motion, brightness and loudness over the palettes of the shots, on one time line in seconds."""
    figure = make_subplots(
        rows=2, cols=1, shared_xaxes=True, row_heights=[0.76, 0.24], vertical_spacing=0.05,
        specs=[[{"secondary_y": True}], [{}]],
    )  # fmt: skip
    _line(figure, sample.motion, "Motion", fill="tozeroy")
    _line(figure, sample.brightness, "Brightness")
    if sample.loudness:
        _line(figure, sample.loudness, "Loudness (LUFS)", right=True)
    _palettes(figure, sample)
    for shot in sample.shots[1:] if len(sample.shots) < MANY_SHOTS else ():
        figure.add_vline(x=shot.start, line_width=1, line_dash="dot", line_color="#8a9094", opacity=0.7, row=1, col=1)
    figure.update_layout(
        height=330, margin=_MARGIN, barmode="stack", hovermode="x unified", dragmode=False,
        legend={"orientation": "h", "y": 1.14, "x": 0, "title": None},
    )  # fmt: skip
    figure.update_xaxes(range=[0, sample.duration], fixedrange=True, showgrid=False)
    step = next(s for s in (1, 2, 5, 10, 20) if sample.duration / s <= 8)
    figure.update_xaxes(tickmode="linear", tick0=0, dtick=step, ticksuffix=" s", row=2, col=1)
    figure.update_yaxes(fixedrange=True, rangemode="tozero", tickformat=".0%", nticks=4, row=1, col=1)
    figure.update_yaxes(visible=False, row=2, col=1)
    figure.update_yaxes(
        secondary_y=True, row=1, col=1, showgrid=False, fixedrange=True, tickformat=".0f", rangemode="normal"
    )
    return figure


def _line(figure: Any, curve: Curve, name: str, *, fill: str | None = None, right: bool = False) -> None:
    """A curve with markers that nobody sees: plotly lets only markers be chosen."""
    times = [round(index * curve.step, 3) for index in range(len(curve.values))]
    line = go.Scatter(
        x=times, y=list(curve.values), name=name, fill=fill, line={"width": 2},
        mode="lines+markers", marker={"size": 10, "opacity": 0},
        selected={"marker": {"opacity": 0.9}}, unselected={"marker": {"opacity": 0}},
    )  # fmt: skip
    figure.add_trace(line, row=1, col=1, secondary_y=right)


def _palettes(figure: Any, sample: SampleAnalysis) -> None:
    """One stacked bar for each shot, as wide as the shot is long."""
    for rank in range(max(len(shot.palette) for shot in sample.shots)):
        shots = [shot for shot in sample.shots if len(shot.palette) > rank]
        bars = go.Bar(
            x=[(shot.start + shot.end) / 2 for shot in shots],
            width=[max(0.02, shot.seconds - sample.duration / 400) for shot in shots],
            y=[shot.palette[rank].share / sum(colour.share for colour in shot.palette) for shot in shots],
            marker={"color": [shot.palette[rank].hex for shot in shots], "line": {"width": 0}},
            showlegend=False,
            hoverinfo="skip",
        )
        figure.add_trace(bars, row=2, col=1)


FEWEST_DAYS = 7
"""That the spending is drawn over: one bar as wide as the page says nothing."""


def spend(rows: Sequence[SpendRow]) -> Any:
    """US dollars a day, stacked by vendor; days without any have their place too."""
    figure = go.Figure()
    days = _days([row.day for row in rows])
    for vendor in sorted({row.vendor for row in rows if row.amount}):
        sums = [float(sum(row.amount for row in rows if row.vendor == vendor and row.day == day)) for day in days]
        figure.add_bar(x=days, y=sums, name=vendor_name(vendor))
    figure.update_layout(
        height=280, margin=_MARGIN, barmode="stack", bargap=0.3, dragmode=False, showlegend=True,
        legend={"orientation": "h", "y": 1.14, "x": 0, "title": None},
    )  # fmt: skip
    figure.update_xaxes(type="date", tickformat="%-d %b", fixedrange=True, nticks=8)
    figure.update_yaxes(tickprefix="$", rangemode="tozero", fixedrange=True, nticks=5)
    return figure


def _days(seen: Sequence[str]) -> list[str]:
    """Every day from the first to the last, as they are written in the rows."""
    last = date.fromisoformat(max(seen))
    first = min(date.fromisoformat(min(seen)), last - timedelta(days=FEWEST_DAYS - 1))
    return [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]
