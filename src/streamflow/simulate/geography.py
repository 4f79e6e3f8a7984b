"""Ten Brazilian cities, the stores in them and online, and the distances between."""

from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

EARTH_RADIUS_KM: Final = 6371.0088
"""Mean radius (IUGG 1980)."""

CITIES: Final = (
    ("Sao Paulo", "SP", -23.5505, -46.6333, 11.5),
    ("Rio de Janeiro", "RJ", -22.9068, -43.1729, 6.2),
    ("Brasilia", "DF", -15.7939, -47.8828, 2.8),
    ("Fortaleza", "CE", -3.7319, -38.5267, 2.4),
    ("Salvador", "BA", -12.9777, -38.5016, 2.4),
    ("Belo Horizonte", "MG", -19.9167, -43.9345, 2.3),
    ("Manaus", "AM", -3.1190, -60.0217, 2.1),
    ("Curitiba", "PR", -25.4284, -49.2733, 1.8),
    ("Recife", "PE", -8.0476, -34.8770, 1.5),
    ("Porto Alegre", "RS", -30.0346, -51.2177, 1.3),
)
"""Name, state, latitude, longitude, millions of people (census of 2022, rounded)."""

STORES: Final = 200
STORES_PER_CITY: Final = 18
PHYSICAL_STORES: Final = STORES_PER_CITY * len(CITIES)
ONLINE_STORES: Final = STORES - PHYSICAL_STORES
LISTED_STORES: Final = 3
"""The last online stores are fraudsters' own: they stand on the blocklist, and no honest customer pays there."""
HONEST_ONLINE_STORES: Final = ONLINE_STORES - LISTED_STORES
ONLINE_CITY: Final = -1
FAR_KM: Final = 800.0

CATEGORIES: Final = ("groceries", "pharmacy", "fashion", "electronics", "home", "sports", "books", "restaurant", "fuel", "beauty")
PRODUCTS_PER_CATEGORY: Final = 60

CITY_LATITUDE: Final = np.array([city[2] for city in CITIES])
CITY_LONGITUDE: Final = np.array([city[3] for city in CITIES])
CITY_SHARE: Final = np.array([city[4] for city in CITIES]) / sum(city[4] for city in CITIES)


def distance_km(latitude_1: Floats, longitude_1: Floats, latitude_2: Floats, longitude_2: Floats) -> Floats:
    """Return great-circle distances in kilometres by the haversine formula; degrees, broadcasting.

    Examples
    --------
    >>> round(float(distance_km(*(np.array(x) for x in (-23.5505, -46.6333, -22.9068, -43.1729)))))
    361
    """
    phi_1, phi_2 = np.radians(latitude_1), np.radians(latitude_2)
    half_phi, half_lambda = (phi_2 - phi_1) / 2, np.radians(longitude_2 - longitude_1) / 2
    chord = np.sin(half_phi) ** 2 + np.cos(phi_1) * np.cos(phi_2) * np.sin(half_lambda) ** 2
    result: Floats = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(chord, 1.0)))
    return result


CITY_DISTANCE_KM: Final = distance_km(CITY_LATITUDE[:, None], CITY_LONGITUDE[:, None], CITY_LATITUDE, CITY_LONGITUDE)


class Stores:
    """The stores of a seed: where they stand and what they sell.

    Attributes
    ----------
    city : array of int
        Index into `CITIES`, or `ONLINE_CITY`. Physical stores come first, `STORES_PER_CITY` in each city.
    latitude, longitude : array of float
        Degrees, six decimals; not a number for online stores.
    category : array of int
        Index into `CATEGORIES`.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        city = np.repeat(np.arange(len(CITIES)), STORES_PER_CITY)
        away_km = np.minimum(rng.rayleigh(4.0, PHYSICAL_STORES), 12.0)
        bearing = rng.uniform(0, 2 * np.pi, PHYSICAL_STORES)
        north = np.degrees(away_km * np.cos(bearing) / EARTH_RADIUS_KM)
        east = np.degrees(away_km * np.sin(bearing) / EARTH_RADIUS_KM) / np.cos(np.radians(CITY_LATITUDE[city]))
        nowhere = np.full(ONLINE_STORES, np.nan)
        self.city: Integers = np.concatenate([city, np.full(ONLINE_STORES, ONLINE_CITY)])
        self.latitude: Floats = np.concatenate([np.round(CITY_LATITUDE[city] + north, 6), nowhere])
        self.longitude: Floats = np.concatenate([np.round(CITY_LONGITUDE[city] + east, 6), nowhere])
        self.category: Integers = rng.integers(0, len(CATEGORIES), STORES)


def store_ids() -> list[str]:
    """Return the ids of all stores, by index.

    Examples
    --------
    >>> store_ids()[16]
    'store-017'
    """
    return [f"store-{number:03d}" for number in range(1, STORES + 1)]


def customer_id(index: int) -> str:
    """Return the id of a customer, by index.

    Examples
    --------
    >>> customer_id(122)
    'cust-000123'
    """
    return f"cust-{index + 1:06d}"
