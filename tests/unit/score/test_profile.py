"""The profile: sums that decay as their formulas say, habits, familiar stores; and nothing that a strange event can break."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamflow.contracts.decision import Decision
from streamflow.engine import Decided
from streamflow.score import statistics
from streamflow.score.features import FEATURE_NAMES, FEATURES, MISSION_FEATURES, profile
from streamflow.score.features.profile import LAYOUT_BYTES
from streamflow.score.risk import RISK_FEATURES
from tests.unit.factories import DAY_MS, MINUTE_MS, RECIFE, SAO_PAULO, TEN_O_CLOCK_MS, Fields, Shop

HOUR_MS = 60 * MINUTE_MS
payments = st.lists(st.tuples(st.integers(MINUTE_MS, 20 * DAY_MS), st.integers(1, 5_000_00), st.integers(0, 30)), min_size=2, max_size=40)


def pay(shop: Shop, number: int, event_time_ms: int, amount: str = "100.00", store: str = "store-1", **fields: float) -> dict[str, float]:
    changes: Fields = {"transaction_id": f"tx-{number}", "amount": amount, "store_id": store, **fields}
    answer = shop.process(event_time_ms, **changes)
    assert isinstance(answer, Decided), answer
    features = Decision.from_json(answer.value).answer.features
    return {name: math.nan if value is None else value for name, value in zip(FEATURE_NAMES, features, strict=True)}


def test_the_layout_has_the_size_that_the_state_keeps_for_it() -> None:
    assert LAYOUT_BYTES == statistics.PROFILE_BYTES


def test_the_compiled_code_uses_the_numbers_of_the_others() -> None:
    assert (len(MISSION_FEATURES), len(FEATURES) - 6 - 9, len(RISK_FEATURES)) == (profile.MISSION, profile.OWN, profile.RISK)
    for name in ("MIN_EVENTS", "CLIP_DEVIATIONS", "EARTH_RADIUS_KM", "HOUR", "EVENTS", "DISTANCE_KM", "LAST_MS"):
        assert getattr(profile, name) == getattr(statistics, name), name
    assert len(FEATURES) == statistics.FEATURES


def test_the_feature_set_begins_with_the_missions_six_and_ends_with_what_labels_tell() -> None:
    assert MISSION_FEATURES == ("amount_zscore", "velocity_count", "time_deviation", "geo_speed_kmh", "is_blacklisted", "amount_ratio")
    assert FEATURE_NAMES[-len(RISK_FEATURES) :] == RISK_FEATURES
    assert len(set(FEATURE_NAMES)) == len(FEATURES)
    assert all(all(feature) for feature in FEATURES)


@given(payments)
def test_decayed_sums_are_what_their_formulas_say_of_the_whole_history(history: list[tuple[int, int, int]]) -> None:
    shop, now_ms, past = Shop(), TEN_O_CLOCK_MS, list[tuple[int, float]]()
    for number, (gap_ms, cents, store) in enumerate(history):
        now_ms += gap_ms
        seen = pay(shop, number, now_ms, f"{cents / 100:.2f}", f"store-{store}")
        for name, window_ms in (("count_1h", HOUR_MS), ("count_1d", DAY_MS), ("count_7d", 7 * DAY_MS), ("count_30d", 30 * DAY_MS)):
            expected = sum(math.exp((time_ms - now_ms) / window_ms) for time_ms, _ in past)
            assert seen[name] == pytest.approx(expected, rel=1e-4, abs=2e-4), name
        if past:
            weights = [math.exp((time_ms - now_ms) / (30 * DAY_MS)) for time_ms, _ in past]
            mean = sum(weight * amount for weight, (_, amount) in zip(weights, past, strict=True)) / sum(weights)
            assert seen["amount_to_mean_30d"] == pytest.approx(cents / 100 / mean, rel=1e-3, abs=2e-4)
            assert seen["days_known"] == pytest.approx((now_ms - past[0][0]) / DAY_MS, abs=0.01)
            assert seen["hours_since_last"] == pytest.approx(gap_ms / HOUR_MS, abs=1e-4)
        past.append((now_ms, cents / 100))


def test_one_fraud_moves_the_log_baseline_by_a_bounded_step() -> None:
    shop = Shop()
    for number in range(20):
        pay(shop, number, TEN_O_CLOCK_MS + number * DAY_MS, "100.00" if number % 2 else "110.00")
    before = pay(shop, 20, TEN_O_CLOCK_MS + 20 * DAY_MS, "900000.00")["log_amount_zscore"]
    after = pay(shop, 21, TEN_O_CLOCK_MS + 21 * DAY_MS, "900000.00")["log_amount_zscore"]
    assert before > 50
    assert after > 0.8 * before


def test_a_store_is_new_once_and_forgotten_only_after_many_others() -> None:
    shop = Shop()
    first = [pay(shop, number, TEN_O_CLOCK_MS + number * DAY_MS, store=f"store-{number}")["is_new_store"] for number in range(40)]
    again = [pay(shop, 40 + number, TEN_O_CLOCK_MS + (40 + number) * DAY_MS, store=f"store-{number}") for number in range(40)]
    assert sum(first) >= 38  # a Bloom filter takes a few for familiar
    assert [seen["is_new_store"] for seen in again] == [0.0] * 40
    others = range(1_000)
    for number in others:
        pay(shop, 100 + number, TEN_O_CLOCK_MS + (80 + number) * HOUR_MS + 80 * DAY_MS, store=f"other-{number}")
    assert pay(shop, 5_000, TEN_O_CLOCK_MS + 170 * DAY_MS, store="store-3")["is_new_store"] == 1.0


def test_the_usual_hour_has_a_high_share_and_a_strange_one_a_low_one() -> None:
    shop = Shop()
    for number in range(30):
        pay(shop, number, TEN_O_CLOCK_MS + number * DAY_MS)
    usual = pay(shop, 30, TEN_O_CLOCK_MS + 30 * DAY_MS)["hour_share"]
    strange = pay(shop, 31, TEN_O_CLOCK_MS + 30 * DAY_MS + 12 * HOUR_MS)["hour_share"]
    assert usual == pytest.approx(30.5 / 34, abs=1e-4)
    assert strange < 0.02


def test_home_is_where_most_payments_were_and_a_far_one_is_far_from_it() -> None:
    shop = Shop()
    for number in range(10):
        pay(shop, number, TEN_O_CLOCK_MS + number * DAY_MS, latitude=SAO_PAULO[0], longitude=SAO_PAULO[1])
    far = pay(shop, 10, TEN_O_CLOCK_MS + 10 * DAY_MS, latitude=RECIFE[0], longitude=RECIFE[1])["home_distance_km"]
    assert far == pytest.approx(2_130, rel=0.02)


def test_home_near_the_date_line_does_not_jump_around_the_globe() -> None:
    shop = Shop()
    distances = [
        pay(shop, number, TEN_O_CLOCK_MS + number * DAY_MS, latitude=0.0, longitude=179.9 if number % 2 else -179.9)["home_distance_km"]
        for number in range(10)
    ]
    assert max(distances[1:]) < 25


def test_an_hour_counter_that_is_full_is_halved_with_its_neighbours() -> None:
    shop = Shop()
    shares = [pay(shop, number, TEN_O_CLOCK_MS + number * DAY_MS)["hour_share"] for number in range(600)]
    assert all(abs(one - other) < 0.05 for one, other in pairwise(shares[50:]))


@pytest.mark.parametrize("place", range(0, 80, 4))
@pytest.mark.parametrize("damage", [math.nan, math.inf, -math.inf])
def test_a_profile_with_a_number_that_is_none_begins_the_customer_anew_and_says_so(place: int, damage: float) -> None:
    shop = Shop()
    for number in range(6):
        pay(shop, number, TEN_O_CLOCK_MS + number * DAY_MS, latitude=SAO_PAULO[0], longitude=SAO_PAULO[1])
    (customer,) = shop.states
    blob = bytearray(shop.states[customer])
    blob[len(blob) - statistics.PROFILE_BYTES + place : len(blob) - statistics.PROFILE_BYTES + place + 4] = np.float32(damage).tobytes()
    shop.states[customer] = bytes(blob)
    answer = shop.process(TEN_O_CLOCK_MS + 7 * DAY_MS, transaction_id="tx-after")
    assert isinstance(answer, Decided)
    assert Decision.from_json(answer.value).answer.state_reset
    assert b"NaN" not in answer.value
    assert pay(shop, 90, TEN_O_CLOCK_MS + 8 * DAY_MS)["event_count"] == 1.0
