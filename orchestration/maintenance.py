"""The tasks of `maintenance`: each can run again at any time, and none looks further back than it must."""

from datetime import timedelta
from typing import Final

from airflow.sdk import chain, get_current_context, task

from orchestration import settings
from orchestration.catalogue import Spec
from orchestration.programs import StreamflowOperator
from orchestration.quality import time_of
from streamflow.contracts.orchestration import REFRESH, TRANSFORM, WAREHOUSE_OWNER
from streamflow.contracts.tables import DEAD_LETTERS, TABLES

_EXPIRE: Final = f"DELETE FROM {DEAD_LETTERS.full_name} WHERE source_timestamp < %s"  # noqa: S608 our own name


def tasks(spec: Spec) -> None:
    """Make room first, then tell the planner what is left; the models' performance needs neither.

    dbt runs in `transform` alone, one run at a time: two that wrote the same table at once would double its rows. So that DAG is asked.
    """
    from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator

    partitions = StreamflowOperator(
        task_id="partitions", arguments=["warehouse", "partitions", "--keep-days", str(settings.keep_days()), "--json"]
    )
    chain(partitions, task(expire_dead_letters)(), task(vacuum)())
    TriggerDagRunOperator(task_id="ask_for_model_performance", trigger_dag_id=TRANSFORM, conf={REFRESH: True}, wait_for_completion=False)


def expire_dead_letters() -> int:
    """Delete dead letters that nobody replayed for long enough, and return how many."""
    from airflow.providers.postgres.hooks.postgres import PostgresHook

    before = time_of(get_current_context()) - timedelta(days=settings.dead_letter_days())
    connection = PostgresHook(postgres_conn_id=WAREHOUSE_OWNER).get_conn()
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(_EXPIRE, (before,))
            return int(cursor.rowcount)
    finally:
        connection.close()


def vacuum() -> None:
    """Free what updates left behind, and refresh the planner's statistics, which nobody else does for split tables."""
    from airflow.providers.postgres.hooks.postgres import PostgresHook

    statements = [f"VACUUM (ANALYZE, SKIP_LOCKED) {table.full_name}" for table in TABLES]
    PostgresHook(postgres_conn_id=WAREHOUSE_OWNER).run(statements, autocommit=True)
