"""A full disk under the warehouse: the writer waits, alerts flow, and once there is room again nothing is missing."""

import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from streamflow.contracts.catalogue import ALERTS
from streamflow.contracts.tables import DECISIONS
from streamflow.simulate import Plan
from tests.integration.job.live_job import wait_until
from tests.integration.store_jobs.warehouse_jobs import WarehouseJobs

pytestmark = [pytest.mark.stack, pytest.mark.timeout(1500)]

DISK_MEBIBYTES = 96
EVENTS, EVENTS_A_SECOND = 8_000, 400
FALLBACK = f"{DECISIONS.full_name}_default"
"""Where rows lie whose day has no partition: all of them on this stack."""


@pytest.fixture
def small_disk(jobs: WarehouseJobs, tmp_path: Path) -> Iterator[Path]:
    """Return a folder of PostgreSQL's on a file system of its own."""
    if os.geteuid() != 0:
        pytest.fail("to mount a small disk takes root: run this test as root, or leave it out with --deselect")
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MEBIBYTES}m", "tmpfs", folder], check=True)
    try:
        tables = folder / "tables"
        tables.mkdir(mode=0o700)
        shutil.chown(tables, jobs.stack.layout.settings.postgres_user)
        yield tables
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture
def decisions_on_small_disk(jobs: WarehouseJobs, small_disk: Path) -> Iterator[Path]:
    """Let the decisions lie on the small disk, and put them back in the end."""
    with psycopg.connect(jobs.stack.endpoints().postgres_dsn, autocommit=True) as connection:
        connection.execute(f"CREATE TABLESPACE small LOCATION '{small_disk}'".encode())
        connection.execute(f"ALTER TABLE {FALLBACK} SET TABLESPACE small".encode())
    yield small_disk
    with psycopg.connect(jobs.stack.endpoints().postgres_dsn, autocommit=True) as connection:
        connection.execute(f"ALTER TABLE {FALLBACK} SET TABLESPACE pg_default".encode())
        connection.execute(b"DROP TABLESPACE small")


def fill_up(file: Path) -> None:
    """Write until there is no room."""
    with file.open("wb", buffering=0) as stream, suppress(OSError):
        while True:
            stream.write(bytes(4096))


def test_a_full_disk_holds_up_rows_and_no_alert_and_loses_nothing(jobs: WarehouseJobs, decisions_on_small_disk: Path) -> None:
    filler = decisions_on_small_disk.parent / "filler"
    plan = Plan(events=EVENTS, customers=200, days=0.3, seed=11)
    with jobs.load(plan, rate=EVENTS_A_SECOND):
        fill_up(filler)
        log = jobs.stack.layout.log("postgres")
        wait_until(lambda: "No space left" in log.read_text(), "the writer meets the full disk")
        alerts = len(jobs.topic(ALERTS))
        wait_until(lambda: len(jobs.topic(ALERTS)) > alerts, "alerts while the disk is full")
    jobs.await_answers()
    assert len(jobs.stored()[DECISIONS.full_name]) < len(jobs.expected()[DECISIONS.full_name])
    filler.unlink()
    stored, expected = jobs.await_stored(), jobs.expected()
    for table, wanted in expected.items():
        assert Counter(stored[table]) == Counter(wanted), table
