"""The demo counts by id, and says so when something is missing, doubled or late."""

import json
from datetime import UTC, datetime

import pytest

from streamflow.contracts.decision import Decision
from streamflow.contracts.record import Record
from streamflow.control.documents import fixed_control
from streamflow.demo.tally import Accounting, Place, Tally
from streamflow.demo.traffic import DAY_MS, DemoTraffic
from streamflow.demo.view import plain_line
from streamflow.engine import Decided, Engine, MemoryStates
from streamflow.simulate.plan import SCENARIOS

NOW = datetime(2026, 1, 1, 10, tzinfo=UTC)


def decision(offset: int) -> Decision:
    value = {
        "schema_version": 1,
        "transaction_id": f"tx-{offset}",
        "customer_id": "cust-1",
        "store_id": "store-1",
        "amount": "10.00",
        "currency": "BRL",
        "timestamp": NOW.isoformat(),
    }
    record = Record("transactions.raw", 0, offset, int(NOW.timestamp() * 1000), b"cust-1", json.dumps(value).encode())
    decided = Engine(fixed_control()).process(record, MemoryStates())
    assert isinstance(decided, Decided)
    return Decision.from_json(decided.value)


def test_what_was_sent_and_not_answered_is_missing() -> None:
    tally = Tally({})
    for offset in range(3):
        tally.sent(Place(0, offset), None)
    tally.decided(decision(0))
    tally.refused(Place(0, 1), "NOT_JSON")
    assert tally.accounting() == Accounting(sent=3, scored=1, dead=1, missing=1, both=0)


def test_a_record_that_is_both_scored_and_dead_is_seen() -> None:
    tally = Tally({})
    tally.sent(Place(0, 0), None)
    tally.decided(decision(0))
    tally.refused(Place(0, 0), "NOT_JSON")
    assert tally.accounting().both == 1


def test_a_decision_that_comes_again_counts_once() -> None:
    tally = Tally({"tx-0": "high_value"})
    tally.live = True
    assert tally.decided(decision(0))
    assert not tally.decided(decision(0))
    assert tally.outcomes.total() == tally.frauds_seen.total() == 1


@pytest.mark.parametrize("answer_first", [True, False])
def test_a_latency_is_counted_whichever_thread_comes_first(answer_first: bool) -> None:
    tally = Tally({})
    tally.live = True
    if answer_first:
        tally.decided(decision(0))
    tally.sent(Place(0, 0), 0.0)
    if not answer_first:
        tally.decided(decision(0))
    (median,) = tally.latency_ms(50)
    assert median > 0


def test_the_line_for_people_without_a_terminal_holds_the_counts() -> None:
    tally = Tally({})
    tally.live = True
    tally.decided(decision(0))
    assert "approve 1" in plain_line(tally)


def test_the_demo_s_traffic_ends_now_and_its_last_day_is_live() -> None:
    now_ms = int(NOW.timestamp() * 1000)
    traffic = DemoTraffic(events=3_000, customers=100, now_ms=now_ms)
    history = sum(len(batch) for batch in traffic.draw())
    times = [event.timestamp_ms for event in traffic.live]
    assert history + len(traffic.live) == 3_000
    assert now_ms - DAY_MS <= min(times) <= max(times) <= now_ms


def test_the_demo_s_live_day_has_frauds_of_every_kind() -> None:
    for day in range(3):
        traffic = DemoTraffic(now_ms=int(NOW.timestamp() * 1000) + day * DAY_MS)
        traffic.draw()
        assert set(traffic.frauds.values()) == set(SCENARIOS[1:])
