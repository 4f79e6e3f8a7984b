"""The Airflow DAG `ingest_audit`."""

from orchestration.audit import tasks
from orchestration.catalogue import INGEST_AUDIT
from orchestration.factory import build

dag = build(INGEST_AUDIT, tasks)
