"""The plots of a report, each from the numbers that the JSON has too."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from streamflow.backtest.results import ConfigurationResult, Number
from streamflow.backtest.svg import WIDE, Axis, Bars, Line, bar_chart, line_chart, row_chart

_COLOURS: Final = ("first", "second")
_NOT_DEFINED: Final = float("nan")
Configurations = Sequence[ConfigurationResult]


def percent(value: float) -> str:
    """Return a share without needless digits.

    Examples
    --------
    >>> percent(0.5), percent(0.0123)
    ('50 %', '1.23 %')
    """
    return f"{100 * value:.3g} %"


def amount(value: float) -> str:
    """Return a number as people read it.

    Examples
    --------
    >>> amount(1234567.0), amount(950), amount(0.5)
    ('1.23 M', '950', '0.5')
    """
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if abs(value) >= size * (10 if letter == "k" else 1):
            return f"{value / size:.3g} {letter}"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:,.0f}".replace(",", " ")


def days(one: ConfigurationResult) -> str:
    """Alerts a day, caught frauds and false alerts, under the line of all frauds."""
    names = [datetime.fromtimestamp(day.day_ms / 1000, UTC).strftime("%d %b") for day in one.days]
    caught, wrong = [float(day.caught) for day in one.days], [float(day.alerts - day.caught) for day in one.days]
    frauds = [float(day.frauds) for day in one.days]
    most = max([*frauds, *(good + bad for good, bad in zip(caught, wrong, strict=True))], default=1.0) or 1.0
    bars = (Bars("caught frauds", caught, "good"), Bars("false alerts", wrong, "second"))
    return bar_chart(names, bars, Axis(0, most * 1.05, "a day", text=amount), (Bars("all frauds", frauds, "bad"),), width=WIDE)


def precision_recall(every: Configurations) -> str:
    """Precision over recall at any threshold, with the dot at which it stands now."""
    lines = []
    for one, colour in zip(every, _COLOURS, strict=False):
        lines.append(Line(one.name, [(recall, precision) for recall, precision in one.precision_recall], colour))
        if one.alerts.recall is not None and one.alerts.precision is not None:
            lines.append(Line("now" if len(every) == 1 else "", [(one.alerts.recall, one.alerts.precision)], colour, dots=True))
    return line_chart(lines, Axis(0, 1, "share of the frauds that is caught", text=percent), Axis(0, 1.02, "precision", text=percent))


def gain(every: Configurations) -> str:
    """Gain over alerts a day at any threshold, with the dot at which it stands now."""
    points = [point for one in every for point in one.thresholds]
    gains = [point.gain for point in points] + [one.alerts.gain for one in every]
    top = max(gains, default=0.0) * 1.08 or 1.0
    # What alerting on everything costs would flatten the rest.
    bottom = max(min(0.0, *gains), -0.35 * abs(top)) if gains else 0.0
    most = max((point.alerts_a_day for point in points), default=1.0)
    least = min((point.alerts_a_day for point in points if point.alerts_a_day > 0), default=0.1)
    lines = []
    for one, colour in zip(every, _COLOURS, strict=False):
        shown = [(point.alerts_a_day, point.gain) for point in one.thresholds if point.gain >= bottom and point.alerts_a_day > 0]
        lines.append(Line(one.name, shown, colour))
        if one.alerts.alerts_a_day > 0:
            now = (one.alerts.alerts_a_day, max(one.alerts.gain, bottom))
            lines.append(Line("now" if len(every) == 1 else "", [now], colour, dots=True))
    x = Axis(least, max(most, least * 10), "alerts a day", logarithmic=True, text=amount)
    return line_chart(lines, x, Axis(bottom, top, "gain", text=amount))


def scores(one: ConfigurationResult) -> str:
    """Payments by score, frauds and honest ones, on a logarithmic scale."""
    bins = len(one.score_counts)
    names = [f"{place / bins:.2f}" for place in range(bins)]
    most = max((max(pair) for pair in one.score_counts), default=1) or 1
    y = Axis(0.5, most * 1.5, "payments, logarithmic", logarithmic=True, text=amount)
    width = 1 / bins
    series = []
    for place, (name, colour) in enumerate((("honest", "plain"), ("frauds", "bad"))):
        points = []
        for bin_, pair in enumerate(one.score_counts):
            height = max(float(pair[place]), 0.5)
            points += [(bin_ * width, height), ((bin_ + 1) * width, height)]
        series.append(Line(name, points, colour))
    thresholds = [("review", one.review_threshold), ("block", one.block_threshold)]
    series += [Line(name, [(at, 0.5), (at, most * 1.5)], "second", dashed=True) for name, at in thresholds]
    return line_chart(series, Axis(0, 1, "score", text=lambda value: names[0] if value == 0 else f"{value:g}"), y)


def calibration(one: ConfigurationResult) -> str:
    """Share of frauds among the payments of a score."""
    known = [found for found in one.calibration if found.payments]
    names = ["0" if found.high <= 1e-3 else "1" if found.low >= 1 else f"{found.low:.1f}+" for found in known]
    bars = (Bars("share of frauds", [found.fraud_ratio or 0.0 for found in known], "bad"),)
    return bar_chart(names, bars, Axis(0, 1.02, "", text=percent), x_label="score")


def scenarios(one: ConfigurationResult) -> str:
    """Caught and missed frauds by scenario."""
    found = one.scenarios
    bars = (
        Bars("caught", [float(group.caught) for group in found], "good"),
        Bars("missed", [float(group.frauds - group.caught) for group in found], "bad"),
    )
    texts = [f"{percent(group.recall or 0.0)} of {group.frauds:,}".replace(",", " ") for group in found]
    return row_chart([group.name.replace("_", " ") for group in found], bars, texts)


def rules(one: ConfigurationResult) -> str:
    """How often each rule fired, on frauds and on honest payments."""
    bars = (
        Bars("on frauds", [float(rule.frauds) for rule in one.rules], "good"),
        Bars("on honest payments", [float(rule.fired - rule.frauds) for rule in one.rules], "plain"),
    )
    texts = [f"{percent(rule.precision or 0.0)} of {rule.fired:,}".replace(",", " ") for rule in one.rules]
    return row_chart([rule.id if rule.state == "on" else f"{rule.id} (shadow)" for rule in one.rules], bars, texts, left=110)


def money(every: Configurations) -> str:
    """Caught and missed money of frauds."""
    bars = (
        Bars("caught", [one.alerts.caught_amount for one in every], "good"),
        Bars("missed", [one.alerts.missed_amount for one in every], "bad"),
    )
    totals = [one.alerts.caught_amount + one.alerts.missed_amount for one in every]
    texts = [
        f"{percent(one.alerts.caught_amount / total) if total else '-'} of {amount(total)}"
        for one, total in zip(every, totals, strict=True)
    ]
    return row_chart([one.name[:22] for one in every], bars, texts)


def alphas(one: ConfigurationResult) -> str:
    """Draw what other shares of the model would give."""

    def line(name: str, values: list[Number], colour: str) -> Line:
        found = [(point.alpha, _NOT_DEFINED if value is None else value) for point, value in zip(one.alphas, values, strict=True)]
        return Line(name, found, colour)

    lines = [
        line("average precision", [point.average_precision for point in one.alphas], "first"),
        line("precision", [point.precision for point in one.alphas], "good"),
        line("recall", [point.recall for point in one.alphas], "second"),
        Line(f"now {one.alpha:g}", [(one.alpha, 0.0), (one.alpha, 1.0)], "plain", dashed=True),
    ]
    return line_chart(lines, Axis(0, 1, "alpha: share of the model in the score"), Axis(0, 1.02, "", text=percent))
