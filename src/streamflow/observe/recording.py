"""Recording rules: names that stay the same across restarts, rescaling and Flink's versions."""

from collections.abc import Iterable
from typing import Any, Final

from streamflow.contracts.flink_metrics import FLINK_METRICS, FlinkMetric
from streamflow.contracts.instruments import Instrument
from streamflow.contracts.job_metrics import JOB_METRICS

RAW_PREFIX: Final = "flink_taskmanager_job_task_operator"
RATE_WINDOW: Final = "1m"
"""Over which counters become rates: four scrapes of 15 s, so that one that failed leaves no hole."""


def raw_name(instrument: Instrument) -> str:
    """Return the name by which Flink's reporter gives a metric of the operator `score`: names of labels are part of it.

    Examples
    --------
    >>> from streamflow.contracts.job_metrics import DECISIONS
    >>> raw_name(DECISIONS)
    'flink_taskmanager_job_task_operator_outcome_decisions'
    """
    return "_".join((RAW_PREFIX, *instrument.label_names, instrument.name))


def recorded_name(instrument: Instrument) -> str:
    """Return the name of the recorded series.

    Examples
    --------
    >>> from streamflow.contracts.job_metrics import DECISIONS, SCORE
    >>> recorded_name(DECISIONS), recorded_name(SCORE)
    ('streamflow_job_decisions:rate1m', 'streamflow_job_score_bucket:rate1m')
    """
    if isinstance(instrument, FlinkMetric):
        return instrument.name
    name = f"streamflow_job_{instrument.name}"
    return {"gauge": name, "counter": f"{name}:rate{RATE_WINDOW}", "histogram": f"{name}_bucket:rate{RATE_WINDOW}"}[instrument.kind]


def recording_rules() -> dict[str, Any]:
    """Return the rule file of the raw layer, as Prometheus reads it."""
    groups = {"streamflow-job": JOB_METRICS, "streamflow-flink": FLINK_METRICS}
    return {"groups": [{"name": name, "rules": list(_rules(instruments))} for name, instruments in groups.items()]}


def _rules(instruments: Iterable[Instrument]) -> Iterable[dict[str, str]]:
    for instrument in instruments:
        yield {"record": recorded_name(instrument), "expr": _expression(instrument)}


def _expression(instrument: Instrument) -> str:
    by = f" by ({', '.join(instrument.label_names)})" if instrument.labels or instrument.kind == "histogram" else ""
    if isinstance(instrument, FlinkMetric):
        scaled = "" if instrument.factor == 1 else f" * {instrument.factor:g}"
        return f"{instrument.over}{by} ({instrument.raw}){scaled}"
    if instrument.kind == "gauge":
        return f"max{by} ({raw_name(instrument)})"
    # The rate of each series first, so that one that begins anew does not make the sum go down.
    return f"sum{by} (rate({raw_name(instrument)}[{RATE_WINDOW}]))"
