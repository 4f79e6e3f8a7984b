"""Plots as SVG text: lines and bars with axes, legends and tips; they take their colours from the page that they stand in."""

from collections.abc import Callable, Sequence
from html import escape
from math import ceil, floor, isfinite, log10
from typing import Final, NamedTuple

WIDTH: Final = 520
WIDE: Final = 1090
HEIGHT: Final = 300
LEFT: Final = 58
RIGHT: Final = 24
TOP: Final = 34
BOTTOM: Final = 44
_GAP_RATIO: Final = 0.18
_DOT: Final = 3.5


class Line(NamedTuple):
    """A named line, or with `dots` single points; `colour` is the name of one of the page's colours."""

    name: str
    points: Sequence[tuple[float, float]]
    colour: str
    dots: bool = False
    dashed: bool = False


class Bars(NamedTuple):
    """A named series of values, one a category; series are stacked in their order."""

    name: str
    values: Sequence[float]
    colour: str


class Axis(NamedTuple):
    """From where to where an axis goes, what it is of, and how its numbers are written."""

    low: float
    high: float
    label: str = ""
    logarithmic: bool = False
    text: Callable[[float], str] = lambda value: f"{value:g}"

    def at(self, value: float, begin: float, length: float) -> float:
        """Return where a value lies on an axis that begins at a place and is so long."""
        if self.logarithmic:
            low, high, value = (log10(max(number, self.low)) for number in (self.low, self.high, value))
        else:
            low, high = self.low, self.high
        return begin + length * (value - low) / ((high - low) or 1.0)

    def ticks(self) -> list[float]:
        """Return round numbers along the axis.

        Examples
        --------
        >>> Axis(0, 1).ticks(), Axis(1, 1000, logarithmic=True).ticks()
        ([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], [1, 10, 100, 1000])
        """
        if self.logarithmic:
            return [10**power for power in range(ceil(log10(self.low)), floor(log10(self.high)) + 1)]
        step = _round_step((self.high - self.low) / 5)
        first = ceil(self.low / step - 1e-9)
        return [round(place * step, 10) for place in range(first, floor(self.high / step + 1e-9) + 1)]


def _round_step(width: float) -> float:
    if width <= 0:
        return 1.0
    power: float = 10.0 ** floor(log10(width))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= width * 0.999)


def line_chart(lines: Sequence[Line], x: Axis, y: Axis) -> str:
    """Draw lines and dots."""
    inner_width, inner_height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def place(point: tuple[float, float]) -> tuple[float, float]:
        return x.at(point[0], LEFT, inner_width), y.at(point[1], HEIGHT - BOTTOM, -inner_height)

    parts = [_grid_y(y), *_ticks_x(x)]
    for line in lines:
        known = [point for point in line.points if isfinite(point[0]) and isfinite(point[1])]
        places = [place(point) for point in known]
        if not line.dots:
            path = "M" + "L".join(f"{left:.1f},{top:.1f}" for left, top in places) if places else ""
            parts.append(f'<path class="line{" dashed" if line.dashed else ""} {line.colour}" d="{path}"/>')
        radius = _DOT + 1.5 if line.dots else _DOT
        shown = "dot" if line.dots else "dot quiet"
        for (left, top), point in zip(places, known, strict=True):
            tip = escape(f"{line.name}: {x.text(point[0])}, {y.text(point[1])}")
            circle = f'<circle class="{shown} {line.colour}" cx="{left:.1f}" cy="{top:.1f}" r="{radius}">'
            parts.append(f"{circle}<title>{tip}</title></circle>")
    return _frame(parts, [(line.name, line.colour) for line in lines if line.name])


def bar_chart(
    categories: Sequence[str], bars: Sequence[Bars], y: Axis, lines: Sequence[Bars] = (), x_label: str = "", width: int = WIDTH
) -> str:
    """Draw stacked bars, upright, and lines over them."""
    inner_width, inner_height = width - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    slot = inner_width / max(1, len(categories))
    gap = slot * _GAP_RATIO if slot > 4 else 0.0
    parts = [_grid_y(y, width)]
    for column, category in enumerate(categories):
        base = 0.0
        for one in bars:
            value = one.values[column]
            low, high = y.at(base, HEIGHT - BOTTOM, -inner_height), y.at(base + value, HEIGHT - BOTTOM, -inner_height)
            if value > 0:
                left = LEFT + column * slot + gap / 2
                tip = escape(f"{category}: {one.name} {y.text(value)}")
                size = f'width="{slot - gap:.1f}" height="{max(low - high, 0.5):.1f}"'
                parts.append(f'<rect class="fill {one.colour}" x="{left:.1f}" y="{high:.1f}" {size}><title>{tip}</title></rect>')
            base += value
    for one in lines:
        points = [(LEFT + (column + 0.5) * slot, y.at(value, HEIGHT - BOTTOM, -inner_height)) for column, value in enumerate(one.values)]
        parts.append(f'<path class="line {one.colour}" d="M{"L".join(f"{left:.1f},{top:.1f}" for left, top in points)}"/>')
    every = max(1, ceil(len(categories) * 58 / inner_width))
    for column in range(0, len(categories), every):
        left = LEFT + (column + 0.5) * slot
        parts.append(
            f'<text class="tick" x="{left:.1f}" y="{HEIGHT - BOTTOM + 15}" text-anchor="middle">{escape(categories[column])}</text>'
        )
    parts.append(_x_label(x_label, width))
    return _frame(parts, [(one.name, one.colour) for one in (*bars, *lines)], width=width)


def row_chart(rows: Sequence[str], bars: Sequence[Bars], texts: Sequence[str], left: int = 150) -> str:
    """Draw stacked bars that lie, one a row with its name before and a text behind it."""
    row_height, text_width = 26, 150
    height = TOP + row_height * len(rows) + 12
    most = max((sum(one.values[row] for one in bars) for row in range(len(rows))), default=0) or 1.0
    scale = (WIDTH - left - text_width) / most
    parts = []
    for row, name in enumerate(rows):
        top, begin = TOP + row * row_height, float(left)
        parts.append(f'<text class="name" x="{left - 8}" y="{top + 14}" text-anchor="end">{escape(name)}</text>')
        for one in bars:
            length = one.values[row] * scale
            tip = escape(f"{name}: {one.name} {one.values[row]:,.0f}".replace(",", " "))
            parts.append(
                f'<rect class="fill {one.colour}" x="{begin:.1f}" y="{top}" width="{length:.1f}" height="{row_height - 8}">'
                f"<title>{tip}</title></rect>"
            )
            begin += length
        parts.append(f'<text class="tick" x="{begin + 6:.1f}" y="{top + 14}">{escape(texts[row])}</text>')
    return _frame(parts, [(one.name, one.colour) for one in bars], height)


def _grid_y(y: Axis, width: int = WIDTH) -> str:
    parts = []
    for tick in y.ticks():
        top = y.at(tick, HEIGHT - BOTTOM, -(HEIGHT - TOP - BOTTOM))
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{width - RIGHT}" y1="{top:.1f}" y2="{top:.1f}"/>')
        parts.append(f'<text class="tick" x="{LEFT - 7}" y="{top + 4:.1f}" text-anchor="end">{escape(y.text(tick))}</text>')
    middle = (HEIGHT - BOTTOM + TOP) / 2
    parts.append(f'<text class="label" transform="translate(13 {middle:.0f}) rotate(-90)" text-anchor="middle">{escape(y.label)}</text>')
    return "".join(parts)


def _ticks_x(x: Axis) -> list[str]:
    parts = []
    for tick in x.ticks():
        left = x.at(tick, LEFT, WIDTH - LEFT - RIGHT)
        parts.append(f'<text class="tick" x="{left:.1f}" y="{HEIGHT - BOTTOM + 15}" text-anchor="middle">{escape(x.text(tick))}</text>')
    return [*parts, _x_label(x.label)]


def _x_label(label: str, width: int = WIDTH) -> str:
    middle = (LEFT + width - RIGHT) / 2
    return f'<text class="label" x="{middle:.0f}" y="{HEIGHT - 8}" text-anchor="middle">{escape(label)}</text>'


def _frame(parts: Sequence[str], legend: Sequence[tuple[str, str]], height: int = HEIGHT, width: int = WIDTH) -> str:
    left, entries = LEFT, []
    for name, colour in legend:
        entries.append(f'<rect class="fill {colour}" x="{left}" y="9" width="11" height="11" rx="2"/>')
        entries.append(f'<text class="tick" x="{left + 16}" y="19">{escape(name)}</text>')
        left += 34 + round(6.3 * len(name))
    body = "".join([*entries, *parts])
    return f'<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img">{body}</svg>'
