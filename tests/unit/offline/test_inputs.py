"""Files as records: every line and row is one record, and nothing is guessed."""

import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from streamflow.contracts.errors import BadInputError
from streamflow.contracts.record import Record
from streamflow.contracts.rejection import Code
from streamflow.control.documents import fixed_control
from streamflow.engine import Decided, Engine, EngineSettings, MemoryStates
from streamflow.offline.inputs import read_csv, read_lines, read_parquet
from streamflow.offline.run import run

HEADER = "transaction_id,customer_id,store_id,amount,currency,timestamp,latitude,longitude"
ROW = "tx-1,cust-1,store-1,12.50,BRL,2026-01-01T10:00:00Z,-23.5,-46.6"


def csv_records(text: str, mapping: dict[str, str] | None = None) -> list[Record]:
    return list(read_csv(io.BytesIO(text.encode("utf-8", "surrogateescape")), mapping or {}, "test.csv"))


def test_lines_are_split_at_line_feeds_only() -> None:
    separators = "\u2028".encode() + b"\x0b\x0c\x1c\x85\r"
    assert [record.value for record in read_lines(io.BytesIO(b"a" + separators + b"b\nc"))] == [b"a" + separators + b"b", b"c"]


def test_an_empty_line_is_a_record_and_a_final_line_feed_is_none() -> None:
    assert [record.offset for record in read_lines(io.BytesIO(b"a\n\nb\n"))] == [0, 1, 2]


def test_a_csv_row_becomes_the_transaction_that_it_shows() -> None:
    (record,) = csv_records(f"{HEADER}\n{ROW}\n")
    assert json.loads(record.value or b"") == {
        "transaction_id": "tx-1",
        "customer_id": "cust-1",
        "store_id": "store-1",
        "amount": "12.50",
        "currency": "BRL",
        "timestamp": "2026-01-01T10:00:00Z",
        "latitude": -23.5,
        "longitude": -46.6,
        "schema_version": 1,
    }


def test_foreign_column_names_are_mapped() -> None:
    (record,) = csv_records(f"{HEADER.replace('customer_id', 'card_holder')}\n{ROW}\n", {"card_holder": "customer_id"})
    assert json.loads(record.value or b"")["customer_id"] == "cust-1"


@pytest.mark.parametrize(
    ("header", "mapping"),
    [(HEADER, {"no_such_column": "amount"}), (HEADER, {"store_id": "amount"}), ("", {})],
    ids=["unknown column", "two columns of one name", "empty file"],
)
def test_a_csv_that_cannot_be_mapped_is_refused(header: str, mapping: dict[str, str]) -> None:
    with pytest.raises(BadInputError, match=r"test\.csv"):
        csv_records(header, mapping)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (ROW.replace("-23.5", "north"), Code.WRONG_TYPE),
        (ROW.replace("12.50", '"12,50"'), Code.AMOUNT_NOT_DECIMAL),
        (ROW.replace("12.50", ""), Code.MISSING_FIELD),
        (ROW.replace("cust-1", "cust-\udcff"), Code.NOT_UTF8),
        ("tx-1", Code.MISSING_FIELD),
        ("", Code.MISSING_FIELD),
    ],
    ids=["latitude in words", "comma", "empty cell", "latin-1", "short row", "empty row"],
)
def test_a_bad_cell_is_a_dead_letter_and_not_a_crash(row: str, code: Code, tmp_path: Path) -> None:
    engine = Engine(fixed_control(), EngineSettings(key_source="payload"))
    summary = run(engine, csv_records(f"{HEADER}\n{row}\n{ROW}\n"), tmp_path, event_time_is_record_time=True)
    assert summary.codes == {code.value: 1}
    assert summary.decisions == 1


def test_a_parquet_file_with_decimals_and_times_scores_like_its_csv(tmp_path: Path) -> None:
    table = pa.table(
        {
            "transaction_id": ["tx-1", "tx-2"],
            "customer_id": ["cust-1", "cust-1"],
            "store_id": ["store-1", "store-1"],
            "amount": pa.array([Decimal("12.50"), Decimal("3.00")], pa.decimal128(12, 2)),
            "currency": ["BRL", "BRL"],
            "timestamp": pa.array([datetime(2026, 1, 1, 10, tzinfo=UTC)] * 2, pa.timestamp("ms", "UTC")),
            "product_id": [None, "prod-1"],
        }
    )
    pq.write_table(table, tmp_path / "in.parquet")
    engine, states = Engine(fixed_control(), EngineSettings(key_source="payload")), MemoryStates()
    records = [record._replace(timestamp_ms=2_000_000_000_000) for record in read_parquet(tmp_path / "in.parquet", {})]
    results = [engine.process(record, states) for record in records]
    assert all(isinstance(result, Decided) for result in results)
    assert json.loads(records[0].value or b"")["amount"] == "12.50"
    assert "product_id" not in json.loads(records[0].value or b"")


def test_a_parquet_amount_in_floating_point_is_refused_by_the_contract(tmp_path: Path) -> None:
    pq.write_table(pa.table({"schema_version": [1], "transaction_id": ["t"], "amount": [12.5]}), tmp_path / "in.parquet")
    (record,) = read_parquet(tmp_path / "in.parquet", {})
    assert json.loads(record.value or b"")["amount"] == 12.5
    assert isinstance(record.value, bytes)


def test_a_file_that_is_no_parquet_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "in.parquet").write_bytes(b"not parquet")
    with pytest.raises(BadInputError, match=r"in\.parquet"):
        list(read_parquet(tmp_path / "in.parquet", {}))
