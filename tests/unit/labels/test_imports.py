"""Labels from files: every line is a label or a fault with its place and the reason; nothing is guessed."""

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from streamflow.contracts.errors import BadInputError
from streamflow.contracts.label import Label
from streamflow.labels.faults import Fault
from streamflow.labels.imports import LabelFile
from tests.unit.labels.labels import BEGIN, days_ms

ROW = {
    "transaction_id": "tx-1",
    "customer_id": "cust-1",
    "store_id": "store-1",
    "is_fraud": True,
    "known_at": "2026-01-08T00:00:00Z",
    "event_time": "2026-01-01T00:00:00Z",
}
WRONG = ROW | {"transaction_id": "tx-2", "known_at": "soon"}


def written(path: Path, *rows: dict[str, Any]) -> Path:
    """Write rows in the form that the name says."""
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(list(rows)), path)
    elif path.suffix == ".csv":
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def read(path: Path, now_day: float = 30, **options: Any) -> list[Label | Fault]:
    return list(LabelFile(path, **options).labels(days_ms(now_day)))


@pytest.mark.parametrize("name", ["labels.jsonl", "labels.csv", "labels.parquet"])
def test_every_form_says_the_same(name: str, tmp_path: Path) -> None:
    first, second = read(written(tmp_path / name, ROW, ROW | {"transaction_id": "tx-2", "is_fraud": False}))
    assert first == Label("tx-1", "cust-1", "store-1", True, "import", BEGIN.replace(day=8), BEGIN)
    assert isinstance(second, Label)
    assert (second.transaction_id, second.is_fraud) == ("tx-2", False)


@pytest.mark.parametrize(("name", "place"), [("l.jsonl", "l.jsonl, line 2"), ("l.csv", "l.csv, line 3"), ("l.parquet", "l.parquet, row 2")])
def test_a_line_that_is_no_label_is_named_and_the_others_are_read(name: str, place: str, tmp_path: Path) -> None:
    first, fault, last = read(written(tmp_path / name, ROW, WRONG, ROW))
    assert first == last
    assert isinstance(fault, Fault)
    assert fault.where.endswith(place)
    assert "known_at" in fault.why


@pytest.mark.parametrize("name", ["labels.jsonl", "labels.csv", "labels.parquet"])
def test_columns_are_mapped_and_others_passed_over(name: str, tmp_path: Path) -> None:
    row = {{"transaction_id": "tx", "store_id": "shop"}.get(field, field): cell for field, cell in ROW.items()} | {"remark": "x"}
    (label,) = read(written(tmp_path / name, row), mapping={"tx": "transaction_id", "shop": "store_id"}, source="chargeback")
    assert isinstance(label, Label)
    assert (label.transaction_id, label.store_id, label.source) == ("tx-1", "store-1", "chargeback")


def test_a_source_that_a_line_names_stays(tmp_path: Path) -> None:
    (label,) = read(written(tmp_path / "labels.csv", ROW | {"source": "analyst"}), source="chargeback")
    assert isinstance(label, Label)
    assert label.source == "analyst"


@pytest.mark.parametrize(("cell", "verdict"), [("true", True), ("False", False), ("1", True), ("0", False), ("TRUE", True)])
def test_a_verdict_in_a_table_is_one_of_four_words(cell: str, verdict: bool, tmp_path: Path) -> None:
    (label,) = read(written(tmp_path / "labels.csv", ROW | {"is_fraud": cell}))
    assert isinstance(label, Label)
    assert label.is_fraud is verdict


@pytest.mark.parametrize("cell", ["yes", "fraud", "2", "-1", "0.0", "maybe"])
def test_any_other_word_is_not_guessed(cell: str, tmp_path: Path) -> None:
    (fault,) = read(written(tmp_path / "labels.csv", ROW | {"is_fraud": cell}))
    assert isinstance(fault, Fault)
    assert "expected true, false, 1 or 0" in fault.why


def test_numbers_in_a_parquet_file_are_ids_and_verdicts_and_its_times_need_a_zone(tmp_path: Path) -> None:
    row = ROW | {"customer_id": 596, "is_fraud": 1, "known_at": BEGIN.replace(day=8), "event_time": BEGIN}
    (label,) = read(written(tmp_path / "labels.parquet", row))
    assert isinstance(label, Label)
    assert (label.customer_id, label.is_fraud, label.event_time) == ("596", True, BEGIN)
    (fault,) = read(written(tmp_path / "naive.parquet", row | {"known_at": BEGIN.replace(day=8, tzinfo=None)}))
    assert isinstance(fault, Fault)
    assert "known_at names no time zone" in fault.why


def test_a_label_from_the_future_is_refused_at_import_and_read_otherwise(tmp_path: Path) -> None:
    path = written(tmp_path / "labels.jsonl", ROW)
    (fault,) = read(path, now_day=6.99)
    assert isinstance(fault, Fault)
    assert "known_at lies in the future: expected at most 2026-01-07T23:45:36+00:00, got 2026-01-08T00:00:00+00:00" in fault.why
    assert [type(label) for label in LabelFile(path).labels()] == [Label]
    assert [type(label) for label in read(path, now_day=7)] == [Label]


@pytest.mark.parametrize("name", ["labels.csv", "labels.parquet"])
def test_a_table_without_a_needed_column_is_refused_as_a_whole(name: str, tmp_path: Path) -> None:
    path = written(tmp_path / name, {field: cell for field, cell in ROW.items() if field != "store_id"})
    with pytest.raises(BadInputError, match=r"a column is missing: expected store_id"):
        read(path)


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"shop": "store"}, "no field of a label"),
        ({"shop": "store_id"}, "mapped column is not there"),
        ({"is_fraud": "store_id"}, "same name"),
    ],
)
def test_a_wrong_mapping_is_refused(mapping: dict[str, str], message: str, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=message):
        read(written(tmp_path / "labels.csv", ROW), mapping=mapping)


def test_a_line_that_has_a_field_under_both_names_is_a_fault(tmp_path: Path) -> None:
    (fault,) = read(written(tmp_path / "labels.jsonl", ROW | {"shop": "store-2"}), mapping={"shop": "store_id"})
    assert isinstance(fault, Fault)
    assert "expected each field once, got two of store_id" in fault.why


@pytest.mark.parametrize(
    ("content", "places"),
    [
        (b'{"transaction_id":\n\n[1]\n\xff\n7', ["line 1", "line 3", "line 4", "line 5"]),
        (b"{" + b" " * 3_000_000 + b"}\n{}", ["line 1", "line 2"]),
    ],
    ids=["no objects", "a line without end"],
)
def test_lines_of_any_bytes_are_faults_with_their_numbers(content: bytes, places: list[str], tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_bytes(content)
    faults = read(path)
    assert [fault.where.rpartition(", ")[2] for fault in faults if isinstance(fault, Fault)] == places
    assert len(faults) == len(places)


def test_rows_of_any_bytes_are_faults_with_their_numbers(tmp_path: Path) -> None:
    header = ",".join(ROW).encode()
    good = b"tx-1,cust-1,store-1,1,2026-01-08T00:00:00Z,2026-01-01T00:00:00Z"
    rows = [header, b"tx-1,cust-1", b"", good + b",more", good.replace(b"cust", b"\xff"), b'"tx"1,a,b,1,c,d', good]
    path = tmp_path / "labels.csv"
    path.write_bytes(b"\xef\xbb\xbf" + b"\r\n".join(rows))
    *faults, label = read(path)
    assert isinstance(label, Label)
    found = [(fault.where.rpartition(" ")[2], fault.why) for fault in faults if isinstance(fault, Fault)]
    assert [number for number, _ in found] == ["2", "4", "5", "6"]
    assert [why.partition(" got")[0] for _, why in found] == [
        "expected 6 columns,",
        "expected 6 columns,",
        "expected UTF-8,",
        "expected a row of CSV,",
    ]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("labels.txt", b"", "unknown form of file"),
        ("labels.csv", b"", "the CSV file is empty"),
        ("labels.parquet", b"PAR1 no more", "the Parquet file cannot be read"),
        ("absent/labels.csv", None, "the file cannot be read"),
    ],
)
def test_a_file_that_is_none_is_refused(name: str, content: bytes | None, message: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInputError, match=message):
        read(tmp_path / name)
