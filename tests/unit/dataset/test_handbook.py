"""The Handbook's days, as Parquet or CSV, become one data set; days that are not sound are refused."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from streamflow.cli.main import app
from streamflow.contracts.errors import BadInputError
from streamflow.dataset import import_handbook

RUNNER = CliRunner()


def day(first: int, when: datetime, **changed: Any) -> pa.Table:
    """Four payments, as pandas writes the Handbook's tables, columns that nobody needs included."""
    columns: dict[str, Any] = {
        "TRANSACTION_ID": range(first, first + 4),
        "TX_DATETIME": pa.array([when + timedelta(hours=hours) for hours in (9, 3, 20, 4)], pa.timestamp("ns")),
        "CUSTOMER_ID": ["596", "4961", "2", "596"],
        "TERMINAL_ID": ["3156", "3412", "1365", "3156"],
        "TX_AMOUNT": [57.16, 81.51, 0.0, 266.4],
        "TX_TIME_SECONDS": ["31", "130", "476", "569"],
        "TX_FRAUD": [0, 1, 0, 1],
        "TX_FRAUD_SCENARIO": [0, 2, 0, 1],
    }
    return pa.table(columns | changed)


@pytest.fixture
def days(tmp_path: Path) -> Path:
    folder = tmp_path / "days"
    folder.mkdir()
    (folder / "README.txt").write_text("not a day")
    return folder


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_days_in_both_forms_become_one_history_in_the_order_of_time(days: Path, tmp_path: Path) -> None:
    pq.write_table(day(4, datetime(2018, 4, 1)), days / "2018-04-02.parquet")
    pacsv.write_csv(day(0, datetime(2018, 4, 2)), days / "2018-04-01.csv")
    report = import_handbook(days, tmp_path / "out", delay_days=7)
    assert (report.source, report.transactions, report.frauds, report.customers, report.stores) == ("handbook", 8, 4, 3, 3)
    assert report.frauds_by_scenario == {"compromised_terminal": 2, "high_amount": 2}
    assert report.amounts_raised == 2
    transactions, labels = lines(tmp_path / "out" / "transactions.jsonl"), lines(tmp_path / "out" / "labels.jsonl")
    assert [line["transaction_id"] for line in transactions] == [f"hb-{number}" for number in (5, 7, 4, 6, 1, 3, 0, 2)]
    assert [line["transaction_id"] for line in labels] == [line["transaction_id"] for line in transactions]
    assert transactions[0] == {
        "schema_version": 1,
        "transaction_id": "hb-5",
        "customer_id": "hb-c-4961",
        "store_id": "hb-s-3412",
        "amount": "81.51",
        "currency": "BRL",
        "timestamp": "2018-04-01T03:00:00Z",
    }
    assert labels[0]["scenario"] == "compromised_terminal"
    assert labels[0]["known_at"] == "2018-04-08T03:00:00Z"


def test_parquet_and_csv_of_the_same_day_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("parquet", "csv"):
        (tmp_path / name).mkdir()
    pq.write_table(day(0, datetime(2018, 4, 1)), tmp_path / "parquet" / "day.parquet")
    pacsv.write_csv(day(0, datetime(2018, 4, 1)), tmp_path / "csv" / "day.csv")
    one, two = (import_handbook(tmp_path / name, tmp_path / f"{name}-out") for name in ("parquet", "csv"))
    assert one == two


def test_payments_of_the_same_second_keep_the_order_of_the_files(days: Path, tmp_path: Path) -> None:
    same = pa.array([datetime(2018, 4, 1)] * 4, pa.timestamp("ns"))
    pq.write_table(day(8, datetime(2018, 4, 1), TX_DATETIME=same), days / "day.parquet")
    import_handbook(days, tmp_path / "out")
    assert [line["transaction_id"] for line in lines(tmp_path / "out" / "transactions.jsonl")] == ["hb-8", "hb-9", "hb-10", "hb-11"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"TX_AMOUNT": [1.0, -0.5, 2.0, 3.0]}, "an amount is not one"),
        ({"TX_AMOUNT": [1.0, float("inf"), 2.0, 3.0]}, "an amount is not one"),
        ({"TX_AMOUNT": [1.0, None, 2.0, 3.0]}, "1 empty cells in TX_AMOUNT"),
        ({"TX_AMOUNT": ["1", "much", "2", "3"]}, "the day cannot be read"),
        ({"TX_FRAUD": [0, 2, 0, 1]}, "neither fraud nor honest"),
        ({"CUSTOMER_ID": ["1", None, "2", "3"]}, "1 empty cells in CUSTOMER_ID"),
        ({"TX_DATETIME": ["yesterday"] * 4}, "the day cannot be read"),
        ({"TRANSACTION_ID": [1, 2, 2, 3]}, "two payments have one TRANSACTION_ID"),
    ],
)
@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_a_day_that_is_not_sound_is_refused_with_the_reason(
    days: Path, tmp_path: Path, changed: dict[str, Any], message: str, form: str
) -> None:
    table = day(0, datetime(2018, 4, 1), **changed)
    if form == "parquet":
        pq.write_table(table, days / "day.parquet")
    else:
        pacsv.write_csv(table, days / "day.csv")
    with pytest.raises(BadInputError, match=message):
        import_handbook(days, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_a_day_without_a_column_is_refused_by_name(days: Path, tmp_path: Path, form: str) -> None:
    table = day(0, datetime(2018, 4, 1)).drop_columns(["TX_FRAUD_SCENARIO"])
    if form == "parquet":
        pq.write_table(table, days / "day.parquet")
    else:
        pacsv.write_csv(table, days / "day.csv")
    with pytest.raises(BadInputError, match="TX_FRAUD_SCENARIO"):
        import_handbook(days, tmp_path / "out")


@pytest.mark.parametrize("name", ["day.parquet", "day.csv"])
def test_a_file_that_is_no_table_is_refused(days: Path, tmp_path: Path, name: str) -> None:
    (days / name).write_bytes(b"\x00\xff" * 50)
    with pytest.raises(BadInputError, match="the day cannot be read"):
        import_handbook(days, tmp_path / "out")


def test_a_folder_without_days_and_one_that_is_not_there_are_refused(days: Path, tmp_path: Path) -> None:
    for folder in (days, tmp_path / "nowhere"):
        with pytest.raises(BadInputError, match="there are no days"):
            import_handbook(folder, tmp_path / "out")


def test_a_fraud_with_a_scenario_that_has_no_name_stays_a_fraud(days: Path, tmp_path: Path) -> None:
    pq.write_table(day(0, datetime(2018, 4, 1), TX_FRAUD_SCENARIO=[0, 9, 0, 1]), days / "day.parquet")
    assert import_handbook(days, tmp_path / "out").frauds_by_scenario == {"high_amount": 1, "unknown": 1}


def test_the_command_prints_what_it_imported(days: Path, tmp_path: Path) -> None:
    pq.write_table(day(0, datetime(2018, 4, 1)), days / "day.parquet")
    result = RUNNER.invoke(app, ["dataset", "handbook", str(days), "--out", str(tmp_path / "out"), "--delay-days", "3", "--json"])
    assert result.exit_code == 0, result.output
    facts = json.loads(result.stdout)
    assert (facts["transactions"], facts["frauds"], facts["fraud_percent"], facts["label_delay_days"]) == (4, 2, 50.0, 3.0)
    assert lines(tmp_path / "out" / "labels.jsonl")[0]["known_at"] == "2018-04-04T03:00:00Z"
