"""What the transactions say that labels do not: whose payment, where and when; and that nobody complained."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from streamflow.contracts.errors import BadInputError
from streamflow.contracts.label import Label
from streamflow.labels.book import LabelBook
from streamflow.labels.faults import Fault
from streamflow.labels.imports import LabelFile
from streamflow.labels.payments import Payments, read_payments, settle
from tests.contract.golden import golden, golden_bytes
from tests.unit.labels.labels import BEGIN, days_ms, label
from tests.unit.labels.test_imports import written

BARE = {"transaction_id": "tx-1", "is_fraud": True, "known_at": "2026-01-08T00:00:00Z"}
PAYMENT = {"transaction_id": "tx-1", "customer_id": "cust-1", "store_id": "store-1", "timestamp": "2026-01-01T00:00:00Z"}


def completed(tmp_path: Path, rows: list[dict[str, Any]], payments: list[dict[str, Any]], name: str = "csv") -> list[Label | Fault]:
    transactions = written(tmp_path / f"payments.{name}", *payments)
    return list(LabelFile(written(tmp_path / f"labels.{name}", *rows), transactions=transactions).labels(days_ms(30)))


@pytest.mark.parametrize("name", ["jsonl", "csv", "parquet"])
def test_labels_are_completed_from_their_transactions(name: str, tmp_path: Path) -> None:
    others = [PAYMENT | {"transaction_id": f"tx-{number}", "customer_id": "cust-9"} for number in range(2, 5)]
    found = completed(tmp_path, [BARE, BARE | {"transaction_id": "tx-3"}], [*others, PAYMENT], name)
    assert [item.customer_id for item in found if isinstance(item, Label)] == ["cust-1", "cust-9"]
    assert [item.event_time for item in found if isinstance(item, Label)] == [BEGIN, BEGIN]


def test_only_what_labels_need_is_kept(tmp_path: Path) -> None:
    transactions = written(tmp_path / "payments.jsonl", PAYMENT, PAYMENT | {"transaction_id": "tx-2"})
    full = BARE | {"transaction_id": "tx-2", "customer_id": "c", "store_id": "s", "event_time": "2026-01-01T00:00:00Z"}
    file = LabelFile(written(tmp_path / "labels.jsonl", BARE, full), transactions=transactions)
    assert file.payments is not None
    with pytest.raises(BadInputError, match="no such transaction"):
        file.payments.find("tx-2")
    second = list(file.labels())[1]
    assert isinstance(second, Label)
    assert second.customer_id == "c", "what a label says itself stays"


def test_decisions_are_transactions_too(tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    path.write_bytes(golden_bytes("decision_v1.json") + b"\n")
    (found,), decision = read_payments(path), golden("decision_v1.json")
    assert not isinstance(found, Fault)
    assert (found.transaction_id, found.customer_id) == (decision["transaction_id"], decision["customer_id"])
    assert found.event_time == datetime.fromisoformat(decision["event_time"])


@pytest.mark.parametrize(
    ("rows", "payments", "message"),
    [
        ([BARE], [PAYMENT | {"transaction_id": "tx-2"}], "no such transaction"),
        ([BARE], [PAYMENT, PAYMENT | {"store_id": "store-2"}], "two different transactions have this id"),
        ([BARE | {"store_id": "store-2"}], [PAYMENT], "the transaction has another store_id: expected store-1, got store-2"),
        ([BARE | {"known_at": "2025-12-01T00:00:00Z"}], [PAYMENT], "known before the transaction was made"),
    ],
)
def test_what_the_transactions_do_not_say_is_not_guessed(
    rows: list[dict[str, Any]], payments: list[dict[str, Any]], message: str, tmp_path: Path
) -> None:
    (fault,) = completed(tmp_path, rows, payments)
    assert isinstance(fault, Fault)
    assert message in fault.why


def test_a_transaction_that_was_sent_twice_is_one(tmp_path: Path) -> None:
    assert [type(item) for item in completed(tmp_path, [BARE], [PAYMENT, PAYMENT])] == [Label]


def test_lines_that_are_no_transactions_are_counted(tmp_path: Path) -> None:
    lines: list[dict[str, Any]] = [
        PAYMENT,
        {},
        PAYMENT | {"timestamp": "soon"},
        PAYMENT | {"customer_id": 5},
        PAYMENT | {"timestamp": "2026-01-01T00:00:00"},
    ]
    payments = Payments(written(tmp_path / "payments.jsonl", *lines), {"tx-1"})
    assert payments.find("tx-1").customer_id == "cust-1"
    assert payments.faults.count == 4
    assert [fault.where.rpartition(" ")[2] for fault in payments.faults.first] == ["2", "3", "4", "5"]


def test_who_nobody_complained_about_settles_after_the_delay(tmp_path: Path) -> None:
    path = written(tmp_path / "payments.jsonl", PAYMENT, PAYMENT | {"transaction_id": "tx-2", "timestamp": "2026-01-20T00:00:00Z"})
    book = LabelBook()
    settled, faults = settle(book, path, 7.0, days_ms(20))
    assert (settled, faults.count) == (1, 0)
    assert book.in_order() == [label(7, is_fraud=False, source="settlement")]


@pytest.mark.parametrize(("known_day", "verdicts"), [(3, [True]), (7, [True]), (12, [False, True])])
def test_a_complaint_in_time_stays_and_a_later_one_takes_the_settlement_back(
    known_day: float, verdicts: list[bool], tmp_path: Path
) -> None:
    book = LabelBook([label(known_day)])
    settle(book, written(tmp_path / "payments.jsonl", PAYMENT, PAYMENT), 7.0, days_ms(30))
    assert [item.is_fraud for item in book.history("tx-1")] == verdicts
    assert book.verdict("tx-1") == label(known_day)


def test_a_payment_with_an_impossible_id_does_not_settle(tmp_path: Path) -> None:
    path = written(tmp_path / "payments.jsonl", PAYMENT | {"store_id": "\u202e"})
    settled, faults = settle(LabelBook(), path, 7.0, days_ms(30))
    assert (settled, faults.count) == (0, 1)
