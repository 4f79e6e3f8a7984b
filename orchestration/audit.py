"""The audits: Kafka against bronze before the gate (`ingest_audit`), bronze against gold behind it (in `transform`)."""

from datetime import timedelta
from typing import Any, Final

from orchestration.catalogue import Spec
from orchestration.programs import StreamflowOperator

RANGE: Final = timedelta(minutes=15)
"""What a run without an interval looks at: one that a person started."""
SETTLED: Final = timedelta(minutes=2)
"""Younger records may still be on their way into bronze. The ranges of following runs touch all the same."""
PROMOTED_RANGE: Final = timedelta(hours=1)


def _moment(expression: str, earlier: timedelta) -> str:
    return "{{ (" + expression + f" - macros.timedelta(seconds={earlier.total_seconds():.0f})).isoformat()" + " }}"


_BEGIN: Final = _moment(
    f"(dag_run.data_interval_start or dag_run.run_after - macros.timedelta(seconds={RANGE.total_seconds():.0f}))", SETTLED
)
_END: Final = _moment("(dag_run.data_interval_end or dag_run.run_after)", SETTLED)


def tasks(spec: Spec) -> None:
    """Make the task of `ingest_audit`."""
    StreamflowOperator(task_id="audit", arguments=["audit", "--no-gold", "--since", _BEGIN, "--until", _END], outlets=[spec.gives])


def of_gold() -> Any:
    """Return the task that holds what has just been built against bronze and Kafka."""
    begin = _moment("dag_run.run_after", PROMOTED_RANGE + SETTLED)
    return StreamflowOperator(task_id="audit_gold", arguments=["audit", "--since", begin, "--until", _END])
