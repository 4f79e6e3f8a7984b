"""A customer's habits: what enters them, and what a fraud can do to them."""

from math import atan2, cos, hypot, inf, log, pi, sin, sqrt
from statistics import fmean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamflow.score.features import FEATURE_NAMES
from streamflow.score.statistics import CLIP_DEVIATIONS, amount_deviation, hour_habit, learn_amount, learnt_hour, signed_hours
from tests.unit.factories import DAY_MS, HOUR_MS, TEN_O_CLOCK_MS, Shop

amounts = st.floats(0.01, 999_999_999_999.99)
hours = st.floats(0, 24, exclude_max=True)


def learned(values: list[float]) -> tuple[float, float]:
    """Return mean and squared deviations after amounts that are not clipped."""
    mean = m2 = 0.0
    for count, value in enumerate(values):
        mean, m2 = learn_amount(mean, m2, count, value, inf)
    return mean, m2


def learned_hours(values: list[float]) -> tuple[float, float]:
    """Return the sums of the cosines and sines of hours."""
    angles = [hour * 2 * pi / 24 for hour in values]
    return sum(map(cos, angles)), sum(map(sin, angles))


@given(st.lists(amounts, min_size=2, max_size=40))
def test_welfords_recurrence_equals_the_plain_mean_and_deviation(values: list[float]) -> None:
    mean, m2 = learned(values)
    assert mean == pytest.approx(fmean(values), rel=1e-9)
    assert sqrt(m2 / (len(values) - 1)) == pytest.approx(stdev(values), rel=1e-6, abs=1e-9 * fmean(values))


@given(st.lists(amounts, min_size=1, max_size=40))
def test_the_deviation_is_at_least_a_tenth_of_the_mean(values: list[float]) -> None:
    mean, m2 = learned(values)
    assert amount_deviation(mean, m2, len(values)) >= 0.1 * mean > 0


@given(st.lists(hours, min_size=1, max_size=40))
def test_the_mean_hour_and_its_deviation_equal_the_plain_circular_ones(values: list[float]) -> None:
    x, y = (fmean(function(2 * pi * hour / 24) for hour in values) for function in (cos, sin))
    resultant = hypot(x, y)
    mean, deviation = hour_habit(*learned_hours(values), len(values))
    assert 0 <= mean < 24
    if 0.01 < resultant < 0.999:
        assert abs(signed_hours(mean, atan2(y, x) * 24 / (2 * pi) % 24)) < 1e-6
        assert deviation == pytest.approx(max(1.0, sqrt(-2 * log(resultant)) * 24 / (2 * pi)), rel=1e-6)
    assert deviation >= 1.0


@given(st.lists(hours, min_size=1, max_size=10), st.floats(-24, 24))
def test_turning_the_clock_turns_the_habit_and_leaves_its_width(values: list[float], turn: float) -> None:
    sums = learned_hours(values)
    if hypot(*sums) < 1e-3 * len(values):
        return  # spread evenly, so there is no mean to turn
    mean, deviation = hour_habit(*sums, len(values))
    turned_mean, turned_deviation = hour_habit(*learned_hours([(hour + turn) % 24 for hour in values]), len(values))
    assert abs(signed_hours(turned_mean, (mean + turn) % 24)) < 1e-6
    assert turned_deviation == pytest.approx(deviation, rel=1e-4)


@given(hours, hours)
def test_the_way_around_the_clock_is_never_longer_than_twelve_hours(hour: float, mean: float) -> None:
    way = signed_hours(hour, mean)
    assert -12 <= way <= 12
    assert (mean + way - hour) % 24 == pytest.approx(0, abs=1e-9) or (mean + way - hour) % 24 == pytest.approx(24, abs=1e-9)


@given(st.integers(0, 253_402_300_799_999))
def test_every_time_has_an_hour_of_the_day(time_ms: int) -> None:
    hour = Shop().pay(time_ms).answer.features[FEATURE_NAMES.index("hour")]
    assert hour == pytest.approx(time_ms % DAY_MS / HOUR_MS, abs=1e-4)


@pytest.mark.parametrize("fraud", ["5000.00", "999999999999.99"])
def test_one_fraud_cannot_drag_its_own_baseline(fraud: str) -> None:
    """However large, it enters as 2.5 deviations (a tenth of the mean each) above the mean: 125.00."""
    shop = Shop()
    shop.pay_daily(9)
    assert [hit.id for hit in shop.pay(amount=fraud).answer.rules] == ["FR-001"]
    assert shop.state().amount_mean == pytest.approx((9 * 100 + 125) / 10)
    again = shop.pay(TEN_O_CLOCK_MS + HOUR_MS, amount=fraud).answer
    assert [hit.id for hit in again.rules] == ["FR-001"]


def test_a_fraud_before_the_fifth_event_is_not_clipped_because_there_is_no_habit_yet() -> None:
    shop = Shop()
    shop.pay_daily(4)
    shop.pay(amount="600.00")
    assert shop.state().amount_mean == pytest.approx(200)


@given(st.lists(st.floats(50, 150), min_size=5, max_size=20), st.floats(0.01, 1e12))
def test_an_amount_moves_the_mean_by_a_bounded_step_in_either_direction(history: list[float], amount: float) -> None:
    mean, m2 = learned(history)
    reach = CLIP_DEVIATIONS * amount_deviation(mean, m2, len(history))
    after, _ = learn_amount(mean, m2, len(history), amount, reach)
    assert abs(after - mean) <= reach / (len(history) + 1) * (1 + 1e-9)
    assert after > 0


@given(st.lists(st.floats(9, 11), min_size=5, max_size=20), hours)
def test_an_hour_moves_the_mean_hour_by_no_more_than_a_clipped_one_would(history: list[float], hour: float) -> None:
    mean, deviation = hour_habit(*learned_hours(history), len(history))
    entered = learnt_hour(hour, mean, CLIP_DEVIATIONS * deviation)
    after, _ = hour_habit(*learned_hours([*history, entered]), len(history) + 1)
    assert abs(signed_hours(after, mean)) <= CLIP_DEVIATIONS * deviation / (len(history) + 1) * 1.1


@pytest.mark.parametrize(("hour", "pulled_to"), [(2.0, 7.5), (6.0, 7.5), (8.0, 8.0), (12.0, 12.0), (14.0, 12.5), (21.9, 12.5), (22.1, 7.5)])
def test_a_far_hour_enters_two_and_a_half_deviations_away_on_its_own_side_of_the_clock(hour: float, pulled_to: float) -> None:
    assert learnt_hour(hour, 10.0, 2.5) == pytest.approx(pulled_to)


def test_a_night_of_fraud_leaves_the_night_unusual() -> None:
    shop = Shop()
    shop.pay_daily(20)
    night_ms = TEN_O_CLOCK_MS + 17 * HOUR_MS
    for minute in range(0, 90, 15):
        answer = shop.pay(night_ms + minute * 60_000).answer
        assert [hit.id for hit in answer.rules] == ["FR-004"]


def test_a_customer_who_moves_up_for_good_gets_a_new_baseline_in_the_end() -> None:
    """Clipping slows learning down, it does not stop it."""
    shop = Shop()
    shop.pay_daily(10)
    for day in range(60):
        last = shop.pay(TEN_O_CLOCK_MS + day * DAY_MS, amount="350.00")
    assert last.answer.rules == ()
