"""Distances on the globe."""

from math import asin, cos, radians, sin, sqrt
from typing import Final

EARTH_RADIUS_KM: Final = 6371.0088
MAX_SPEED_KMH: Final = 1_000_000.0


def distance_km(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Return the great-circle distance of two places in kilometres.

    Haversine formula (Sinnott 1984, Sky and Telescope 68(2), 159) with the mean Earth radius of IUGG; error below 0.5 %.

    Examples
    --------
    Sao Paulo to Manaus:

    >>> round(distance_km(-23.5505, -46.6333, -3.1190, -60.0217))
    2689
    """
    phi, other_phi = radians(latitude), radians(other_latitude)
    half = sin((other_phi - phi) / 2) ** 2 + cos(phi) * cos(other_phi) * sin(radians(other_longitude - longitude) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(sqrt(half if half < 1.0 else 1.0))


def speed_kmh(distance: float, elapsed_ms: int) -> float:
    """Return the speed that a distance in kilometres takes, counting at least one second; at most `MAX_SPEED_KMH`.

    Examples
    --------
    >>> speed_kmh(500.0, 3_600_000), speed_kmh(500.0, 0)
    (500.0, 1000000.0)
    """
    speed = distance * 3_600_000 / (elapsed_ms if elapsed_ms > 1000 else 1000)
    return speed if speed < MAX_SPEED_KMH else MAX_SPEED_KMH
