"""The Airflow DAG `maintenance`."""

from orchestration.catalogue import MAINTENANCE
from orchestration.factory import build
from orchestration.maintenance import tasks

dag = build(MAINTENANCE, tasks)
