"""`streamflow backtest --warehouse`: the payments of bronze, decided again, get the answers that they got."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from typer.testing import CliRunner

from streamflow.cli.main import app
from streamflow.contracts.errors import ExitCode
from streamflow.simulate import Plan
from streamflow.simulate.files import write_files
from streamflow.store.history import read_labels, read_payments
from tests.integration.postgres import Database
from tests.warehouse import decision_row, seeded

pytestmark = pytest.mark.stack

ANSWER: Final = ("decision_id", "outcome", "score", "rules", "features", "late", "duplicate", "id_reused", "extra")
EVENTS: Final = 4_000


@pytest.fixture
def scored(tmp_path: Path) -> Path:
    """Return a folder with traffic of which some is late or comes twice, a payment with fields of its own, and what was decided."""
    plan = Plan(events=EVENTS, customers=120, days=20, late_ratio=0.02, repeated_ratio=0.02)
    payments = tmp_path / "payments.jsonl"
    write_files(plan, str(payments), tmp_path / "labels.jsonl")
    last = json.loads(payments.read_bytes().splitlines()[-1])
    odd = last | {
        "transaction_id": "tx-odd",
        "amount": "7.5",
        "gift": {"for": "ação 🙂", "timestamp": 1},
    }
    with payments.open("a") as stream:
        stream.write(json.dumps(odd) + "\n")
    done = CliRunner().invoke(app, ["score", str(payments), "--out", str(tmp_path)])
    assert done.exit_code == ExitCode.OK, done.output
    return tmp_path


def backtest(*arguments: str) -> dict[str, Any]:
    done = CliRunner().invoke(app, ["backtest", *arguments, "--json"])
    assert done.exit_code == ExitCode.OK, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def answers(path: Path) -> dict[str, tuple[Any, ...]]:
    rows = [json.loads(line) for line in path.read_bytes().splitlines()]
    return {row["decision_id"]: tuple(row.get(name) for name in ANSWER) for row in rows}


def test_a_backtest_of_the_warehouse_decides_as_it_was_decided(
    warehouse: Database, scored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeded(warehouse.writer, decisions=scored / "decisions.jsonl", labels=scored / "labels.jsonl")
    monkeypatch.setenv("STREAMFLOW_POSTGRES_DSN", warehouse.superuser)
    out = tmp_path / "again.jsonl"
    found = backtest("--warehouse", "--risk-every", "0", "--decisions", str(out))
    assert answers(out) == answers(scored / "decisions.jsonl")
    of_files = backtest(str(scored / "payments.jsonl"), "--labels", str(scored / "labels.jsonl"), "--risk-every", "0")
    assert found["configurations"] == of_files["configurations"]


def test_records_and_labels_are_what_the_shop_and_the_bank_said(warehouse: Database, scored: Path) -> None:
    seeded(warehouse.writer, decisions=scored / "decisions.jsonl", labels=scored / "labels.jsonl")
    decided = [decision_row(line) for line in (scored / "decisions.jsonl").read_bytes().splitlines()]
    records = {(record.partition, record.offset): record for record in read_payments(warehouse.superuser, 60)}
    assert len(records) == len(decided) == EVENTS + 1
    for row in decided:
        record = records[row["source_partition"], row["source_offset"]]
        payment = json.loads(record.value or b"")
        assert (record.key or b"").decode() == row["customer_id"] == payment["customer_id"]
        assert datetime.fromisoformat(payment["timestamp"]) == datetime.fromisoformat(row["event_time"])
        assert datetime.fromtimestamp(record.timestamp_ms / 1000, UTC) == datetime.fromisoformat(row["source_timestamp"])
    odd = next(payment for payment in (json.loads(record.value or b"") for record in records.values()) if "gift" in payment)
    assert (odd["amount"], odd["gift"]) == ("7.50", {"for": "ação 🙂", "timestamp": 1})
    assert len(list(read_labels(warehouse.superuser, 60))) == len((scored / "labels.jsonl").read_bytes().splitlines())


def test_one_source_is_asked_for() -> None:
    done = CliRunner().invoke(app, ["backtest", "payments.jsonl", "--warehouse"])
    assert done.exit_code == ExitCode.USAGE
    assert "--warehouse" in done.output


def test_a_map_of_columns_has_no_place_in_the_warehouse() -> None:
    done = CliRunner().invoke(app, ["backtest", "--warehouse", "--map", "card=customer_id"])
    assert done.exit_code == ExitCode.USAGE
    assert "--map" in done.output
