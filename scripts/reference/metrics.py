"""`docs/reference/metrics.md`."""

from collections.abc import Iterable
from typing import Final

from scripts.reference.markdown import code, page, table
from streamflow.contracts.flink_metrics import FLINK_METRICS
from streamflow.contracts.instruments import Instrument
from streamflow.contracts.job_metrics import JOB_METRICS
from streamflow.contracts.probe_metrics import PROBE_METRICS
from streamflow.observe.recording import recorded_name

_FEW: Final = 12


def metrics_page() -> str:
    """Return the page of all metrics."""
    return page(
        "Metrics",
        "Three layers: what is measured from outside, each record once; what the job counts of its own work; what Flink says by itself. "
        "The last two are read under the names that recording rules give them: these stay across restarts, rescaling and versions.",
        "## From outside: `streamflow probe`",
        "Objectives and business numbers stand on these.",
        _catalogue(PROBE_METRICS),
        "## Of the fraud-detector's work",
        "What the operator `score` tells Flink. It counts work, with what is done again after a failure. Flink's REST interface has "
        "them as `score.LABEL.VALUE.NAME`.",
        table(
            ("name", "kind", "recorded as", "labels", "what"),
            [(code(item.name), item.kind, code(recorded_name(item)), _labels(item), item.what) for item in JOB_METRICS],
        ),
        "## Of Flink",
        table(
            ("recorded as", "of", "labels", "what"),
            [(code(item.name), code(item.raw), _labels(item), item.what) for item in FLINK_METRICS],
        ),
    )


def _catalogue(instruments: Iterable[Instrument]) -> str:
    rows = [(code(item.name), item.kind, _labels(item), item.what) for item in instruments]
    return table(("name", "kind", "labels", "what"), rows)


def _labels(instrument: Instrument) -> str:
    labels = [_label(label.name, label.values) for label in instrument.labels]
    if instrument.kind == "histogram":
        labels.append(_label("le", instrument.bucket_labels))
    return "; ".join(labels)


def _label(name: str, values: tuple[str, ...]) -> str:
    if not values:
        return code(name)
    return f"{code(name)}: {f'{len(values)} values' if len(values) > _FEW else ', '.join(map(code, values))}"
