"""FR-002."""

import pytest

from tests.unit.factories import DAY_MS, MINUTE_MS, SECOND_MS, TEN_O_CLOCK_MS, Shop, fired, rules_with

START_MS = TEN_O_CLOCK_MS


def burst(shop: Shop, payments: int, *, begin_ms: int = START_MS, step_ms: int = 20 * SECOND_MS) -> None:
    for number in range(payments):
        shop.pay(begin_ms + number * step_ms)


def test_the_sixth_payment_in_ten_minutes_is_flagged_and_the_fifth_is_not() -> None:
    shop = Shop()
    burst(shop, 4)
    assert fired(shop.pay(START_MS + 4 * MINUTE_MS)) == []
    decision = shop.pay(START_MS + 5 * MINUTE_MS)
    assert fired(decision) == ["FR-002"]
    assert decision.answer.outcome == "review"
    assert decision.answer.rules[0].detail == {"transactions": 6.0, "window_minutes": 10.0}
    assert decision.answer.reasons == ("FR-002 velocity: 6 payments in 10 minutes",)


def test_the_window_does_not_include_its_own_beginning() -> None:
    """Five payments at 10:00:00.000 are outside at 10:10:00.000, and inside a millisecond earlier."""
    for at_ms, count in ((START_MS + 10 * MINUTE_MS - 1, 6.0), (START_MS + 10 * MINUTE_MS, 1.0)):
        shop = Shop()
        burst(shop, 5, step_ms=0)
        assert shop.pay(at_ms).answer.features[1] == count


def test_six_payments_at_the_same_millisecond_are_six() -> None:
    shop = Shop()
    burst(shop, 5, step_ms=0)
    assert fired(shop.pay(START_MS)) == ["FR-002"]


def test_event_time_counts_and_not_the_brokers() -> None:
    """Six payments of one day that the broker got in one second are no burst."""
    shop = Shop()
    for number in range(6):
        decision = shop.pay(START_MS + number * 11 * MINUTE_MS, arrived_ms=START_MS + DAY_MS)
        assert fired(decision) == []


def test_another_customers_payments_do_not_count() -> None:
    shop = Shop()
    burst(shop, 5)
    assert fired(shop.pay(START_MS + MINUTE_MS * 2, customer_id="cust-2")) == []


def test_back_dating_hides_no_burst() -> None:
    """Every payment claims to be eleven minutes older than the one before; the last event's window counts them all."""
    shop = Shop()
    shop.pay(START_MS)
    for number in range(1, 5):
        assert fired(shop.pay(START_MS - number * 11 * MINUTE_MS, arrived_ms=START_MS)) == []
    assert fired(shop.pay(START_MS - 55 * MINUTE_MS, arrived_ms=START_MS)) == ["FR-002"]


def test_a_burst_that_arrives_late_is_found_at_its_own_time() -> None:
    """A till that was offline for an hour sends six payments of two minutes after a payment of now."""
    shop = Shop()
    shop.pay(START_MS)
    hour_ago_ms = START_MS - 60 * MINUTE_MS
    shop.pay(START_MS + 15 * MINUTE_MS)
    for number in range(5):
        shop.pay(hour_ago_ms + number * 20 * SECOND_MS, arrived_ms=START_MS + 15 * MINUTE_MS)
    decision = shop.pay(hour_ago_ms + 5 * 20 * SECOND_MS, arrived_ms=START_MS + 15 * MINUTE_MS)
    assert (decision.answer.late, fired(decision)) == (True, ["FR-002"])


def test_a_back_dated_payment_counts_at_the_time_it_was_dated_from_too() -> None:
    """Four of five payments of 10:00 claim to be a day old; a late one of 10:01 still finds them at 10:00."""
    shop = Shop()
    shop.pay(START_MS)
    for number in range(4):
        shop.pay(START_MS - DAY_MS + number * 60 * MINUTE_MS, arrived_ms=START_MS)
    shop.pay(START_MS + 120 * MINUTE_MS)
    decision = shop.pay(START_MS + MINUTE_MS, arrived_ms=START_MS + 120 * MINUTE_MS)
    assert (decision.answer.late, decision.answer.features[1], "FR-002" in fired(decision)) == (True, 6.0, True)


@pytest.mark.parametrize("own", [True, False])
def test_a_late_payments_own_window_ends_with_it(own: bool) -> None:
    """Payments after a late one are not before it: only five of its own minute make it the sixth."""
    shop = Shop()
    at_ms = START_MS - 60 * MINUTE_MS
    burst(shop, 5, begin_ms=at_ms + (-2 * MINUTE_MS if own else MINUTE_MS))
    shop.pay(START_MS)
    decision = shop.pay(at_ms, arrived_ms=START_MS)
    assert decision.answer.features[1] == (6.0 if own else 2.0)


def test_the_count_stops_where_the_memory_of_sixteen_events_ends_and_the_words_say_so() -> None:
    shop = Shop()
    burst(shop, 16, step_ms=SECOND_MS)
    seventeenth = shop.pay(START_MS + 17 * SECOND_MS).answer
    twentieth = [shop.pay(START_MS + second * SECOND_MS) for second in (18, 19, 20)][-1].answer
    assert seventeenth.features[1] == twentieth.features[1] == 17.0
    assert "17 or more payments" in twentieth.reasons[0]


def test_a_longer_window_of_the_rules_document_is_followed() -> None:
    shop = Shop(rules_with("FR-002", parameters={"window_minutes": 60, "max_transactions": 2}))
    shop.pay(START_MS)
    assert fired(shop.pay(START_MS + 59 * MINUTE_MS)) == []
    assert fired(shop.pay(START_MS + 60 * MINUTE_MS - 1)) == ["FR-002"]
    assert fired(shop.pay(START_MS + 180 * MINUTE_MS)) == []


def test_the_feature_keeps_its_ten_minutes_whatever_window_the_rule_has() -> None:
    shop = Shop(rules_with("FR-002", parameters={"window_minutes": 60, "max_transactions": 2}))
    shop.pay(START_MS)
    assert shop.pay(START_MS + 30 * MINUTE_MS).answer.features[1] == 1.0
