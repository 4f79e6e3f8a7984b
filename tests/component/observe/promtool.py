"""Runs rules and expressions on made-up series with promtool, which evaluates them as Prometheus does."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
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


class Value(NamedTuple):
    """A recorded series, the series that it is made of, and what it is worth at a time, give or take a share of it."""

    record: str
    labels: tuple[tuple[str, str], ...]
    series: dict[str, str]
    at: str
    worth: float
    share: float = 0.001
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


def problems(tried: Mapping[str, tuple[list[Rule], Iterable[Case]]], folder: Path) -> dict[str, str]:
    """Return what promtool says against rules, by the names of those whose cases are not all as they should be."""
    rows = [(name, rules, case) for name, (rules, cases) in tried.items() for case in cases]
    paths: dict[Path, str] = {}
    # Series with a point every five minutes are evaluated as seldom: days pass in a second.
    for number, (name, interval) in enumerate(dict.fromkeys((name, case.interval) for name, _, case in rows)):
        rules, _ = tried[name]
        (folder / f"rules-{number}.yml").write_text(json.dumps({"groups": [{"name": "tested", "rules": rules}]}))
        tests = [_alert_test(case, RULES[case.alert][-1]) for other, _, case in rows if (other, case.interval) == (name, interval)]
        path = folder / f"tests-{number}.yml"
        path.write_text(json.dumps({"rule_files": [f"rules-{number}.yml"], "evaluation_interval": interval, "tests": tests}))
        paths[path] = name
    found: dict[str, str] = {}
    for path, said in _run(paths).items():
        found[paths[path]] = found.get(paths[path], "") + said
    return found


def wrong_values(tried: Mapping[str, tuple[str, Value]], folder: Path) -> dict[str, str]:
    """Return what promtool says against expressions, by the names of those that are not worth what they should be."""
    paths = {}
    for number, (name, (expression, value)) in enumerate(tried.items()):
        paths[folder / f"values-{number}.yml"] = name
        limit = max(abs(value.worth) * value.share, 1e-9)
        near = {"expr": f"abs(({expression}) - {value.worth:.12g}) < bool {limit:.12g}", "eval_time": value.at}
        labels = ", ".join(f'{label}="{text}"' for label, text in value.labels)
        near["exp_samples"] = [{"labels": f"{{{labels}}}", "value": 1}]  # type: ignore[assignment]
        tests = [{"interval": value.interval, "input_series": _series(value.series), "promql_expr_test": [near]}]
        (folder / f"values-{number}.yml").write_text(json.dumps({"rule_files": [], "evaluation_interval": value.interval, "tests": tests}))
    return {paths[path]: said for path, said in _run(paths).items()}


def _run(paths: Iterable[Path]) -> dict[Path, str]:
    """Return what is said of the files in which something is wrong."""
    paths, cores = list(paths), os.cpu_count() or 1
    # One promtool a core: it evaluates its files one after the other.
    shares = [share for number in range(cores) if (share := paths[number::cores])]
    with ThreadPoolExecutor(cores) as pool:
        return {path: said for share in pool.map(_run_in_turn, shares) for path, said in share.items()}


def _run_in_turn(paths: list[Path]) -> dict[Path, str]:
    # In one stream, in turn: "Unit Testing:" and the file's name, then SUCCESS or what failed.
    done = subprocess.run([promtool(), "test", "rules", *paths], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    parts = done.stdout.split("Unit Testing:  ")[1:]
    assert len(parts) == len(paths), done.stdout
    return {path: part for path, part in zip(paths, parts, strict=True) if "SUCCESS" not in part}


def _series(series: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"series": name, "values": values} for name, values in series.items()]


def _alert_test(case: Case, rule: Rule) -> dict[str, Any]:
    expected = {"exp_labels": {**dict(case.labels), **rule["labels"]}, "exp_annotations": rule["annotations"]}
    return {
        "name": f"{case.alert}: {case.what}",
        "interval": case.interval,
        "input_series": _series(case.series),
        "alert_rule_test": [{"alertname": case.alert, "eval_time": case.at, "exp_alerts": [expected] if case.fires else []}],
    }
