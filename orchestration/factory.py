"""One way to build every DAG."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from airflow.sdk import DAG, CronDataIntervalTimetable, DeadlineAlert, DeadlineReference, SyncCallback

from orchestration import settings
from orchestration.catalogue import WAREHOUSE_POOL, Spec
from orchestration.notify import deadline_missed, task_failed

START: Final = datetime(2026, 1, 1, tzinfo=UTC)
MAX_RETRY_DELAY: Final = timedelta(minutes=10)
TASK_TIMEOUT: Final = timedelta(hours=1)
TAGS: Final = ("streamflow",)


def build(spec: Spec, tasks: Callable[[Spec], None]) -> DAG:
    """Return a DAG with what all have in common: retries, a pool, a deadline, and callbacks that notify.

    Parameters
    ----------
    spec : Spec
        The entry of the catalogue.
    tasks : callable
        Makes the tasks; called once, inside the DAG, with the entry.

    Notes
    -----
    One run at a time, and none for the past unless somebody asks for it (`airflow backfill create`): every task can be repeated
    and takes its range of time from its run.
    """
    with DAG(
        dag_id=spec.dag_id,
        description=spec.what,
        # The trigger timetable, Airflow's default for a cron text, would give a run no range of time.
        schedule=[spec.after] if spec.after else CronDataIntervalTimetable(spec.cron, timezone="UTC"),
        start_date=START,
        catchup=False,
        max_active_runs=1,
        default_args={
            "owner": "streamflow",
            "pool": WAREHOUSE_POOL.name,
            "retries": settings.retries(),
            "retry_delay": settings.retry_delay(),
            "retry_exponential_backoff": 2.0,
            "max_retry_delay": MAX_RETRY_DELAY,
            "execution_timeout": TASK_TIMEOUT,
            "on_failure_callback": task_failed,
        },
        deadline=DeadlineAlert(
            reference=DeadlineReference.DAGRUN_QUEUED_AT,
            interval=spec.deadline,
            callback=SyncCallback(deadline_missed, kwargs={"allowed_seconds": int(spec.deadline.total_seconds())}),
        ),
        tags=list(TAGS),
        doc_md=spec.what,
    ) as dag:
        tasks(spec)
    return dag
