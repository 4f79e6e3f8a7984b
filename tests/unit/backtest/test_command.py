"""`streamflow backtest` from files to words, JSON and HTML."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from streamflow.cli.main import app
from streamflow.contracts.control import Generation, control_key
from streamflow.contracts.errors import BadInputError, ExitCode
from streamflow.contracts.record import Record
from streamflow.control.documents import NO_LISTS, default_rules
from streamflow.kafka.dump import dump_line
from tests.unit.backtest.histories import BEGIN_MS, history, tried


def run(*arguments: str, exit_code: int = ExitCode.OK) -> Any:
    result = CliRunner().invoke(app, ("backtest", *arguments))
    if isinstance(result.exception, BadInputError):
        raise result.exception
    assert result.exit_code == exit_code, result.output
    return json.loads(result.stdout) if "--json" in arguments else result.output


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, ...]:
    (tmp_path / "payments.jsonl").write_bytes(history().transactions)
    (tmp_path / "labels.jsonl").write_bytes(history().labels)
    return str(tmp_path / "payments.jsonl"), "--labels", str(tmp_path / "labels.jsonl")


def test_json_says_what_the_library_says_and_the_decisions_are_written(files: tuple[str, ...], tmp_path: Path) -> None:
    said = run(*files, "--json", "--decisions", str(tmp_path / "decisions.jsonl"))
    expected = tried()
    assert said["configurations"][0]["alerts"]["alerts"] == expected.report.configurations[0].alerts.alerts
    assert (tmp_path / "decisions.jsonl").read_bytes().splitlines() == expected.decisions


def test_words_compare_two_configurations_and_the_report_is_written(files: tuple[str, ...], tmp_path: Path) -> None:
    html = tmp_path / "report.html"
    words = run(*files, "--retrain-every", "8", "--delay-days", "1", "--compare-alpha", "0.9", "--shown", "3", "--html", str(html))
    for expected in ("precision", "What other thresholds would give", "alpha 0.9", "Trainings on the way", "Highest amounts"):
        assert expected in words
    assert html.read_text().startswith("<!doctype html>")


def test_a_period_is_measured(files: tuple[str, ...]) -> None:
    said = run(*files, "--json", "--from", "2026-01-05T00:00:00Z", "--until", "2026-01-06T00:00:00Z", "--risk-every", "0")
    assert said["history"]["days"] == 1
    assert said["risk_snapshots"] == 0


def test_csv_is_read_with_a_mapping(tmp_path: Path) -> None:
    path = tmp_path / "payments.csv"
    path.write_text(
        "id,customer_id,store_id,amount,currency,timestamp\ntx-1,c-1,s-1,10.00,BRL,2026-01-01T00:00:00Z\n"
        "tx-2,c-1,s-1,10.00,BRL,2026-01-02T00:00:00Z\n"
    )
    said = run(str(path), "--map", "id=transaction_id", "--json")
    assert said["history"]["payments"] == 2


def test_parquet_and_standard_input_are_read_too(tmp_path: Path) -> None:
    lines = history().transactions.splitlines()[:200]
    rows = [json.loads(line) for line in lines]
    names = sorted({name for row in rows for name in row})
    pq.write_table(pa.table({name: [row.get(name) for row in rows] for name in names}), tmp_path / "payments.parquet")
    result = CliRunner().invoke(app, ("backtest", "-", "--json"), input=b"\n".join(lines))
    assert json.loads(result.stdout)["configurations"] == run(str(tmp_path / "payments.parquet"), "--json")["configurations"]


def test_whole_records_are_decided_by_the_control_topic(tmp_path: Path) -> None:
    documents: tuple[tuple[bytes, Any], ...] = (
        (control_key("rules", 1), default_rules()),
        (control_key("lists", 1), NO_LISTS),
        (control_key("generation", 1), Generation(1, 1, 1)),
    )
    control = [Record("streamflow.control", 0, at, BEGIN_MS, key, msgspec.json.encode(one)) for at, (key, one) in enumerate(documents)]
    line = history().transactions.splitlines()[0]
    customer = json.loads(line)["customer_id"].encode()
    payments = [Record("transactions.raw", 3, 7, BEGIN_MS + 10**8, customer, line)]
    for name, records in (("control.jsonl", control), ("payments.jsonl", payments)):
        (tmp_path / name).write_bytes(b"".join(dump_line(record) + b"\n" for record in records))
    out = tmp_path / "decisions.jsonl"
    run("--records", str(tmp_path / "payments.jsonl"), "--control", str(tmp_path / "control.jsonl"), "--decisions", str(out), "--json")
    source = json.loads(out.read_bytes())["source"]
    assert (source["partition"], source["offset"]) == (3, 7)


def test_what_does_not_go_together_is_refused(files: tuple[str, ...]) -> None:
    for wrong in (
        (),
        (*files, "--records", "x"),
        (*files, "--control", "x"),
        (*files, "--kind", "magic"),
        (*files, "--map", "a=b"),
        ("--records", "x", "--control", "y", "--alpha", "0.5"),
    ):
        run(*wrong, exit_code=ExitCode.USAGE)
    with pytest.raises(BadInputError, match="cannot be read"):
        run("nowhere.jsonl")
    with pytest.raises(BadInputError, match="cannot be read"):
        run(files[0], "--labels", "nowhere.jsonl")
