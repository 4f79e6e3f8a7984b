"""Events that are earlier than their customer's last one."""

import pytest

from streamflow.contracts.rejection import Code
from streamflow.route import DeadLetter
from tests.unit.factories import DAY_MS, HOUR_MS, MINUTE_MS, RECIFE, SAO_PAULO, TEN_O_CLOCK_MS, Shop, fired, place

NOW_MS = TEN_O_CLOCK_MS


@pytest.mark.parametrize(("difference_ms", "late"), [(-1, True), (0, False), (1, False)])
def test_an_event_is_late_where_it_is_earlier_than_the_customers_last(difference_ms: int, late: bool) -> None:
    shop = Shop()
    shop.pay(NOW_MS)
    assert shop.pay(NOW_MS + difference_ms).answer.late is late


def test_another_customers_events_make_nobody_late() -> None:
    shop = Shop()
    shop.pay(NOW_MS)
    assert not shop.pay(NOW_MS - DAY_MS, customer_id="cust-2").answer.late


def test_the_first_event_ever_is_not_late_even_at_the_epoch() -> None:
    assert not Shop().pay(0).answer.late


def test_a_late_event_moves_neither_the_place_nor_the_time_of_the_last_event_backwards() -> None:
    shop = Shop()
    shop.pay(NOW_MS, **place(SAO_PAULO))
    shop.pay(NOW_MS - DAY_MS, arrived_ms=NOW_MS, **place(RECIFE))
    state = shop.state()
    assert state.location == (NOW_MS, *SAO_PAULO)
    assert state.last_event_time_ms == NOW_MS
    assert (state.event_count, state.amount_count) == (2, 2), "it is learned"


def test_a_late_event_is_scored_against_what_is_known() -> None:
    shop = Shop()
    shop.pay_daily(5)
    decision = shop.pay(NOW_MS - 3 * DAY_MS, arrived_ms=NOW_MS, amount="900.00")
    assert (decision.answer.late, fired(decision)) == (True, ["FR-001"])


def test_a_late_event_does_not_empty_the_window_of_the_last_one() -> None:
    shop = Shop()
    for second in range(5):
        shop.pay(NOW_MS + second * 1000)
    shop.pay(NOW_MS - 40 * DAY_MS, arrived_ms=NOW_MS)
    assert "FR-002" in fired(shop.pay(NOW_MS + MINUTE_MS))


@pytest.mark.parametrize(("ahead_ms", "accepted"), [(300_000, True), (300_001, False)])
def test_an_event_may_be_five_minutes_ahead_of_the_brokers_time_and_no_more(ahead_ms: int, accepted: bool) -> None:
    result = Shop().process(NOW_MS + ahead_ms, arrived_ms=NOW_MS)
    assert (not isinstance(result, DeadLetter)) is accepted
    if isinstance(result, DeadLetter):
        assert result.rejection.code == Code.FUTURE_TIMESTAMP


def test_a_far_future_event_makes_nobody_after_it_late() -> None:
    shop = Shop()
    shop.pay(NOW_MS)
    before = dict(shop.states)
    assert isinstance(shop.process(NOW_MS, timestamp="2099-01-01T00:00:00Z"), DeadLetter)
    assert shop.states == before
    assert not shop.pay(NOW_MS + HOUR_MS).answer.late
