"""The Airflow DAG `transform`."""

from orchestration.catalogue import TRANSFORM
from orchestration.factory import build
from orchestration.transform import tasks

dag = build(TRANSFORM, tasks)
