from hypothesis import given
from hypothesis import strategies as st

from streamflow.score.statistics import EARTH_RADIUS_KM, MAX_SPEED_KMH, distance_km, speed_kmh

latitudes, longitudes = st.floats(-90, 90), st.floats(-180, 180)
HALF_CIRCUMFERENCE_KM = 3.141592653589793 * EARTH_RADIUS_KM


@given(latitudes, longitudes, latitudes, longitudes)
def test_a_distance_is_symmetric_and_never_longer_than_half_way_around(lat: float, lon: float, lat2: float, lon2: float) -> None:
    there, back = distance_km(lat, lon, lat2, lon2), distance_km(lat2, lon2, lat, lon)
    assert abs(there - back) < 1e-6
    assert 0 <= there <= HALF_CIRCUMFERENCE_KM * (1 + 1e-12)


@given(latitudes, longitudes)
def test_no_place_is_away_from_itself_even_the_other_way_around_the_globe(latitude: float, longitude: float) -> None:
    around = longitude - 360 if longitude > 0 else longitude + 360
    assert distance_km(latitude, longitude, latitude, around) < 1e-6


@given(st.floats(0, HALF_CIRCUMFERENCE_KM), st.integers(0, 2**53))
def test_a_speed_is_finite_for_any_time_even_none(distance: float, elapsed_ms: int) -> None:
    assert 0 <= speed_kmh(distance, elapsed_ms) <= MAX_SPEED_KMH


def test_less_than_a_second_counts_as_a_second() -> None:
    assert speed_kmh(0.1, 1) == speed_kmh(0.1, 1000) == 360.0
    assert speed_kmh(0.1, 2000) == 180.0
