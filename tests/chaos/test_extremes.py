"""Everything that is valid, at its very edge: decided, finite, bounded, and the same every time."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamflow.contracts.catalogue import MAX_BATCHED_RECORD_BYTES
from streamflow.contracts.decision import Decision
from streamflow.contracts.rejection import Code
from streamflow.engine import Decided
from streamflow.route import DeadLetter
from streamflow.score.state import MAX_STATE_BYTES
from tests.unit.factories import DAY_MS, MINUTE_MS, TEN_O_CLOCK_MS, Fields, Shop, iso, record

FUTURE_LIMIT_MS = 5 * MINUTE_MS

extreme_payments = st.fixed_dictionaries(
    {
        "amount": st.sampled_from(["0.01", "0.1", "1", "999999999999.99", "999999999999", "100.00"]),
        "currency": st.sampled_from(["BRL", "USD", "PYG", "KWD", "JPY"]),
        "at_ms": st.sampled_from(
            [0, 1, 999, TEN_O_CLOCK_MS, TEN_O_CLOCK_MS + 1, TEN_O_CLOCK_MS - 90 * DAY_MS, TEN_O_CLOCK_MS + 90 * DAY_MS]
        ),
        "place": st.sampled_from([None, (90.0, 180.0), (-90.0, -180.0), (0.0, -0.0), (5e-324, -5e-324), (89.999999999, 179.999999999)]),
        "transaction_id": st.sampled_from(["a", "b", "x" * 64, "漢" * 21, "🙂", "-"]),
        "store_id": st.sampled_from(["s", "S" * 64]),
    }
)


def run(payments: list[Fields]) -> tuple[list[bytes], bytes]:
    shop = Shop()
    values = []
    for payment in payments:
        fields = dict(payment)
        where, at_ms = fields.pop("place"), fields.pop("at_ms")
        if where is not None:
            fields |= {"latitude": where[0], "longitude": where[1]}
        answer = shop.process(at_ms, arrived_ms=TEN_O_CLOCK_MS + 100 * DAY_MS, **fields)
        assert isinstance(answer, Decided), answer
        values.append(answer.value)
    return values, shop.states["cust-1"]


@settings(max_examples=150)
@given(st.lists(extreme_payments, min_size=1, max_size=25))
def test_any_row_of_extreme_payments_gives_finite_answers_a_small_memory_and_the_same_bytes_again(payments: list[Fields]) -> None:
    values, state = run(payments)
    for value in values:
        answer = Decision.from_json(value).answer
        assert 0 <= answer.score <= 1
        assert not answer.state_reset
        assert all(feature is None or math.isfinite(feature) for feature in answer.features)
        assert all(math.isfinite(hit.score) and hit.score >= 0 for hit in answer.rules)
    assert len(state) <= MAX_STATE_BYTES
    assert run(payments) == (values, state)


@pytest.mark.parametrize(
    ("inside", "outside", "code"),
    [
        ({"amount": "0.01"}, {"amount": "0.001"}, Code.AMOUNT_TOO_MANY_DIGITS),
        ({"amount": "0.01"}, {"amount": "0.00"}, Code.AMOUNT_NOT_POSITIVE),
        ({"amount": "999999999999.99"}, {"amount": "1000000000000.00"}, Code.AMOUNT_TOO_MANY_DIGITS),
        ({"latitude": 90.0, "longitude": -180.0}, {"latitude": 90.0000001, "longitude": -180.0}, Code.LOCATION_OUT_OF_RANGE),
        ({"latitude": -90.0, "longitude": 180.0}, {"latitude": -90.0, "longitude": 180.0000001}, Code.LOCATION_OUT_OF_RANGE),
        ({"transaction_id": "x" * 64}, {"transaction_id": "x" * 65}, Code.ID_TOO_LONG),
        ({"transaction_id": "x"}, {"transaction_id": ""}, Code.EMPTY_ID),
        (
            {"timestamp": iso(TEN_O_CLOCK_MS + FUTURE_LIMIT_MS)},
            {"timestamp": iso(TEN_O_CLOCK_MS + FUTURE_LIMIT_MS + 1)},
            Code.FUTURE_TIMESTAMP,
        ),
    ],
    ids=lambda value: str(value)[:60],
)
def test_the_last_value_inside_a_boundary_is_decided_and_the_first_one_outside_is_not(inside: Fields, outside: Fields, code: Code) -> None:
    shop = Shop()
    assert isinstance(shop.send(record(**inside)), Decided)
    refused = shop.send(record(**outside))
    assert isinstance(refused, DeadLetter)
    assert refused.rejection.code == code


def test_a_record_is_decided_up_to_the_largest_size_and_not_a_byte_above() -> None:
    raw = record()
    assert raw.value is not None
    padded = raw.value[:-1] + b" " * (MAX_BATCHED_RECORD_BYTES - len(raw.value)) + b"}"
    assert isinstance(Shop().send(raw._replace(value=padded)), Decided)
    refused = Shop().send(raw._replace(value=padded + b" "))
    assert isinstance(refused, DeadLetter)
    assert refused.rejection.code == Code.TOO_LARGE


def test_ten_thousand_payments_in_one_millisecond_stay_one_bounded_burst() -> None:
    shop = Shop()
    for _ in range(10_000):
        shop.process()
    answer = shop.pay().answer
    assert [hit.id for hit in answer.rules] == ["FR-002"]
    assert answer.score <= 1
    assert len(shop.states["cust-1"]) <= MAX_STATE_BYTES


def test_a_payment_of_the_year_1970_between_todays_moves_nothing_backwards() -> None:
    shop = Shop()
    shop.pay_daily(6)
    before = shop.state().last_event_time_ms
    assert shop.pay(0, arrived_ms=TEN_O_CLOCK_MS).answer.late
    assert shop.state().last_event_time_ms == before
    assert not shop.pay(TEN_O_CLOCK_MS).answer.late
