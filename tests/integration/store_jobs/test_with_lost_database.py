"""The runbook of a lost database, walked: a backup, rows that came after it, and everything back from Kafka.

Behind the tests of windows, whose table goes back to the backup, and before those that leave spoilt records in the topics.
"""

import subprocess
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from streamflow.simulate import Plan
from tests.integration.job.live_job import wait_until
from tests.integration.store_jobs.warehouse_jobs import WarehouseJobs

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

EVENTS = 2_000


def tool(jobs: WarehouseJobs, name: str, *arguments: str) -> None:
    """Run one of the server's own programs."""
    program = jobs.stack.layout.postgres_bin / name
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_lost_database_comes_back_from_its_backup_and_from_kafka(jobs: WarehouseJobs, tmp_path: Path) -> None:
    dsn = jobs.stack.endpoints().postgres_dsn
    with jobs.load(Plan(events=EVENTS, customers=100, seed=31, malformed_ratio=0.02)):
        pass
    jobs.await_stored()
    began = datetime.now(UTC)
    backup = tmp_path / "streamflow.dump"
    tool(jobs, "pg_dump", "--format=custom", f"--file={backup}", dsn)
    with jobs.load(Plan(events=EVENTS, customers=100, seed=32, malformed_ratio=0.02)):
        pass
    jobs.await_stored()

    elsewhere = dsn.replace("/streamflow?", "/postgres?")
    with psycopg.connect(elsewhere, autocommit=True) as connection:
        connection.execute("DROP DATABASE streamflow WITH (FORCE)")
    tool(jobs, "pg_restore", "--create", f"--dbname={elsewhere}", str(backup))
    jobs.command("warehouse", "migrate")
    rows = "SELECT count(*) AS rows FROM bronze.decisions"
    restored = jobs.rows(rows)[0]["rows"]

    since = (began - timedelta(minutes=1)).isoformat()
    refilled = jobs.command("warehouse", "refill", "--since", since)
    assert any(entry["now"] < entry["before"] for entry in refilled["partitions"])
    assert all(entry["now"] <= entry["before"] for entry in refilled["partitions"])
    stored, expected = jobs.await_stored(), jobs.expected()
    for table, wanted in expected.items():
        assert Counter(stored[table]) == Counter(wanted), table
    assert jobs.rows(rows)[0]["rows"] >= restored + EVENTS * 9 // 10
    wait_until(lambda: jobs.cli("audit", "--no-gold", "--settle", "0s", "--dry-run").returncode == 0, "the audit is clean")


def test_a_table_that_was_emptied_is_written_again_from_the_first_record_on(jobs: WarehouseJobs) -> None:
    jobs.await_stored()
    with psycopg.connect(jobs.stack.endpoints().postgres_dsn) as connection:
        connection.execute("TRUNCATE bronze.decisions, bronze.alerts, bronze.dead_letters, bronze.labels")
    jobs.command("warehouse", "refill")
    stored, expected = jobs.await_stored(), jobs.expected()
    for table, wanted in expected.items():
        assert Counter(stored[table]) == Counter(wanted), table
