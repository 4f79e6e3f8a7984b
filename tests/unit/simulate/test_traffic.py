"""Traffic is a pure function of its plan, whole and in order."""

import hashlib
from collections import Counter
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from streamflow.contracts.label import Label, check_label, decode_label
from streamflow.contracts.record import Record
from streamflow.contracts.transaction import Transaction
from streamflow.simulate import Event, Plan, batches, traffic
from streamflow.simulate.malformed import KIND_NAMES
from streamflow.validate.validator import Validator, ValidTransaction

DISORDERED = Plan(
    events=50_000,
    customers=400,
    days=10,
    seed=9,
    malformed_ratio=0.02,
    late_ratio=0.02,
    repeated_ratio=0.02,
    malformed_kinds=KIND_NAMES,
)


def _records_digest(plan: Plan, batch_events: int) -> str:
    keys, values = hashlib.sha256(), hashlib.sha256()
    for batch in batches(plan, batch_events):
        for digest, parts in zip((keys, values), batch.records(), strict=True):
            for part in parts:
                digest.update(b"(null)" if part is None else part + b"\n")
    return keys.hexdigest() + values.hexdigest()


def test_the_same_plan_gives_the_same_bytes() -> None:
    assert _records_digest(DISORDERED, 10_000) == _records_digest(DISORDERED, 10_000)


@pytest.mark.parametrize("batch_events", [1, 777, 1_000_000])
def test_the_size_of_the_batches_changes_no_byte(batch_events: int) -> None:
    assert _records_digest(DISORDERED, batch_events) == _records_digest(DISORDERED, 10_000)


def test_another_seed_gives_other_traffic() -> None:
    assert _records_digest(DISORDERED, 10_000) != _records_digest(replace(DISORDERED, seed=10), 10_000)


def test_records_come_in_the_order_of_their_arrival_within_the_history() -> None:
    times = [event.timestamp_ms for event in traffic(DISORDERED) if not event.repeat]
    assert times == sorted(times)
    assert times[0] >= DISORDERED.start_ms


def test_event_times_ascend_and_end_with_the_history_where_nothing_is_late() -> None:
    plan = Plan(events=30_000, customers=300, days=5, seed=2)
    stamps = [msgspec.json.decode(event.value or b"", type=Transaction).timestamp for event in traffic(plan)]
    assert stamps == sorted(stamps)
    assert (stamps[0][:10], stamps[-1][:10]) == ("2026-01-01", "2026-01-05")


def test_sound_records_pass_validation_and_malformed_ones_are_refused_with_the_code_they_promise() -> None:
    validator, seen = Validator(), Counter[str]()
    for offset, event in enumerate(traffic(replace(DISORDERED, malformed_ratio=0.05))):
        verdict = validator.validate(Record("transactions.raw", 0, offset, event.timestamp_ms, event.key, event.value))
        if event.malformed is None:
            assert isinstance(verdict, ValidTransaction), (event, verdict)
        else:
            assert not isinstance(verdict, ValidTransaction), event
            assert verdict.code == event.code, (event, verdict)
            seen[event.malformed] += 1
    assert set(seen) == set(KIND_NAMES)


def test_labels_never_stand_in_the_transaction() -> None:
    allowed = set(Transaction.__struct_fields__) - {"extra"}
    for event in traffic(Plan(events=20_000, seed=3)):
        assert set(msgspec.json.decode(event.value or b"")) <= allowed
        assert event.label is not None


def test_every_readable_transaction_has_one_label_and_no_other_record_has_any() -> None:
    ids, labelled = [], []
    for batch in batches(DISORDERED):
        labelled += [msgspec.json.decode(label)["transaction_id"] for label in batch.labels()[1]]
    for event in traffic(DISORDERED):
        if event.malformed is None and not event.repeat:
            ids.append(msgspec.json.decode(event.value or b"")["transaction_id"])
    assert len(set(ids)) == len(ids)
    assert sorted(ids) == sorted(labelled)


def test_a_label_is_known_only_after_the_payment() -> None:
    for event in traffic(Plan(events=20_000, seed=3)):
        assert event.label is not None
        payment = msgspec.json.decode(event.value or b"", type=Transaction)
        assert event.label.known_at > payment.timestamp
        assert event.label.is_fraud == (event.label.scenario is not None)


def test_a_label_is_one_by_the_contract_and_says_whose_payment_it_is() -> None:
    for batch in batches(DISORDERED):
        keys, values = batch.labels()
        assert [decode_label(value).customer_id.encode() for value in values] == keys
    for event in traffic(replace(DISORDERED, malformed_ratio=0.0)):
        assert event.label is not None
        label = msgspec.convert(event.label._asdict(), Label)
        payment = msgspec.json.decode(event.value or b"", type=Transaction)
        assert (label.transaction_id, label.customer_id, label.store_id) == (payment.transaction_id, payment.customer_id, payment.store_id)
        assert event.label.event_time == payment.timestamp
        assert label.source == ("chargeback" if label.is_fraud else "settlement")


def test_events_and_batches_carry_the_same_labels() -> None:
    plan = Plan(events=2_000, customers=50)
    in_batches = [decode_label(value) for batch in batches(plan) for value in batch.labels()[1]]
    assert in_batches == [check_label(msgspec.convert(event.label._asdict(), Label)) for event in traffic(plan) if event.label]


def test_a_repeat_is_the_same_bytes_again_and_later() -> None:
    first: dict[bytes | None, int] = {}
    repeats = 0
    for event in traffic(DISORDERED):
        if event.repeat:
            assert event.timestamp_ms > first[event.value]
            repeats += 1
        elif event.malformed is None:
            first[event.value] = event.timestamp_ms
    assert repeats == DISORDERED.events * DISORDERED.repeated_ratio


def test_late_records_arrive_after_records_of_later_times() -> None:
    newest, late = "", 0
    for event in traffic(replace(DISORDERED, malformed_ratio=0, repeated_ratio=0)):
        stamp = msgspec.json.decode(event.value or b"", type=Transaction).timestamp
        late += stamp < newest
        newest = max(newest, stamp)
    assert 0.01 < late / DISORDERED.events < 0.03


@hypothesis_settings(max_examples=30)
@given(
    events=st.integers(0, 3_000),
    customers=st.integers(10, 500),
    days=st.floats(0.01, 400),
    seed=st.integers(0, 2**63 - 1),
    disorder=st.tuples(*(st.floats(0, 0.25) for _ in range(3))),
    fraud=st.floats(0.001, 0.3),
)
def test_whatever_the_plan_the_counts_add_up(
    events: int, customers: int, days: float, seed: int, disorder: tuple[float, float, float], fraud: float
) -> None:
    malformed, late, repeated = disorder
    plan = Plan(
        events=events,
        customers=customers,
        days=days,
        seed=seed,
        malformed_ratio=malformed,
        late_ratio=late,
        repeated_ratio=repeated,
        fraud=Plan().fraud.scaled(fraud),
    )
    counts, records = Counter[str](), list[Event]()
    for batch in batches(plan, 500):
        counts += batch.counts()
        records += batch.events()
    assert len(records) == events
    assert sum(count for name, count in counts.items() if name != "late") == events
    assert counts["repeated"] == int(events * repeated)
    assert sum(count for name, count in counts.items() if name.startswith("malformed:")) == int(events * malformed)
    for event in records:
        if event.malformed is None:
            stamp = msgspec.json.decode(event.value or b"", type=Transaction).timestamp
            assert stamp.endswith("Z")
