"""`observability/rules`: what Prometheus loads, from the catalogue of metrics and the sources beside it."""

from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
from ruamel.yaml import YAML

from scripts.generated_yaml import as_yaml
from scripts.reference.alert_matrix import alert_matrix
from scripts.reference.markdown import code, page, table
from streamflow.observe.alerts import Alert
from streamflow.observe.recording import recording_rules
from streamflow.observe.rules import alert_rules, objective_rules
from streamflow.observe.slo import Objective, alerts

SOURCES: Final = Path(__file__).resolve().parents[2] / "observability"

_Source = TypeVar("_Source")


def objectives() -> list[Objective]:
    """Return the objectives, in the order of their files' names."""
    return [read_source(path, Objective) for path in sorted((SOURCES / "slo").glob("*.yaml"))]


def written_alerts() -> list[Alert]:
    """Return the alerts that belong to no objective."""
    return read_source(SOURCES / "alerts.yaml", list[Alert])


def rules_by_name() -> dict[str, Any]:
    """Return what Prometheus loads, by the name of its file."""
    return {"recording": recording_rules(), "slo": objective_rules(objectives()), "alerts": alert_rules(written_alerts())}


def rule_files() -> dict[str, str]:
    """Return every rule file by its path in the checkout."""
    return {f"observability/rules/{name}.yml": as_yaml(rules) for name, rules in rules_by_name().items()}


def alerts_page() -> str:
    """Return `docs/reference/alerts.md`."""
    promised = objectives()
    every = [alert for objective in promised for alert in alerts(objective)] + written_alerts()
    return page(
        "Objectives and alerts",
        "## Objectives",
        table(
            ("objective", "of 30 days", "what is promised", "why"),
            [(_runbook(item.name, item.name), _percent(item), item.title, item.why) for item in promised],
        ),
        "## Alerts",
        "A page wakes somebody up; a ticket is looked at by day; the heartbeat always fires. Each links to what to do.",
        table(
            ("alert", "severity", "what is the matter", "who notices", "what to look at first"),
            [
                (_runbook(alert.name, alert.runbook), alert.severity, alert.summary, alert.impact, "<br>".join(alert.first_look))
                for alert in sorted(every, key=lambda alert: alert.name)
            ],
        ),
        *alert_matrix(),
    )


def _percent(objective: Objective) -> str:
    return "always" if objective.objective_percent is None else f"{objective.objective_percent:g} %"


def _runbook(name: str, runbook: str) -> str:
    return f"[{code(name)}](../runbooks/{runbook}.md)"


def read_source(path: Path, kind: type[_Source]) -> _Source:
    """Return what a file of YAML says, as one of our types.

    Raises
    ------
    ValueError
        What it expected, and what there is instead.
    """
    try:
        return msgspec.convert(YAML(typ="safe").load(path.read_text(encoding="utf-8")), kind)
    except msgspec.ValidationError as error:
        raise ValueError(f"{path}: {error}") from error
