"""The Airflow DAG `data_quality`."""

from orchestration.catalogue import DATA_QUALITY
from orchestration.factory import build
from orchestration.quality import tasks

dag = build(DATA_QUALITY, tasks)
