"""The page's plots: those of the backtest's report, with colours of their own, since they stand alone."""

from collections.abc import Mapping

from streamflow.backtest import plots
from streamflow.backtest.results import ConfigurationResult
from streamflow.backtest.svg import Axis, Line, line_chart

_STYLE = """<style>
svg { background: #ffffff; } text { font: 11.5px system-ui, sans-serif; fill: #5d6b7a; } text.name { fill: #16202c; }
.grid { stroke: #e1e5ea; } .line { fill: none !important; stroke-width: 2.2; stroke-linejoin: round; } .dashed { stroke-dasharray: 5 4; }
.first { fill: #2459d6; stroke: #2459d6; } .second { fill: #d9730d; stroke: #d9730d; } .bad { fill: #d1293d; stroke: #d1293d; }
.good { fill: #12855a; stroke: #12855a; } .plain { fill: #a9b4c0; stroke: #a9b4c0; } .fill { stroke: none; }
.quiet { fill: none; stroke: none; }
</style>"""


def precision_recall_plot(situations: Mapping[str, ConfigurationResult]) -> str:
    """Return precision over recall of the score in some situations, with the dots at which it alerts."""
    lines = []
    for (name, one), colour in zip(situations.items(), ("second", "first"), strict=True):
        lines.append(Line(name, one.precision_recall, colour))
        if one.alerts.recall is not None and one.alerts.precision is not None:
            lines.append(Line("", [(one.alerts.recall, one.alerts.precision)], colour, dots=True))
    x = Axis(0, 1, "share of the frauds that is caught", text=plots.percent)
    return _alone(line_chart(lines, x, Axis(0, 1.02, "precision of the score", text=plots.percent)))


def day_plot(one: ConfigurationResult) -> str:
    """Return alerts and frauds by day."""
    return _alone(plots.days(one))


def scenario_plot(one: ConfigurationResult) -> str:
    """Return caught and missed frauds by scenario."""
    return _alone(plots.scenarios(one))


def _alone(svg: str) -> str:
    begin, end = svg.split(">", 1)
    return f"{begin}>{_STYLE}{end}\n"
