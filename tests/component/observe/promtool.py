"""Runs rules on made-up series with promtool, which evaluates them as Prometheus does."""

import json
import shutil
import subprocess
from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from scripts.reference.observability import objectives, written_alerts
from streamflow.observe.slo import alerts, recording_rules

Rule = dict[str, Any]


class Case(NamedTuple):
    """An alert, series in promtool's notation, a time, and whether the alert fires then.

    `labels` are those that the expression itself gives to what fires. Series have a point every `interval`, from time 0 on.
    """

    alert: str
    what: str
    series: dict[str, str]
    at: str
    fires: bool
    labels: tuple[tuple[str, str], ...] = ()
    interval: str = "1m"


def promtool() -> str:
    found = shutil.which("promtool")
    if found is None:
        pytest.fail("promtool is missing: apt-get install prometheus")
    return found


def rules_of() -> dict[str, list[Rule]]:
    """Return for each alert the rules that it needs: the ratios of its objective, and itself as the last one."""
    found = {alert.name: [alert.rule()] for alert in written_alerts()}
    for objective in objectives():
        for alert in alerts(objective):
            # Ratios that it does not look at would take most of the time.
            needed = [
                rule for rule in recording_rules(objective) if rule["record"] == "slo:good" or f"{rule['record']}{{" in alert.expression
            ]
            found[alert.name] = [*needed, alert.rule()]
    return found


RULES: Final = rules_of()


def problem(rules: list[Rule], cases: Iterable[Case], folder: Path) -> str:
    """Return what promtool says against the rules; nothing where every case is as it should be."""
    folder.mkdir(exist_ok=True)
    (folder / "rules.yml").write_text(json.dumps({"groups": [{"name": "tested", "rules": rules}]}))
    said = []
    # Series with a point every five minutes are evaluated as seldom: days pass in a second.
    for interval, group in groupby(sorted(cases, key=attrgetter("interval")), attrgetter("interval")):
        tests = [_test(case, RULES[case.alert][-1]) for case in group]
        document = {"rule_files": ["rules.yml"], "evaluation_interval": interval, "tests": tests}
        (folder / "tests.yml").write_text(json.dumps(document))
        done = subprocess.run([promtool(), "test", "rules", folder / "tests.yml"], capture_output=True, text=True, check=False)
        said += [] if done.returncode == 0 else [done.stdout + done.stderr]
    return "".join(said)


def _test(case: Case, rule: Rule) -> dict[str, Any]:
    expected = {"exp_labels": {**dict(case.labels), **rule["labels"]}, "exp_annotations": rule["annotations"]}
    return {
        "name": f"{case.alert}: {case.what}",
        "interval": case.interval,
        "input_series": [{"series": series, "values": values} for series, values in case.series.items()],
        "alert_rule_test": [{"alertname": case.alert, "eval_time": case.at, "exp_alerts": [expected] if case.fires else []}],
    }
