"""What the tests of the warehouse stand on: rows of bronze as the writer would write them."""

from pathlib import Path

import pytest

from streamflow.control.documents import default_rules, fixed_control
from streamflow.engine import Engine
from streamflow.offline.inputs import read_lines
from streamflow.offline.run import DEAD_LETTERS_FILE, DECISIONS_FILE, run
from streamflow.simulate import Plan
from streamflow.simulate.files import write_files
from tests.integration.postgres import Database
from tests.warehouse import seeded

pytestmark = pytest.mark.stack


def test_rows_come_once_however_often_they_are_written(warehouse: Database, tmp_path: Path) -> None:
    write_files(Plan(events=2_000, customers=100, days=3), str(tmp_path / "traffic.jsonl"), tmp_path / "labels.jsonl")
    with (tmp_path / "traffic.jsonl").open("rb") as stream:
        summary = run(Engine(fixed_control(default_rules())), read_lines(stream), tmp_path, event_time_is_record_time=True)
    files = {"decisions": tmp_path / DECISIONS_FILE, "dead_letters": tmp_path / DEAD_LETTERS_FILE, "labels": tmp_path / "labels.jsonl"}
    first = seeded(warehouse.writer, **files)
    assert seeded(warehouse.writer, **files) == first
    assert (first["decisions"], first["alerts"]) == (summary.decisions, summary.alerts)
    for table, count in first.items():
        assert len(warehouse.rows(f"TABLE bronze.{table}")) == count
