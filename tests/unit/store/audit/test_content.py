"""What records and rows say, in one form: the catalogue's columns, and nothing that differs only in how it is written."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamflow.contracts.catalogue import ALERTS, DLQ, SCORED, Header
from streamflow.contracts.record import Record, encode_headers
from streamflow.contracts.tables import ALERTS_TABLE, DEAD_LETTERS, DECISIONS
from streamflow.engine import Engine, MemoryStates
from streamflow.route import DeadLetter
from streamflow.store.audit.content import Told, Unreadable, alert_of, decision_of, digest, hundredths, letter_of, meant
from streamflow.store.audit.tables import compared
from tests.contract.golden import golden, golden_bytes
from tests.data.hostile import DECISION, hostile_cases
from tests.unit.engine.traffic import CONTROL


def scored(**changes: Any) -> Record:
    return Record(SCORED.name, 2, 7, 0, b"cust-1", msgspec.json.encode(golden("decision_v1.json") | changes))


def died(*headers: tuple[str, bytes]) -> Record:
    return Record(DLQ.name, 0, 7, 5, b"cust-1", b"~", encode_headers(headers))


SOURCE = ((Header.TOPIC, b"transactions.raw"), (Header.PARTITION, b"3"), (Header.OFFSET, b"42"), (Header.TIMESTAMP_MS, b"1000"))


def test_a_row_has_the_columns_that_its_table_does_not_fill_itself() -> None:
    assert list(decision_of(scored()).row) == list(compared(DECISIONS))
    assert list(alert_of(scored()).row) == list(compared(ALERTS_TABLE))
    assert list(letter_of(died((Header.CODE, b"NOT_JSON"), *SOURCE)).row) == list(compared(DEAD_LETTERS))


def test_every_field_of_a_decision_is_in_its_digest() -> None:
    plain = golden("decision_v1.json")
    other: dict[str, Any] = {
        name: not value if isinstance(value, bool) else f"{value}x" if isinstance(value, str) else 7 if value is None else value
        for name, value in plain.items()
    }
    other |= {
        "event_time": "2026-01-01T00:00:00Z",
        "outcome": "review",
        "amount": "450.01",
        "model_version": "m",
        "model_absence": "m",
        "shadow_model_version": "m",
        "ml_score": 0.5,
        "shadow_ml_score": 0.5,
        "risk_version": 4,
        "score": 0.5,
        "rules_score": 0.5,
        "thresholds": {"review": 0.6, "block": 0.9},
        "rules": plain["rules"][:1],
        "reasons": plain["reasons"][:1],
        "features": plain["features"][:1],
        "feature_set_version": 9,
        "ruleset_version": 9,
        "lists_version": 9,
        "schema_version": 9,
        "latitude": 1.0,
        "longitude": 1.0,
        "source": plain["source"] | {"offset": 6},
        "extra": {"note": {"gift": False}},
    }
    digests = [digest(decision_of(scored(**{name: other[name]})).row) for name in plain if name != "timestamp"]
    assert len(set(digests) | {digest(decision_of(scored()).row)}) == len(plain)


@given(st.decimals(min_value=Decimal("0.01"), max_value=Decimal("999999999999.99"), places=2))
def test_an_amount_is_the_same_however_its_zeros_are_written(amount: Decimal) -> None:
    assert hundredths(str(amount)) == hundredths(str(amount.normalize().quantize(Decimal("0.01")))) == int(amount * 100)
    assert hundredths(f"{amount}0") == int(amount * 100)


@pytest.mark.parametrize("amount", ["NaN", "sNaN", "Infinity", "-Infinity", "1.001", "", "abc"])
def test_what_is_no_amount_stays_what_it_is(amount: str) -> None:
    assert hundredths(amount) == amount


def test_json_columns_are_compared_by_what_they_mean() -> None:
    row = decision_of(scored()).row
    document = golden("decision_v1.json")
    for column in ("rules", "reasons", "features"):
        spaced = msgspec.json.format(msgspec.json.encode(document[column], order="sorted"), indent=3).decode()
        assert meant(column, spaced) == row[column]
    assert meant("extra", '{ "note" : {"gift":true} }') == row["extra"]
    assert meant("rules", "no json") == "no json"
    assert meant("rules", None) is None


@pytest.mark.parametrize("value", [None, b"", b"{}", b"\xff", b"[" * 100_000, b'{"decision_id": 1}'])
def test_what_is_no_decision_is_unreadable(value: bytes | None) -> None:
    for tell, topic in ((decision_of, SCORED), (alert_of, ALERTS)):
        with pytest.raises(Unreadable):
            tell(Record(topic.name, 0, 0, 0, None, value))


@pytest.mark.parametrize(
    "headers",
    [
        (),
        SOURCE,
        ((Header.CODE, b"NOT_JSON"), *SOURCE[1:]),
        ((Header.CODE, b"NOT_JSON"), *SOURCE[:2], (Header.OFFSET, b"4 2"), SOURCE[3]),
        ((Header.CODE, b"NOT_JSON"), *SOURCE[:2], (Header.OFFSET, "٣".encode()), SOURCE[3]),
    ],
)
def test_a_letter_that_does_not_say_where_it_came_from_is_unreadable(headers: tuple[tuple[str, bytes], ...]) -> None:
    with pytest.raises(Unreadable, match="it does not say where it came from"):
        letter_of(died(*headers))


@pytest.mark.parametrize(
    ("topic", "partition", "offset"),
    [("elsewhere", 0, 0), ("transactions.raw", -1, 0), ("transactions.raw", 1 << 31, 0), ("transactions.raw", 0, 1 << 63)],
)
def test_a_place_that_no_record_of_the_source_has_makes_no_entry(topic: str, partition: int, offset: int) -> None:
    with pytest.raises(Unreadable, match=r"it names no place in transactions\.raw"):
        Told(topic, partition, offset, 0, {}).entry()


def test_an_amount_that_no_integer_holds_is_still_an_entry_of_its_own() -> None:
    ordinary, huge = (decision_of(scored())._replace(row={"amount": amount}).entry() for amount in (100, 10**30))
    assert (ordinary.cents, huge.cents) == (100, 0)
    assert ordinary.digest != huge.digest


@pytest.mark.parametrize("case", [case for case in hostile_cases() if case.code != DECISION], ids=lambda case: case.name)
def test_every_hostile_record_is_told_of_by_its_letter(case: Any) -> None:
    record = case.record(offset=42)._replace(partition=3, headers=encode_headers([(Header.OFFSET, b"7"), (Header.CODE, b"FORGED")]))
    letter = Engine(CONTROL, case.settings).process(record, MemoryStates())
    assert isinstance(letter, DeadLetter)
    told = letter_of(Record(DLQ.name, 1, 8, 0, record.key, record.value, record.headers + encode_headers(letter.headers())))
    assert (told.partition, told.offset, told.row["code"]) == (3, 42, case.code)
    assert told.entry(5).place == 5


def test_the_golden_alert_is_an_alert() -> None:
    record = Record(ALERTS.name, 0, 0, 0, b"cust-1", golden_bytes("decision_v1.json"))
    assert decision_of(record).is_alert
    assert alert_of(record).is_alert
    assert not decision_of(scored(duplicate=True)).is_alert
    assert not decision_of(scored(outcome="approve")).is_alert
