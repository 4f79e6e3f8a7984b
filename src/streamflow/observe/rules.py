"""The rule files of Prometheus as wholes."""

from collections.abc import Iterable
from typing import Any

from streamflow.observe.alerts import Alert
from streamflow.observe.slo import Objective, alerts, recording_rules


def objective_rules(objectives: Iterable[Objective]) -> dict[str, Any]:
    """Return the file of the objectives: of each a group of ratios, and one group with all their alerts."""
    objectives = list(objectives)
    groups = [{"name": f"slo-{objective.name}", "rules": rules} for objective in objectives if (rules := recording_rules(objective))]
    burning = [alert.rule() for objective in objectives for alert in alerts(objective)]
    return {"groups": [*groups, {"name": "slo-alerts", "rules": burning}]}


def alert_rules(written: Iterable[Alert]) -> dict[str, Any]:
    """Return the file of the alerts that belong to no objective."""
    return {"groups": [{"name": "alerts", "rules": [alert.rule() for alert in written]}]}
