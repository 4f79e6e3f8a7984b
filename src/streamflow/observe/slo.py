"""Objectives, and the rules that watch them: several windows and burn rates, as the SRE workbook (chapter 5, section 6) has them.

An indicator counts events (bad of valid), time (a number that is 1 while all is well), or is an invariant that has no budget.
"""

from typing import Any, Final, Literal, NamedTuple

import msgspec

from streamflow.observe.alerts import Alert, Severity

BUDGET_DAYS: Final = 30
WINDOWS: Final = ("5m", "30m", "1h", "2h", "6h", "1d", "3d", "30d")


class Burn(NamedTuple):
    """How many times faster than the budget allows, seen over a long window and still so over a short one.

    It says nothing before the indicator is `settled` old, twice the short window: a system's first seconds are the whole of a
    window that has just begun, and no share of any budget.
    """

    long: str
    short: str
    rate: float
    settled: str


PAGES: Final = (Burn("1h", "5m", 14.4, "10m"), Burn("6h", "30m", 6.0, "1h"))
TICKETS: Final = (Burn("1d", "2h", 3.0, "4h"), Burn("3d", "6h", 1.0, "12h"))


class Events(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="events", forbid_unknown_fields=True):
    """Bad events of valid ones: two rates in PromQL, with `{window}` for the window."""

    bad: str
    valid: str


class Time(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="time", forbid_unknown_fields=True):
    """A number in PromQL that is 1 while all is well and 0 while it is not; nothing while nobody knows."""

    good: str


class Invariant(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="invariant", forbid_unknown_fields=True):
    """A condition in PromQL that must never hold for so long."""

    violated: str
    for_: str = msgspec.field(name="for")


class Objective(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A service level objective, as its file in `observability/slo` says it.

    Parameters
    ----------
    name : str
        In lower case with hyphens; its runbook has the same.
    title : str
        What is promised, in one line.
    indicator : Events, Time or Invariant
        How it is measured.
    why, impact, first_look
        Why so, who notices, and the three things to look at first.
    objective_percent : float, optional
        How much of 30 days; not for an invariant.
    page : bool
        Whether burning the budget fast is worth waking somebody up.
    severity : {"page", "ticket"}
        Of an invariant's alert.
    """

    name: str
    title: str
    indicator: Events | Time | Invariant
    why: str
    impact: str
    first_look: tuple[str, str, str]
    objective_percent: float | None = None
    page: bool = True
    severity: Literal["page", "ticket"] = "page"

    def __post_init__(self) -> None:
        """Refuse an objective that lacks its number, or has one without a budget.

        Raises
        ------
        ValueError
            Which.
        """
        has_budget = not isinstance(self.indicator, Invariant)
        if has_budget != (self.objective_percent is not None):
            raise ValueError(f"{self.name}: objective_percent goes with events and time, and with nothing else")
        if self.objective_percent is not None and not 0 < self.objective_percent < 100:
            raise ValueError(f"{self.name}: expected objective_percent between 0 and 100, got {self.objective_percent:g}")

    @property
    def budget(self) -> float:
        """Return the share that may be bad.

        Examples
        --------
        >>> Objective(
        ...     name="a", title="A", indicator=Time(good="1"), why="", impact="", first_look=("", "", ""), objective_percent=99.9
        ... ).budget
        0.001
        """
        return 0.0 if self.objective_percent is None else round(1 - self.objective_percent / 100, 9)


def recording_rules(objective: Objective) -> list[dict[str, Any]]:
    """Return the ratios over all windows, the objective, and what is left of the budget; none of an invariant."""
    if isinstance(objective.indicator, Invariant):
        return []
    labels = {"slo": objective.name}
    rules: list[dict[str, Any]] = []
    if isinstance(objective.indicator, Time):
        rules.append({"record": "slo:good", "expr": objective.indicator.good, "labels": labels})
    rules += [{"record": f"slo:bad_ratio:rate{window}", "expr": _bad_ratio(objective, window), "labels": labels} for window in WINDOWS]
    budget, whole = objective.budget, f"slo:bad_ratio:rate{BUDGET_DAYS}d"
    rules += [
        {"record": "slo:objective_ratio", "expr": f"vector({1 - budget:.9g})", "labels": labels},
        {"record": "slo:error_budget_remaining_ratio", "expr": f'1 - {whole}{{slo="{objective.name}"}} / {budget:.9g}', "labels": labels},
    ]
    return rules


def _bad_ratio(objective: Objective, window: str) -> str:
    indicator = objective.indicator
    if isinstance(indicator, Time):
        return f'1 - avg_over_time(slo:good{{slo="{objective.name}"}}[{window}])'
    if isinstance(indicator, Events):
        bad, valid = (text.replace("{window}", window) for text in (indicator.bad, indicator.valid))
        # Without traffic this is 0/0, which no threshold is below: silence, and no alert.
        return f"({bad}) / ({valid})"
    raise TypeError("an invariant has no ratio")


def alerts(objective: Objective) -> list[Alert]:
    """Return the alerts of an objective."""
    name = "".join(map(str.capitalize, objective.name.split("-")))
    if isinstance(objective.indicator, Invariant):
        violated = objective.indicator
        return [_alert(objective, f"{name}Violated", violated.violated, objective.severity, f"Not so: {objective.title}", violated.for_)]
    kinds: list[tuple[str, tuple[Burn, ...], Severity]] = [("Slow", TICKETS, "ticket")]
    if objective.page:
        kinds.insert(0, ("Fast", PAGES, "page"))
    return [
        _alert(
            objective,
            f"{name}{speed}Burn",
            " or ".join(_burns(objective, burn) for burn in burns),
            severity,
            f"Budget burns {'fast' if speed == 'Fast' else 'steadily'}: {objective.title}",
        )
        for speed, burns, severity in kinds
    ]


def _burns(objective: Objective, burn: Burn) -> str:
    limit = f"{burn.rate * objective.budget:.9g}"
    long, short = (f'slo:bad_ratio:rate{window}{{slo="{objective.name}"}}' for window in (burn.long, burn.short))
    return f"({long} > {limit} and {short} > {limit} and {short} offset {burn.settled})"


def _alert(objective: Objective, name: str, expression: str, severity: Severity, summary: str, for_: str = "") -> Alert:
    return Alert(
        name=name,
        expression=expression,
        severity=severity,
        summary=summary,
        impact=objective.impact,
        first_look=objective.first_look,
        runbook=objective.name,
        for_=for_,
        slo=objective.name,
    )
