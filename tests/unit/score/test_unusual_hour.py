"""FR-004."""

import pytest

from streamflow.score.statistics import signed_hours
from tests.unit.factories import DAY_MS, HOUR_MS, MINUTE_MS, TEN_O_CLOCK_MS, Shop, fired, rules_with

MIDNIGHT_MS = TEN_O_CLOCK_MS + 14 * HOUR_MS


def habit(hour_ms: int = TEN_O_CLOCK_MS, purchases: int = 5, **changes: object) -> Shop:
    """Return a shop whose customer bought at one hour of the day, so the deviation is its least: one hour."""
    shop = Shop(**changes)  # type: ignore[arg-type]
    shop.pay_daily(purchases, until_ms=hour_ms)
    return shop


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize(("minutes", "fires"), [(119, False), (121, True), (12 * 60, True)])
def test_an_hour_is_unusual_more_than_two_deviations_away_on_either_side(sign: int, minutes: int, fires: bool) -> None:
    assert ("FR-004" in fired(habit().pay(TEN_O_CLOCK_MS + sign * minutes * MINUTE_MS))) is fires


@pytest.mark.parametrize(("purchases", "fires"), [(4, False), (5, True)])
def test_there_is_a_habit_after_five_transactions(purchases: int, fires: bool) -> None:
    assert ("FR-004" in fired(habit(purchases=purchases).pay(TEN_O_CLOCK_MS + 10 * HOUR_MS))) is fires


def test_a_rule_that_asks_for_more_history_waits_for_it() -> None:
    rules = rules_with("FR-004", parameters={"min_transactions": 6})
    assert fired(habit(purchases=5, rules=rules).pay(TEN_O_CLOCK_MS + 10 * HOUR_MS)) == []
    assert fired(habit(purchases=6, rules=rules).pay(TEN_O_CLOCK_MS + 10 * HOUR_MS)) == ["FR-004"]


def test_half_past_eleven_and_half_past_midnight_are_an_hour_apart() -> None:
    """A mean of 23:30 and 00:30 as plain numbers would be noon."""
    shop = Shop()
    for day in range(6, 0, -1):
        shop.pay(MIDNIGHT_MS - day * DAY_MS + (30 if day % 2 else -30) * MINUTE_MS)
    assert fired(shop.pay(MIDNIGHT_MS)) == []
    answer = shop.pay(MIDNIGHT_MS + 12 * HOUR_MS).answer
    assert [hit.id for hit in answer.rules] == ["FR-004"]
    usual_hour = answer.rules[0].detail["usual_hour"]
    assert isinstance(usual_hour, float)
    assert signed_hours(usual_hour, 0.0) == pytest.approx(0, abs=0.01)


def test_the_reason_names_both_hours_in_utc() -> None:
    answer = habit().pay(TEN_O_CLOCK_MS - 7 * HOUR_MS + 5 * MINUTE_MS).answer
    assert answer.reasons == ("FR-004 unusual hour: 03:05 UTC, the customer usually buys around 10:00",)
    assert answer.rules[0].detail["hour"] == pytest.approx(3 + 5 / 60, abs=1e-6)


def test_alone_it_never_alerts() -> None:
    for hours in range(1, 24):
        answer = habit(purchases=40).pay(TEN_O_CLOCK_MS + hours * HOUR_MS).answer
        assert answer.outcome == "approve"
        assert answer.score <= 0.6


def test_who_buys_around_the_clock_has_no_unusual_hour() -> None:
    shop = Shop()
    for hour in range(48):
        shop.pay(MIDNIGHT_MS + hour * HOUR_MS * 25)
    assert all(fired(shop.pay(MIDNIGHT_MS + 60 * DAY_MS + hour * HOUR_MS)) == [] for hour in range(24))


def test_an_hour_of_another_zone_is_taken_in_utc() -> None:
    shop = habit()
    assert fired(shop.pay(TEN_O_CLOCK_MS, timestamp="2026-11-23T07:00:00-03:00")) == []
