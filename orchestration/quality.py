"""The tasks of `data_quality`: measure, write down, and open the gate to gold or not."""

import json
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from airflow.sdk import Context, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException

from orchestration.catalogue import Spec
from orchestration.checks import CHECKS, Check, Kind, parameters
from orchestration.notify import send
from streamflow.contracts.orchestration import WAREHOUSE
from streamflow.contracts.tables import QUALITY_RESULTS

log = logging.getLogger(__name__)

GATE: Final = "gate"
_INSERT: Final = (
    f"INSERT INTO {QUALITY_RESULTS.full_name} ({', '.join(QUALITY_RESULTS.column_names)}) "  # noqa: S608 our own names
    f"VALUES ({', '.join(['%s'] * len(QUALITY_RESULTS.columns))}) ON CONFLICT DO NOTHING"
)
_VERDICTS: Final = f"SELECT check_name, scope, observed, expected, ok, blocking FROM {QUALITY_RESULTS.full_name} WHERE run_id = ANY (%s)"  # noqa: S608 our own name


class Verdict(NamedTuple):
    """What the gate reads of a result."""

    check_name: str
    scope: str
    observed: float | None
    expected: str
    ok: bool
    blocking: bool

    def in_words(self) -> str:
        """Say what was expected and what came."""
        observed = "nothing" if self.observed is None else f"{self.observed:g}"
        return f"{self.check_name} of {self.scope}: {self.expected}, got {observed}"


def tasks(spec: Spec) -> None:
    """Make a task for each kind of check, and the gate behind them."""
    attempts = [task(task_id=str(kind))(measure)(str(kind)) for kind in Kind]
    task(task_id=GATE, outlets=[spec.gives])(gate)(attempts)


def measure(kind: str) -> str:
    """Run the checks of a kind, write the results down, and return under which id.

    The id carries the number of the try: results are only ever added, and a repeated task is judged by its own.
    """
    context = get_current_context()
    run_id = f"{context['run_id']}#{context['ti'].try_number}"
    as_of = time_of(context)
    connection = _hook().get_conn()
    try:
        with connection, connection.cursor() as cursor:
            for check in CHECKS:
                if check.kind == kind:
                    cursor.execute(check.sql, parameters(as_of))
                    rows = cursor.fetchall() or [("all", None)]
                    cursor.executemany(_INSERT, [_result(run_id, check, scope, observed, as_of) for scope, observed in rows])
    finally:
        connection.close()
    return run_id


def gate(attempts: Sequence[str]) -> None:
    """Fail unless every check has a result and no blocking one failed; tell about the others."""
    context = get_current_context()
    verdicts = [Verdict(*row) for row in _hook().get_records(_VERDICTS, parameters=(list(attempts),))]
    closed, told = judge(verdicts)
    for line in [*closed, *told]:
        log.warning(line)
    if told:
        run_id = context["run_id"]
        text = f"{len(told)} checks failed that do not stop gold: {told[0]}"
        send("quality_warning", text, ident=run_id, dag_id=context["dag"].dag_id, run_id=run_id, findings=told)
    if closed:
        raise AirflowFailException(f"the gate to gold stays closed, {len(closed)} findings: {'; '.join(closed)}")


def judge(verdicts: Sequence[Verdict]) -> tuple[list[str], list[str]]:
    """Return what keeps the gate closed, and what somebody should know.

    Examples
    --------
    >>> passed = [Verdict(check.name, "all", 0.0, "", True, check.blocking) for check in CHECKS]
    >>> judge(passed)
    ([], [])
    >>> judge(passed[1:])
    (['audit_is_recent has no result'], [])
    """
    missing = sorted({check.name for check in CHECKS} - {verdict.check_name for verdict in verdicts})
    failed = sorted(verdict for verdict in verdicts if not verdict.ok)
    closed = [f"{name} has no result" for name in missing] + [verdict.in_words() for verdict in failed if verdict.blocking]
    return closed, [verdict.in_words() for verdict in failed if not verdict.blocking]


def time_of(context: Context) -> datetime:
    """Return the end of the range that a run is about: of its interval, or the moment from which it could start."""
    run = context["dag_run"]
    moment: datetime = run.data_interval_end or run.run_after
    return moment


def _result(run_id: str, check: Check, scope: str, observed: Any, as_of: datetime) -> tuple[Any, ...]:
    number = None if observed is None else float(observed)
    result = {
        "run_id": run_id,
        "checked_at": datetime.now(UTC),
        "check_name": check.name,
        "scope": scope,
        "kind": str(check.kind),
        "observed": number,
        "expected": check.expected,
        "ok": check.holds(number),
        "blocking": check.blocking,
        "detail": json.dumps({"as_of": as_of.isoformat()}),
    }
    return tuple(result[name] for name in QUALITY_RESULTS.column_names)


def _hook() -> Any:
    from airflow.providers.postgres.hooks.postgres import PostgresHook

    return PostgresHook(postgres_conn_id=WAREHOUSE)
