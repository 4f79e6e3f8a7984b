"""Labelled payments become transactions that the engine takes, and labels that nobody may see too early."""

import json
from datetime import datetime, timedelta

import msgspec
import numpy as np

from streamflow.contracts.label import decode_label
from streamflow.contracts.record import Record
from streamflow.contracts.transaction import Transaction
from streamflow.control.documents import NO_LISTS, default_rules, fixed_control
from streamflow.dataset.payments import Payments, iso_texts, label_lines, transaction_lines
from streamflow.engine import Decided, Engine, MemoryStates

DAY_MS = 86_400_000
PAYMENTS = Payments(
    transaction_ids=["t-1", "t-2"],
    customer_ids=["c-1", 'c-"2"'],
    store_ids=["s-1", "s-1"],
    amounts=[424.40000000000003, 0.0],
    event_times_ms=np.array([1522540873000, 1522540999000]),
    scenarios=["stolen_card", None],
    places=[(-23.4723456789, -46.349), (-19.87, -44.0)],
    payment_methods=["card_present", "card_not_present"],
)


def test_the_engine_decides_every_transaction() -> None:
    engine, states = Engine(fixed_control(default_rules(), NO_LISTS)), MemoryStates()
    for offset, line in enumerate(transaction_lines(PAYMENTS)):
        record = Record("t", 0, offset, PAYMENTS.event_times_ms.tolist()[offset], PAYMENTS.customer_ids[offset].encode(), line)
        assert isinstance(engine.process(record, states), Decided)


def test_a_transaction_holds_what_the_shop_knows_and_not_the_truth() -> None:
    first, second = (msgspec.json.decode(line, type=Transaction, strict=True) for line in transaction_lines(PAYMENTS))
    assert first == Transaction(
        schema_version=1,
        transaction_id="t-1",
        customer_id="c-1",
        store_id="s-1",
        amount="424.40",
        currency="BRL",
        timestamp="2018-04-01T00:01:13Z",
        payment_method="card_present",
        latitude=-23.472346,
        longitude=-46.349,
    )
    assert (second.customer_id, second.amount) == ('c-"2"', "0.01")
    assert not [line for line in transaction_lines(PAYMENTS) if b"fraud" in line or b"scenario" in line]


def test_without_places_and_means_of_payment_their_fields_are_left_out() -> None:
    bare = msgspec.structs.replace(PAYMENTS, places=None, payment_methods=None)
    assert set(json.loads(next(transaction_lines(bare)))) == {
        *("schema_version", "transaction_id", "customer_id", "store_id", "amount", "currency", "timestamp")
    }


def test_a_label_is_known_its_delay_after_the_payment_to_the_second() -> None:
    fraud, honest = map(json.loads, label_lines(PAYMENTS, 7 * DAY_MS))
    assert fraud == {
        "transaction_id": "t-1",
        "customer_id": "c-1",
        "store_id": "s-1",
        "is_fraud": True,
        "source": "chargeback",
        "known_at": "2018-04-08T00:01:13Z",
        "event_time": "2018-04-01T00:01:13Z",
        "scenario": "stolen_card",
    }
    assert (honest["is_fraud"], honest["source"]) == (False, "settlement")
    assert "scenario" not in honest
    for label in (fraud, honest):
        assert datetime.fromisoformat(label["known_at"]) - datetime.fromisoformat(label["event_time"]) == timedelta(days=7)


def test_every_label_can_be_imported() -> None:
    fraud, honest = (decode_label(line) for line in label_lines(PAYMENTS, 7 * DAY_MS))
    assert (fraud.is_fraud, fraud.scenario, honest.is_fraud, honest.scenario) == (True, "stolen_card", False, None)
    assert [label.event_time_ms for label in (fraud, honest)] == PAYMENTS.event_times_ms.tolist()


def test_times_finer_than_a_second_keep_their_milliseconds() -> None:
    assert iso_texts(np.array([1522540800001])) == ["2018-04-01T00:00:00.001Z"]
