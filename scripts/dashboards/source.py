"""What a dashboard is before anybody shows it: questions, and the queries that answer them."""

from typing import Final, Literal

import msgspec

from scripts.reference.observability import SOURCES, read_source

FOLDER: Final = SOURCES / "dashboards"

# Of the variables in queries only this one is Grafana's own: a window in which a rate has samples, whatever the zoom.
RATE_INTERVAL: Final = "$__rate_interval"


class Query(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question to Prometheus, and how its series are called: `{{label}}` stands for a label's value."""

    expr: str
    legend: str


class Panel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An answer to one question.

    Parameters
    ----------
    question : str
        Its title.
    kind : {"lines", "stacked", "numbers", "bars"}
        Over time, over time on top of each other, newest values, or newest values beside each other.
    unit : str
        As Grafana calls it.
    queries : tuple of Query
        The answer.
    bad_above, bad_below : float, optional
        From where on, or up to where, a value wants somebody.
    runbook : str
        Page in `docs/runbooks` for that case, without `.md`.
    """

    question: str
    kind: Literal["lines", "stacked", "numbers", "bars"]
    unit: Literal["ops", "s", "percentunit", "short", "bytes", "none"]
    queries: tuple[Query, ...]
    bad_above: float | None = None
    bad_below: float | None = None
    runbook: str = ""


class Variable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A choice of the reader's: `$name` in queries; `of` is Grafana's query for its values."""

    name: str
    label: str
    of: str


class Dashboard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A page of panels for one kind of reader."""

    name: str
    title: str
    why: str
    panels: tuple[Panel, ...]
    variables: tuple[Variable, ...] = ()

    def ask(self, query: Query) -> str:
        """Return a query as Prometheus understands it: everything chosen, rates over a minute.

        Examples
        --------
        >>> page = Dashboard(name="a", title="A", why="", panels=(), variables=(Variable(name="job", label="Job", of="up"),))
        >>> page.ask(Query(expr='rate(events_total{job=~"$job"}[$__rate_interval])', legend=""))
        'rate(events_total{job=~".*"}[1m])'
        """
        text = query.expr.replace(RATE_INTERVAL, "1m")
        for variable in self.variables:
            text = text.replace(f"${variable.name}", ".*")
        return text


def dashboards() -> list[Dashboard]:
    """Return all dashboards, in the order of their files' names."""
    return [read_source(path, Dashboard) for path in sorted(FOLDER.glob("*.yaml"))]
