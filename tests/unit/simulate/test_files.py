"""Traffic in files: the same payments in every form."""

import csv
import hashlib
import json
from pathlib import Path

import msgspec
import pyarrow.parquet as pq
import pytest

from streamflow.contracts.control import ListsDocument
from streamflow.contracts.errors import BadInputError
from streamflow.contracts.label import Label
from streamflow.contracts.transaction import Transaction
from streamflow.simulate import Plan, batches
from streamflow.simulate.files import write_files
from streamflow.simulate.malformed import FILE_KINDS, KIND_NAMES
from streamflow.simulate.reference import write_reference

PLAN = Plan(events=5_000, customers=300, days=10, seed=6, repeated_ratio=0.02, late_ratio=0.02)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_the_same_plan_writes_the_same_file(form: str, tmp_path: Path) -> None:
    first, second = tmp_path / f"1.{form}", tmp_path / f"2.{form}"
    write_files(PLAN, str(first), tmp_path / f"labels1.{form}")
    write_files(PLAN, str(second), tmp_path / f"labels2.{form}")
    assert _sha256(first) == _sha256(second)
    assert _sha256(tmp_path / f"labels1.{form}") == _sha256(tmp_path / f"labels2.{form}")


def test_lines_tables_and_csv_hold_the_same_payments(tmp_path: Path) -> None:
    for form in ("jsonl", "csv", "parquet"):
        counts = write_files(PLAN, str(tmp_path / f"traffic.{form}"))
        assert sum(count for name, count in counts.items() if name != "late") == PLAN.events
    lines = [msgspec.json.decode(line, type=Transaction) for line in (tmp_path / "traffic.jsonl").read_bytes().splitlines()]
    rows = pq.read_table(tmp_path / "traffic.parquet").to_pylist()
    assert rows == [{name: value for name, value in msgspec.structs.asdict(line).items() if name != "extra"} for line in lines]
    with (tmp_path / "traffic.csv").open(encoding="utf-8", newline="") as file:
        texts = list(csv.DictReader(file))
    assert texts == [{name: "" if value is None else str(value) for name, value in row.items()} for row in rows]


def test_labels_have_the_same_content_in_every_form(tmp_path: Path) -> None:
    for form in ("jsonl", "csv", "parquet"):
        write_files(PLAN, str(tmp_path / "traffic.jsonl"), tmp_path / f"labels.{form}")
    labels = [json.loads(line) for line in (tmp_path / "labels.jsonl").read_bytes().splitlines()]
    assert pq.read_table(tmp_path / "labels.parquet").to_pylist() == labels
    with (tmp_path / "labels.csv").open(encoding="utf-8", newline="") as file:
        assert [row["transaction_id"] for row in csv.DictReader(file)] == [label["transaction_id"] for label in labels]
    assert set(labels[0]) == set(Label.__struct_fields__) - {"comment"}


def test_a_malformed_record_is_one_line_whatever_its_bytes(tmp_path: Path) -> None:
    plan = Plan(events=4_000, customers=100, seed=1, malformed_ratio=0.4)
    counts = write_files(plan, str(tmp_path / "traffic.jsonl"))
    lines = (tmp_path / "traffic.jsonl").read_bytes().split(b"\n")
    assert lines.pop() == b""
    assert len(lines) == plan.events
    assert {name.removeprefix("malformed:") for name in counts if name.startswith("malformed:")} == set(FILE_KINDS)


@pytest.mark.parametrize(
    ("plan", "out"),
    [
        (Plan(events=10), "traffic.xml"),
        (Plan(events=10, malformed_ratio=0.1), "traffic.csv"),
        (Plan(events=10, malformed_ratio=0.1), "traffic.parquet"),
        (Plan(events=10, malformed_ratio=0.1, malformed_kinds=KIND_NAMES), "traffic.jsonl"),
    ],
)
def test_what_a_file_cannot_hold_is_refused_before_it_is_made(plan: Plan, out: str, tmp_path: Path) -> None:
    with pytest.raises(BadInputError):
        write_files(plan, str(tmp_path / out))
    assert not (tmp_path / out).exists()


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_reference_data_names_every_customer_and_store_at_every_time_once(form: str, tmp_path: Path) -> None:
    plan = Plan(events=2_000, customers=2_000, days=60, seed=8)
    rows = write_reference(plan, tmp_path, "csv" if form == "csv" else "parquet")
    assert rows["customers"] > plan.customers, "some customers must change"
    for name, key in (("customers", "customer_id"), ("stores", "store_id")):
        path = tmp_path / f"{name}.{form}"
        if form == "csv":
            with path.open(encoding="utf-8", newline="") as file:
                table = [{column: value or None for column, value in row.items()} for row in csv.DictReader(file)]
        else:
            table = pq.read_table(path).to_pylist()
        versions: dict[str, list[dict[str, str | None]]] = {}
        for row in table:
            versions.setdefault(str(row[key]), []).append(row)
        for history in versions.values():
            assert [row["valid_to"] for row in history] == [*(row["valid_from"] for row in history[1:]), None]
            starts = [str(row["valid_from"]) for row in history]
            assert starts == sorted(starts)
        used = {
            getattr(msgspec.json.decode(value or b"", type=Transaction), key) for batch in batches(plan) for value in batch.records()[1]
        }
        assert used <= set(versions)


def test_the_lists_file_is_a_lists_document_with_the_fraudsters(tmp_path: Path) -> None:
    write_reference(Plan(customers=1_000), tmp_path)
    lists = msgspec.json.decode((tmp_path / "lists.json").read_bytes(), type=ListsDocument)
    assert [entry.id for entry in lists.customers] == ["cust-000999", "cust-001000"]
    assert [entry.id for entry in lists.stores] == ["store-198", "store-199", "store-200"]


def test_who_moves_house_in_the_reference_data_pays_in_the_new_city(tmp_path: Path) -> None:
    plan = Plan(events=40_000, customers=1_000, days=60, seed=8)
    write_reference(plan, tmp_path)
    cities: dict[str, str] = {}
    with (tmp_path / "stores.csv").open(encoding="utf-8", newline="") as file:
        cities = {row["store_id"]: row["city"] for row in csv.DictReader(file)}
    with (tmp_path / "customers.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    seen: dict[str, list[tuple[str, str]]] = {}
    for batch in batches(plan):
        columns = batch.columns()
        for customer, store, stamp in zip(columns.customer_id, columns.store_id, columns.timestamp, strict=True):
            if cities[store]:
                seen.setdefault(customer, []).append((stamp, cities[store]))
    at_home = away = 0
    movers = {row["customer_id"] for row in rows if row["valid_to"]}
    for row in rows:
        if row["customer_id"] in movers:
            stays = [city for stamp, city in seen.get(row["customer_id"], []) if row["valid_from"] <= stamp < (row["valid_to"] or "9")]
            at_home += stays.count(row["home_city"])
            away += len(stays) - stays.count(row["home_city"])
    assert at_home > 5 * away
