"""Labels as bad as they come: of unknown transactions, twice, of two minds, from the future, and of any bytes."""

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamflow.contracts.catalogue import LABELS
from streamflow.contracts.errors import BadInputError
from streamflow.contracts.label import Label, encode_label
from streamflow.contracts.record import Record
from streamflow.contracts.risk import RiskDocument
from streamflow.labels.faults import Fault
from streamflow.labels.imports import LabelFile
from streamflow.labels.risk import build_risk
from streamflow.labels.topic import collect, read_label
from streamflow.score.risk import RiskSnapshot
from tests.unit.labels.labels import BEGIN, days_ms, label

DEEP = 100_000
MILLION = 1_000_000
SOUND = encode_label(label())
HOSTILE: dict[str, bytes | None] = {
    "null": None,
    "empty": b"",
    "white space": b" \t\r\n" * 1_000,
    "every byte": bytes(range(256)) * 200,
    "NUL bytes": bytes(MILLION),
    "no UTF-8": SOUND.replace(b"cust-1", b"\xff\xfe"),
    "lone surrogates": SOUND.replace(b"cust-1", b"\\ud800"),
    "arrays in arrays": b"[" * DEEP + b"]" * DEEP,
    "objects in an unknown field": SOUND[:-1] + b',"x":' + b'{"a":' * DEEP + b"1" + b"}" * (DEEP + 1),
    "never closed": SOUND[:-1],
    "two documents": SOUND + SOUND,
    "an id without end": SOUND.replace(b"cust-1", b"c" * MILLION),
    "an id that writes backwards": SOUND.replace(b"cust-1", "\u202e1-tsuc".encode()),
    "an id of nothing": SOUND.replace(b"cust-1", b" "),
    "a card number for an id": SOUND.replace(b"cust-1", b"4111111111111111"),
    "a card number in a comment": encode_label(label(comment="4111-1111-1111-1111")),
    "a verdict that is a word": SOUND.replace(b"true", b'"true"'),
    "a verdict that is a number": SOUND.replace(b"true", b"1"),
    "no verdict": SOUND.replace(b"true", b"null"),
    "a time without zone": SOUND.replace(b'T00:00:00Z"', b'T00:00:00"'),
    "a time that does not exist": SOUND.replace(b"2026-01-08", b"2026-02-30"),
    "the year 0": SOUND.replace(b"2026-01-08", b"0000-01-08"),
    "the last hour of all, elsewhere": SOUND.replace(b"2026-01-08T00:00:00Z", b"9999-12-31T23:59:59-12:00"),
    "a payment before 1970": SOUND.replace(b"2026-01-01", b"1969-01-01"),
    "a verdict before its payment": SOUND.replace(b"2026-01-08", b"2025-01-08"),
    "an unknown source": SOUND.replace(b"analyst", b"horoscope"),
}
PARTITION, OFFSET = 3, 7


def record(value: bytes | None) -> Record:
    return Record(LABELS.name, PARTITION, OFFSET, 0, b"cust-1", value)


def snapshot(values: Sequence[bytes | None], day: float) -> tuple[RiskDocument, int]:
    """Return what the records of the topic build as of a day, and how many of them could not be read."""
    book, faults = collect(read_label(record(value)) for value in values)
    return build_risk(book, days_ms(day))[0], faults.count


@pytest.mark.parametrize("name", HOSTILE)
def test_bytes_that_are_no_label_are_named_and_hurt_no_other(name: str) -> None:
    fault = read_label(record(HOSTILE[name]))
    assert isinstance(fault, Fault), "not silently taken"
    assert fault.where == f"{LABELS.name}, partition {PARTITION}, offset {OFFSET}"
    assert len(fault.why) < 1_000
    assert fault.why.isprintable()
    assert "4111111111111111" not in fault.why.replace("-", "")
    clean, _ = snapshot([SOUND], 9)
    assert snapshot([HOSTILE[name], SOUND, HOSTILE[name]], 9) == (clean, 2)


@pytest.mark.parametrize("name", HOSTILE)
def test_the_same_bytes_in_a_file_are_faults_of_their_lines(name: str, tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    value = HOSTILE[name]
    path.write_bytes((b"null" if value is None else value.replace(b"\n", b" ")) + b"\n" + SOUND + b"\n")
    *faults, last = LabelFile(path).labels(days_ms(30))
    assert last == label()
    assert all(isinstance(fault, Fault) and "line 1: " in f"{fault.where}: {fault.why}" for fault in faults)
    assert len(faults) == (name not in ("empty", "white space"))


@given(st.binary(max_size=300))
def test_any_bytes_are_a_label_or_a_fault(value: bytes) -> None:
    assert isinstance(read_label(record(value)), Label | Fault)


@given(st.integers(0, len(SOUND) - 1), st.binary(min_size=1, max_size=4))
def test_a_damaged_label_is_a_label_or_a_fault_and_builds_what_the_engine_takes(place: int, bytes_put: bytes) -> None:
    document, _ = snapshot([SOUND[:place] + bytes_put + SOUND[place + 1 :]], 365 * 8_000)
    RiskSnapshot(msgspec.json.decode(msgspec.json.encode(document), type=RiskDocument))


def test_a_label_of_a_transaction_that_nobody_knows_counts_by_what_it_says_itself() -> None:
    document, faults = snapshot([encode_label(label(transaction_id="never-seen", store_id="new-store", customer_id="new-customer"))], 7)
    assert faults == 0
    assert document.stores["new-store"].fraud_1d == 1
    assert document.customers == ("new-customer",)


def test_a_label_that_arrives_a_thousand_times_counts_once() -> None:
    assert snapshot([SOUND] * 1_000, 9) == snapshot([SOUND], 9)


def test_a_label_that_changes_its_mind_a_thousand_times_ends_where_it_ended() -> None:
    changing = [encode_label(label(7 + step / 1_000, is_fraud=step % 2 == 0)) for step in range(1_001)]
    document, _ = snapshot(changing, 8)
    frauds = document.stores["store-1"]
    assert (frauds.fraud_1d, frauds.fraud_30d) == pytest.approx((1, 1), abs=1e-9)
    assert (frauds.settled_1d, frauds.settled_30d) == pytest.approx((0, 0), abs=1e-9)
    assert document.customers == ("cust-1",)
    assert all(count >= 0 for count in frauds[:6])
    assert snapshot(changing[::-1], 8) == (document, 0), "whatever the order in which they came"


@pytest.mark.parametrize("ahead", [timedelta(milliseconds=1), timedelta(days=1), timedelta(days=365 * 7_000)], ids=str)
def test_a_label_from_the_future_waits_until_it_is_known(ahead: timedelta, tmp_path: Path) -> None:
    as_of = BEGIN + timedelta(days=9)
    future = encode_label(msgspec.structs.replace(label(transaction_id="tx-2"), known_at=as_of + ahead))
    assert snapshot([SOUND, future], 9) == snapshot([SOUND], 9)
    assert snapshot([SOUND, future], 9 + ahead / timedelta(days=1))[0].labels == 2
    (tmp_path / "labels.jsonl").write_bytes(future)
    (fault,) = LabelFile(tmp_path / "labels.jsonl").labels(days_ms(9))
    assert isinstance(fault, Fault)
    assert "known_at lies in the future" in fault.why


@pytest.mark.parametrize(
    "change",
    [
        {"version": 0},
        {"as_of_ms": -1},
        {"stores": {"s": [1]}},
        {"stores": {"s": [-1, 0, 0, 0, 0, 0, None, 0]}},
        {"customers": [None]},
        {"x": 1},
    ],
    ids=str,
)
def test_a_risk_document_that_is_none_is_refused(change: dict[str, object]) -> None:
    value = json.dumps({"version": 1, "as_of_ms": 0, "stores": {}, "customers": [], **change}).encode()
    with pytest.raises(msgspec.MsgspecError):
        msgspec.json.decode(value, type=RiskDocument)


def test_a_risk_document_that_knows_more_than_its_moment_is_refused() -> None:
    document, _ = snapshot([SOUND], 9)
    with pytest.raises(BadInputError, match="knows what comes after it"):
        RiskSnapshot(msgspec.structs.replace(document, as_of_ms=days_ms(6)))
