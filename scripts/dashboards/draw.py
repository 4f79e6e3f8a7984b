"""Dashboards as pictures, from what a Prometheus has, so that a reader sees them without Grafana."""

import math
import re
import textwrap
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from scripts.dashboards.source import Dashboard, Panel
from streamflow.observe.prometheus import Prometheus

COLUMNS: Final = 2
STEP_SECONDS: Final = 5

_INK, _QUIET, _GRID, _GOOD, _BAD = "#16202c", "#5d6b7a", "#e1e5ea", "#12855a", "#d1293d"
_LINES: Final = ("#2459d6", "#d9730d", "#12855a", "#8b4fc6", "#0e8a9c", "#b4536a", "#6b7a12", "#a9b4c0")
_PLACE: Final = re.compile(r"\{\{\s*(\w+)\s*\}\}")

_Named = list[tuple[str, float]]
_Courses = list[tuple[str, list[tuple[float, float]]]]


def draw(page: Dashboard, prometheus: Prometheus, start_s: float, end_s: float, path: Path) -> None:
    """Draw every panel of a dashboard over a span of time, in seconds since the epoch."""
    rows = -(-len(page.panels) // COLUMNS)
    with mpl.rc_context({"font.size": 9, "axes.edgecolor": _GRID, "text.color": _INK, "xtick.color": _QUIET, "ytick.color": _QUIET}):
        figure = Figure(figsize=(14, 2.7 * rows + 0.5), layout="constrained", facecolor="white")
        figure.suptitle(page.title, x=0.01, ha="left", fontsize=15, fontweight="bold")
        for place, panel in enumerate(page.panels, 1):
            axes = figure.add_subplot(rows, COLUMNS, place)
            axes.set_title("\n".join(textwrap.wrap(panel.question, 78)), loc="left", fontsize=10, color=_INK)
            if panel.kind in ("lines", "stacked"):
                _over_time(axes, panel, _courses(page, panel, prometheus, start_s, end_s))
            else:
                (_bars if panel.kind == "bars" else _numbers)(axes, panel, _newest(page, panel, prometheus))
        figure.savefig(path, dpi=75)


def name(legend: str, labels: dict[str, str]) -> str:
    """Return a series' name as Grafana makes it.

    Examples
    --------
    >>> name("{{job}}: busy", {"job": "fraud-detector"})
    'fraud-detector: busy'
    """
    return _PLACE.sub(lambda found: labels.get(found[1], ""), legend)


def show(value: float, unit: str) -> str:
    """Return a value with its unit.

    Examples
    --------
    >>> show(0.1234, "percentunit"), show(5400, "s"), show(0.0123, "s"), show(2_500_000, "bytes"), show(12_345.6, "ops")
    ('12.3 %', '1.5 h', '12.3 ms', '2.38 MiB', '12.3 k/s')
    """
    if math.isnan(value):
        return "-"
    if unit == "percentunit":
        return f"{value * 100:.3g} %"
    if unit == "s":
        if value and abs(value) < 1:
            return f"{value * 1000:.3g} ms"
        return f"{value / 3600:.3g} h" if abs(value) >= 3600 else f"{value / 60:.3g} min" if abs(value) >= 120 else f"{value:.3g} s"
    if unit == "bytes":
        return f"{value / 2**20:.3g} MiB" if abs(value) >= 2**20 else f"{value / 2**10:.3g} KiB"
    short = f"{value / 1000:.3g} k" if abs(value) >= 10_000 else f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
    return f"{short}/s" if unit == "ops" else short


def _courses(page: Dashboard, panel: Panel, prometheus: Prometheus, start_s: float, end_s: float) -> _Courses:
    return [
        (name(query.legend, found.labels), found.points)
        for query in panel.queries
        for found in prometheus.span(page.ask(query), start_s, end_s, STEP_SECONDS)
    ]


def _newest(page: Dashboard, panel: Panel, prometheus: Prometheus) -> _Named:
    return [(name(query.legend, found.labels), found.value) for query in panel.queries for found in prometheus.query(page.ask(query))]


def _over_time(axes: Axes, panel: Panel, courses: _Courses) -> None:
    # What is nothing all the time needs no line when others have one.
    busy = [course for course in courses if any(value for _, value in course[1] if not math.isnan(value))] or courses[:1]
    for number, (label, points) in enumerate(busy):
        times = [datetime.fromtimestamp(time, UTC) for time, _ in points]
        colour = _LINES[number % len(_LINES)]
        if panel.kind == "lines":
            axes.plot(times, [value for _, value in points], color=colour, linewidth=1.4, label=label)  # type: ignore[arg-type]
    if panel.kind == "stacked":
        every = sorted({time for _, points in busy for time, _ in points})
        values = [[dict(points).get(time, 0.0) for time in every] for _, points in busy]
        moments = [datetime.fromtimestamp(time, UTC) for time in every]
        axes.stackplot(moments, values, labels=[label for label, _ in busy], colors=_LINES, alpha=0.75)  # type: ignore[arg-type]
    for bound in (panel.bad_above, panel.bad_below):
        # A bound far away from everything would flatten what there is.
        if bound is not None and bound <= 3 * max((value for _, points in busy for _, value in points), default=0):
            axes.axhline(bound, color=_BAD, linestyle="--", linewidth=1)
    axes.set_ylim(bottom=0)
    locator = AutoDateLocator(maxticks=10)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: show(value, panel.unit)))
    axes.grid(color=_GRID, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(fontsize=7.5, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))


def _bars(axes: Axes, panel: Panel, values: _Named) -> None:
    rows = list(reversed(values))
    axes.barh([label for label, _ in rows], [value for _, value in rows], color=[_colour(panel, value) for _, value in rows], height=0.6)
    for place, (_, value) in enumerate(rows):
        axes.text(max(value, 0), place, f" {show(value, panel.unit)}", va="center", fontsize=8)
    axes.margins(x=0.15)
    # A lone bar is as wide as one of four.
    axes.set_ylim(min(-0.6, len(rows) - 4.6), len(rows) - 0.4)
    axes.tick_params(length=0, labelsize=8)
    axes.set_xticks([])
    axes.spines[:].set_visible(False)


def _numbers(axes: Axes, panel: Panel, values: _Named) -> None:
    axes.axis("off")
    for place, (label, value) in enumerate(values):
        row, column = divmod(place, 3)
        x, y = column / 3 + 0.01, 0.72 - row * 0.5
        axes.text(x, y, show(value, panel.unit), fontsize=17, fontweight="bold", color=_colour(panel, value), transform=axes.transAxes)
        words = textwrap.fill(label, 24)
        axes.text(x, y - 0.05, words, fontsize=8.5, color=_QUIET, va="top", transform=axes.transAxes)


def _colour(panel: Panel, value: float) -> str:
    if panel.bad_above is None and panel.bad_below is None:
        return _LINES[0]
    above = panel.bad_above is not None and value >= panel.bad_above
    below = panel.bad_below is not None and value < panel.bad_below
    return _BAD if above or below else _GOOD
