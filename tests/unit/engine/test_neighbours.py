"""A bad event cannot hurt its neighbour."""

import pytest

from streamflow.contracts.record import Record
from streamflow.engine import Decided, MemoryStates
from streamflow.route import DeadLetter
from tests.data.hostile import DECISION, hostile_cases
from tests.unit.engine.traffic import shown
from tests.unit.factories import DAY_MS, HOUR_MS, TEN_O_CLOCK_MS, Fields, Shop, fired, iso, record, record_of

HOSTILE: dict[str, Record] = {
    "NaN as amount": record(amount="NaN"),
    "Infinity as a literal": record_of(record().value.replace(b'"100.00"', b"Infinity")),  # type: ignore[union-attr]
    "1e308": record(amount="1e308"),
    "1e308 as latitude": record(latitude=1e308, longitude=0.0),
    "year 2099": record(timestamp="2099-01-01T00:00:00Z"),
    "year 9999": record(timestamp="9999-12-31T23:59:59.999Z"),
    "year 1": record(timestamp="0001-01-01T00:00:00Z"),
    "missing customer": record_of(record(customer_id="x").value.replace(b'"customer_id":"x",', b"")),  # type: ignore[union-attr]
    "another customer's key": record(customer_id="cust-2")._replace(key=b"cust-1"),
    "empty customer": record(customer_id=""),
    "null": record_of(None),
    "nothing": record_of(b""),
    "zero": record(amount="0.00"),
    "negative": record(amount="-100.00"),
    "deep": record_of(b"[" * 60_000),
}


def ordinary_day(shop: Shop, between: list[Record]) -> list[bytes]:
    """Let two customers buy, with records in between; return what the customers get."""
    answers: list[bytes] = []
    for hour in range(12):
        for customer in ("cust-1", "cust-2"):
            offset = 1000 + len(answers)
            at_ms = TEN_O_CLOCK_MS + hour * HOUR_MS
            fields = {
                "transaction_id": f"t{offset}",
                "customer_id": customer,
                "timestamp": iso(at_ms),
                "latitude": -23.5,
                "longitude": -46.6,
            }
            buys = record(offset=offset, arrived_ms=at_ms, **fields)
            answers.append(shown(shop.engine.process(buys, shop.states)))
            for bad in between if hour % 4 == 0 else ():
                assert isinstance(shop.send(bad), DeadLetter)
    return answers


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_record_changes_nobodys_answers_and_nobodys_state(name: str) -> None:
    alone, disturbed = Shop(), Shop()
    assert ordinary_day(disturbed, [HOSTILE[name]]) == ordinary_day(alone, [])
    assert disturbed.states == alone.states
    assert set(alone.states) == {"cust-1", "cust-2"}


def test_the_whole_table_of_hostile_records_changes_nobodys_answers() -> None:
    alone, disturbed = Shop(), Shop()
    rejected = [case.record() for case in hostile_cases() if case.code != DECISION and case.settings == type(case.settings)()]
    assert ordinary_day(disturbed, rejected) == ordinary_day(alone, [])
    assert disturbed.states == alone.states


@pytest.mark.parametrize(
    "extreme",
    [
        {"amount": "999999999999.99"},
        {"amount": "0.01"},
        {"timestamp": "1970-01-01T00:00:00Z"},
        {"latitude": 90.0, "longitude": 180.0},
        {"currency": "CHF"},
        {"customer_id": "ç漢字🙂"},
    ],
    ids=str,
)
def test_an_extreme_but_valid_event_leaves_a_state_that_goes_on(extreme: Fields) -> None:
    shop = Shop()
    customer: Fields = {"customer_id": extreme.get("customer_id", "cust-1")}
    shop.pay_daily(5, latitude=-23.5, longitude=-46.6, **customer)
    shop.pay(**extreme)
    answer = shop.pay(TEN_O_CLOCK_MS + HOUR_MS, latitude=-23.5, longitude=-46.6, **customer).answer
    assert not answer.state_reset
    assert answer.score <= 1
    shop.pay_daily(1, until_ms=TEN_O_CLOCK_MS + 3 * DAY_MS, **customer)
    assert fired(shop.pay(TEN_O_CLOCK_MS + 3 * DAY_MS, **customer)) == []


def test_five_amounts_of_a_cent_make_no_average_that_breaks_the_next() -> None:
    shop = Shop()
    shop.pay_daily(5, amount="0.01", currency="PYG")
    answer = shop.pay(amount="999999999999.99", currency="GBP").answer
    assert [hit.id for hit in answer.rules] == ["FR-001"]
    assert answer.score == 1.0
    assert isinstance(shop.process(TEN_O_CLOCK_MS + HOUR_MS), Decided)


def test_an_unknown_customer_costs_no_other_one_an_entry() -> None:
    shop = Shop()
    states = MemoryStates()
    shop.states = states
    for bad in HOSTILE.values():
        shop.send(bad)
    assert states == {}
