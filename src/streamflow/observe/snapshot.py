"""How it goes at this moment: what `streamflow top` shows, asked of a Prometheus that watches a stack."""

import math
from datetime import datetime
from typing import Final

import msgspec

from streamflow.observe.prometheus import Prometheus

_WAIT: Final = "histogram_quantile({share}, sum by (le) (rate(streamflow_visible_latency_seconds_bucket[1m])))"
_JOBS: Final = {
    "running_seconds": "max by (job_name) (streamflow_job_running_seconds)",
    "restarts": "max by (job_name) (streamflow_job_restarts)",
    "busy_ratio": "max by (job_name) (streamflow_job_busy_ratio)",
    "checkpoint_age_seconds": "time() - (max by (job_name) (streamflow_checkpoint_completed_timestamp_seconds) > 0)",
    "checkpoint_duration_seconds": "max by (job_name) (streamflow_checkpoint_duration_seconds)",
    "state_bytes": "max by (job_name) (streamflow_checkpoint_bytes)",
    "lag_records": "sum by (job_name) (streamflow_consumer_lag_records)",
}
_BUDGETS: Final = {
    "kept_ratio": "1 - slo:bad_ratio:rate30d",
    "left_ratio": "slo:error_budget_remaining_ratio",
    "burn_rate": "slo:bad_ratio:rate1h / on (slo) (1 - slo:objective_ratio)",
}


class JobView(msgspec.Struct, frozen=True, kw_only=True):
    """A job; None where Prometheus has no number."""

    name: str
    running_seconds: float | None = None
    restarts: float | None = None
    busy_ratio: float | None = None
    lag_records: float | None = None
    checkpoint_age_seconds: float | None = None
    checkpoint_duration_seconds: float | None = None
    state_bytes: float | None = None


class BudgetView(msgspec.Struct, frozen=True, kw_only=True):
    """An objective over 30 days: what was kept, what is left of its budget, and how many times too fast it burned in the last hour."""

    name: str
    kept_ratio: float | None = None
    left_ratio: float | None = None
    burn_rate: float | None = None


class FiringView(msgspec.Struct, frozen=True, kw_only=True):
    """An alert of the operators' that fires."""

    name: str
    severity: str
    since: str
    summary: str
    runbook: str


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """Everything at one moment; rates are of the last minute, and None stands for what Prometheus cannot say."""

    at: datetime
    payments_per_second: float | None
    decisions_per_second: dict[str, float]
    dead_letters_per_second: float | None
    wait_p50_seconds: float | None
    wait_p99_seconds: float | None
    oldest_waiting_seconds: float | None
    unaccounted_payments: float | None
    jobs: list[JobView]
    budgets: list[BudgetView]
    firing: list[FiringView]


def take(prometheus: Prometheus, now: datetime) -> Snapshot:
    """Ask for everything, one question after the other: some 20, which take about 30 ms beside each other.

    Raises
    ------
    NotReadyError
        Prometheus does not answer.
    """
    return Snapshot(
        at=now,
        payments_per_second=_one(prometheus, 'sum(rate(streamflow_records_total{topic="transactions.raw"}[1m]))'),
        decisions_per_second=_by(prometheus, "sum by (outcome) (rate(streamflow_decisions_total[1m]))", "outcome"),
        dead_letters_per_second=_one(prometheus, "sum(rate(streamflow_dead_letters_total[1m]))"),
        wait_p50_seconds=_one(prometheus, _WAIT.format(share=0.5)),
        wait_p99_seconds=_one(prometheus, _WAIT.format(share=0.99)),
        oldest_waiting_seconds=_one(prometheus, "max(streamflow_freshness_seconds)"),
        unaccounted_payments=_one(prometheus, "sum(streamflow_unaccounted_offsets)"),
        jobs=[JobView(name=name, **row) for name, row in _rows(prometheus, _JOBS, "job_name").items()],
        budgets=[BudgetView(name=name, **row) for name, row in _rows(prometheus, _BUDGETS, "slo").items()],
        firing=_firing(prometheus),
    )


def _one(prometheus: Prometheus, expression: str) -> float | None:
    value = prometheus.value(expression)
    return None if value is None or math.isnan(value) else value


def _by(prometheus: Prometheus, expression: str, label: str) -> dict[str, float]:
    found = {sample.labels.get(label, ""): sample.value for sample in prometheus.query(expression)}
    return {name: value for name, value in sorted(found.items()) if not math.isnan(value)}


def _rows(prometheus: Prometheus, columns: dict[str, str], label: str) -> dict[str, dict[str, float]]:
    rows: dict[str, dict[str, float]] = {}
    for column, expression in columns.items():
        for name, value in _by(prometheus, expression, label).items():
            rows.setdefault(name, {})[column] = value
    return dict(sorted(rows.items()))


def _firing(prometheus: Prometheus) -> list[FiringView]:
    alerts = [alert for alert in prometheus.ask("alerts")["alerts"] if alert["state"] == "firing"]
    views = [
        FiringView(
            name=alert["labels"]["alertname"],
            severity=alert["labels"].get("severity", ""),
            since=alert["activeAt"],
            summary=alert["annotations"].get("summary", ""),
            runbook=alert["annotations"].get("runbook", ""),
        )
        for alert in alerts
    ]
    return sorted(views, key=lambda view: view.since, reverse=True)
