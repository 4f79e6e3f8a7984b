"""`streamflow labels` and `streamflow risk` without a broker."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from streamflow.cli.main import app
from streamflow.contracts.errors import BadInputError, ExitCode
from streamflow.contracts.label import encode_label
from streamflow.contracts.risk import RiskDocument
from streamflow.simulate import Plan
from streamflow.simulate.files import write_files
from tests.unit.labels.labels import label
from tests.unit.labels.test_imports import ROW, WRONG, written
from tests.unit.labels.test_payments import BARE, PAYMENT

AS_OF = ("--as-of", "2026-01-20T00:00:00Z")


def run(*arguments: str, exit_code: int = ExitCode.OK) -> Any:
    result = CliRunner().invoke(app, arguments)
    if isinstance(result.exception, BadInputError):
        raise result.exception
    assert result.exit_code == exit_code, result.output
    return json.loads(result.stdout) if "--json" in arguments else result.output


def build(folder: Path, *arguments: str) -> tuple[dict[str, Any], RiskDocument]:
    out = folder / "risk.json"
    facts = run("risk", "build", *arguments, "--out", str(out), "--json")
    return facts, msgspec.json.decode(out.read_bytes(), type=RiskDocument)


def test_a_dry_run_reads_the_file_and_lists_what_is_wrong(tmp_path: Path) -> None:
    file = str(written(tmp_path / "labels.csv", ROW, WRONG))
    words = run("labels", "import", file, "--dry-run", exit_code=ExitCode.BAD_INPUT)
    assert "labels.csv, line 3: this is not a label: got Invalid RFC3339" in words
    facts = run("labels", "import", file, "--dry-run", "--json", exit_code=ExitCode.BAD_INPUT)
    assert (facts["labels"], facts["frauds"], facts["written"], facts["refused"]) == (1, 1, 0, 1)


def test_more_faults_than_fit_are_counted(tmp_path: Path) -> None:
    file = written(tmp_path / "labels.csv", *[WRONG] * 25)
    assert "and 5 more" in run("labels", "import", str(file), "--dry-run", exit_code=ExitCode.BAD_INPUT)


def test_labels_are_completed_from_the_transactions(tmp_path: Path) -> None:
    file, payments = written(tmp_path / "labels.csv", BARE), written(tmp_path / "payments.jsonl", PAYMENT, {})
    facts = run("labels", "import", str(file), "--dry-run", "--transactions", str(payments), "--json")
    assert (facts["labels"], facts["unreadable_transactions"]) == (1, 1)


def test_the_snapshot_of_a_moment_knows_no_label_that_came_later(tmp_path: Path) -> None:
    (tmp_path / "labels.jsonl").write_bytes(encode_label(label(7)) + b"\n" + encode_label(label(20, transaction_id="tx-2")) + b"\n{}")
    facts, document = build(tmp_path, "--labels", str(tmp_path / "labels.jsonl"), *AS_OF)
    assert (facts["labels"], facts["not_known_yet"], facts["unreadable"], facts["frauds"]) == (1, 1, 1, 1)
    assert (document.version, document.customers) == (1, ("cust-1",))


def test_going_on_from_a_document_gives_the_same_file(tmp_path: Path) -> None:
    labels = tmp_path / "labels.jsonl"
    write_files(Plan(events=3_000, customers=100, days=10), str(tmp_path / "traffic.jsonl"), labels)
    build(tmp_path, "--labels", str(labels), "--as-of", "2026-01-10T00:00:00Z")
    (tmp_path / "risk.json").rename(tmp_path / "before.json")
    _, whole = build(tmp_path, "--labels", str(labels), *AS_OF)
    facts, continued = build(tmp_path, "--labels", str(labels), *AS_OF, "--previous", str(tmp_path / "before.json"))
    assert continued == whole
    assert facts["labels"] == whole.labels


def test_a_history_without_honest_labels_settles_in_silence(tmp_path: Path) -> None:
    labels = written(tmp_path / "labels.csv", ROW)
    payments = written(tmp_path / "payments.jsonl", PAYMENT, PAYMENT | {"transaction_id": "tx-2"}, {})
    facts, document = build(tmp_path, "--labels", str(labels), "--transactions", str(payments), "--settled-after-days", "5", *AS_OF)
    assert (facts["settled_in_silence"], facts["unreadable_transactions"], facts["changed_verdicts"]) == (2, 1, 1)
    assert document.stores["store-1"].settled_30d > 0.5


def test_a_document_needs_a_place_to_go(tmp_path: Path) -> None:
    assert "--out FILE or --push" in run("risk", "build", "--labels", str(tmp_path), exit_code=ExitCode.USAGE)
    labels = written(tmp_path / "labels.csv", ROW)
    with pytest.raises(BadInputError, match="the risk document cannot be written"):
        run("risk", "build", "--labels", str(labels), "--out", str(tmp_path / "absent" / "risk.json"))


@pytest.mark.parametrize("arguments", [("--source", "rumour"), ("--map", "nothing")])
def test_wrong_options_are_usage(arguments: tuple[str, str], tmp_path: Path) -> None:
    run("labels", "import", str(written(tmp_path / "labels.csv", ROW)), *arguments, exit_code=ExitCode.USAGE)
