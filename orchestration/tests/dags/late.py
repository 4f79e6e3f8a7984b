"""An Airflow DAG of the tests that takes longer than its deadline allows."""

from datetime import timedelta

from airflow.providers.standard.operators.bash import BashOperator

from orchestration.catalogue import Spec
from orchestration.factory import build

LATE = Spec(dag_id="late", what="Takes longer than it may.", cron="0 0 1 1 *", deadline=timedelta(seconds=1))

dag = build(LATE, lambda spec: BashOperator(task_id="sleep", bash_command="sleep 20") and None)
