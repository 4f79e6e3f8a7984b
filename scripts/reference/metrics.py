"""`docs/reference/metrics.md`."""

from typing import Final

from scripts.reference.markdown import code, page, table
from streamflow.contracts.job_metrics import JOB_METRICS, JobMetric

_FEW: Final = 8


def metrics_page() -> str:
    """Return the page of the job's metrics."""
    return page(
        "Metrics of the job",
        "What the operator `score` of the fraud-detector tells Flink, beside what Flink measures by itself. They count work, with what is "
        "done again after a failure; business numbers are counted by decision id. Flink's REST interface has them as "
        "`score.LABEL.VALUE.NAME`, a reporter for Prometheus as `NAME` with the label.",
        table(("name", "label", "values", "what"), [(code(item.name), code(item.label), _values(item), item.what) for item in JOB_METRICS]),
    )


def _values(metric: JobMetric) -> str:
    return "any [code](dead-letter-codes.md)" if len(metric.values) > _FEW else ", ".join(map(code, metric.values))
