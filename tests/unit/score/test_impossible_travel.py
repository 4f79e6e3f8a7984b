"""FR-003."""

import pytest

from streamflow.score.statistics import EARTH_RADIUS_KM
from tests.unit.factories import HOUR_MS, MINUTE_MS, RECIFE, SAO_PAULO, SECOND_MS, TEN_O_CLOCK_MS, Shop, fired, place, rules_with

START_MS = TEN_O_CLOCK_MS
KM_PER_DEGREE = EARTH_RADIUS_KM * 3.141592653589793 / 180
EQUATOR = (0.0, 0.0)


def east(km: float) -> tuple[float, float]:
    """Return the place on the equator so far east of its origin."""
    return 0.0, km / KM_PER_DEGREE


def then(where: tuple[float, float] | None, after_ms: int, *, shop: Shop | None = None) -> list[str]:
    """Buy at the origin, then at another place; return the rules that fire on the second purchase."""
    shop = shop or Shop()
    shop.pay(START_MS, **place(EQUATOR))
    return fired(shop.pay(START_MS + after_ms, **(place(where) if where else {})))


def test_second_purchase_2000_km_away_in_30_min_is_flagged() -> None:
    shop = Shop()
    shop.pay(START_MS, **place(SAO_PAULO))
    answer = shop.pay(START_MS + 30 * MINUTE_MS, **place(RECIFE)).answer
    assert [hit.id for hit in answer.rules] == ["FR-003"]
    assert answer.rules[0].detail == {
        "distance_km": pytest.approx(2128, rel=0.005),
        "elapsed_minutes": 30.0,
        "speed_kmh": pytest.approx(4256, rel=0.005),
    }
    assert answer.reasons[0].startswith("FR-003 impossible travel: 2,1")
    assert answer.outcome in ("review", "block")


@pytest.mark.parametrize(("km", "fires"), [(499.9, False), (500.1, True)])
def test_it_takes_more_than_500_km(km: float, fires: bool) -> None:
    assert (then(east(km), 10 * MINUTE_MS) == ["FR-003"]) is fires


@pytest.mark.parametrize(("after_ms", "fires"), [(HOUR_MS - 1, True), (HOUR_MS, False)])
def test_it_takes_less_than_an_hour(after_ms: int, fires: bool) -> None:
    assert (then(east(2000), after_ms) == ["FR-003"]) is fires


@pytest.mark.parametrize(("speed_kmh", "outcome"), [(1413, "approve"), (1416, "review")])
def test_alone_it_alerts_from_1414_km_an_hour(speed_kmh: float, outcome: str) -> None:
    shop = Shop()
    shop.pay(START_MS, **place(EQUATOR))
    decision = shop.pay(START_MS + HOUR_MS // 2, **place(east(speed_kmh / 2)))
    assert fired(decision) == ["FR-003"]
    assert decision.answer.outcome == outcome


def test_the_speed_matters_once_the_window_is_longer() -> None:
    document = rules_with("FR-003", parameters={"max_hours": 24})
    assert then(east(2000), 3 * HOUR_MS, shop=Shop(document)) == ["FR-003"]
    assert then(east(2000), 5 * HOUR_MS, shop=Shop(document)) == []


def test_two_places_at_the_same_moment_are_impossible_and_the_speed_is_finite() -> None:
    shop = Shop()
    shop.pay(START_MS, **place(SAO_PAULO))
    answer = shop.pay(START_MS, **place(RECIFE)).answer
    assert answer.rules[0].detail["speed_kmh"] == answer.features[3] == 1_000_000.0


def test_a_late_payment_far_away_is_flagged_by_the_absolute_difference_of_time() -> None:
    shop = Shop()
    shop.pay(START_MS, **place(SAO_PAULO))
    decision = shop.pay(START_MS - 30 * MINUTE_MS, arrived_ms=START_MS, **place(RECIFE))
    assert (decision.answer.late, fired(decision)) == (True, ["FR-003"])
    assert decision.answer.rules[0].detail["elapsed_minutes"] == 30.0


def test_a_late_payment_does_not_move_the_last_place() -> None:
    shop = Shop()
    shop.pay(START_MS, **place(SAO_PAULO))
    shop.pay(START_MS - 5 * HOUR_MS, arrived_ms=START_MS, **place(RECIFE))
    assert fired(shop.pay(START_MS + MINUTE_MS, **place(SAO_PAULO))) == []


def test_a_payment_without_a_place_neither_fires_nor_forgets_the_last_one() -> None:
    shop = Shop()
    assert then(None, MINUTE_MS, shop=shop) == []
    assert fired(shop.pay(START_MS + 2 * MINUTE_MS, **place(RECIFE))) == ["FR-003"]


def test_a_first_place_is_no_journey() -> None:
    shop = Shop()
    shop.pay(START_MS)
    answer = shop.pay(START_MS + SECOND_MS, **place(RECIFE)).answer
    assert (answer.rules, answer.features[3]) == ((), None)


def test_the_date_line_and_the_poles_are_no_distance() -> None:
    for one, other in (((0.0, 180.0), (0.0, -180.0)), ((90.0, 0.0), (90.0, 180.0)), ((-90.0, -77.0), (-90.0, 12.0))):
        shop = Shop()
        shop.pay(START_MS, **place(one))
        answer = shop.pay(START_MS + SECOND_MS, **place(other)).answer
        assert answer.rules == ()
        assert answer.features[3] == pytest.approx(0, abs=1e-6)


def test_opposite_ends_of_the_globe_are_half_its_circumference_apart() -> None:
    shop = Shop()
    shop.pay(START_MS, **place((-23.5, -46.6)))
    hit = shop.pay(START_MS + MINUTE_MS, **place((23.5, 133.4))).answer.rules[0]
    assert hit.detail["distance_km"] == pytest.approx(20_015, abs=1)
