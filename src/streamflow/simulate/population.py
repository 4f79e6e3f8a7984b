"""Who pays: customers with a home, a rhythm, means and ways of paying."""

from typing import Final

import numpy as np

from streamflow.simulate.geography import CITY_SHARE, Floats, Integers

PAYMENT_METHODS: Final = ("credit_card", "debit_card", "pix", "wallet", "boleto")
_METHOD_SHARE: Final = (0.42, 0.2, 0.24, 0.08, 0.06)
CREDIT_CARD: Final = 0
PIX: Final = 2
BOLETO: Final = 4
SEGMENTS: Final = ("basic", "plus", "premium")

RHYTHMS: Final = 48
"""Customers are sorted into half hours of their favourite time of day."""
RHYTHM_SPREAD_HOURS: Final = 2.6
RHYTHM_FLOOR: Final = 0.03
"""Share of payments that fall at any hour whatever."""
LOCAL_TIME_OFFSET_HOURS: Final = 3
"""All clocks are taken as Brasilia time, UTC-3."""
AMOUNT_SIGMA: Final = 0.45
"""Spread of one customer's log amounts."""

_FAVOURITE_HOURS: Final = np.array([9.5, 13.0, 19.0])
_FAVOURITE_SHARE: Final = (0.25, 0.35, 0.40)


class Population:
    """The customers of a seed, one entry each in every array.

    Attributes
    ----------
    home_city : array of int
        Home at the beginning; see `Itinerary` for removals.
    rhythm : array of int
        Half hour of the day (UTC) around which the customer pays.
    median_cents : array of float
        Median of the customer's amounts, in centavos.
    online_share : array of float
        Share of payments made online.
    method, second_method : array of int
        Index into `PAYMENT_METHODS`.
    segment : array of int
        Index into `SEGMENTS`.
    by_rhythm : array of int
        The honest customers, sorted by rhythm; `rhythm_edges` says where each rhythm begins.
    activity_edges : array of float
        Cumulated activity over `by_rhythm`, first 0.
    listed : int
        Index of the first customer that stands on the blocklist; these and all later ones are fraudsters.
    """

    def __init__(self, rng: np.random.Generator, customers: int) -> None:
        self.size = customers
        self.listed = first_listed(customers)
        self.home_city: Integers = rng.choice(len(CITY_SHARE), customers, p=CITY_SHARE)
        favourite = _FAVOURITE_HOURS[rng.choice(len(_FAVOURITE_HOURS), customers, p=_FAVOURITE_SHARE)] + rng.normal(0, 1.3, customers)
        self.rhythm: Integers = ((favourite + LOCAL_TIME_OFFSET_HOURS) % 24 * 2).astype(np.int64) % RHYTHMS
        self.median_cents: Floats = 9_000.0 * np.exp(rng.normal(0, 0.7, customers))
        self.online_share: Floats = rng.beta(1.6, 3.0, customers)
        self.method: Integers = rng.choice(len(PAYMENT_METHODS), customers, p=_METHOD_SHARE)
        self.second_method: Integers = rng.choice(len(PAYMENT_METHODS), customers, p=_METHOD_SHARE)
        self.segment: Integers = (self.median_cents[:, None] >= np.array([9_000, 18_000])).sum(axis=1)
        activity = rng.gamma(2.0, 0.5, customers) + 0.15
        self.by_rhythm: Integers = np.argsort(self.rhythm[: self.listed], kind="stable")
        self.rhythm_edges: Integers = np.searchsorted(self.rhythm[self.by_rhythm], np.arange(RHYTHMS + 1))
        self.activity_edges: Floats = np.concatenate([[0.0], np.cumsum(activity[self.by_rhythm])])

    def rhythm_activity(self) -> Floats:
        """Return the summed activity of each rhythm's customers."""
        return np.diff(self.activity_edges[self.rhythm_edges])

    def draw(self, rng: np.random.Generator, rhythm: Integers) -> Integers:
        """Draw one honest customer of each given rhythm, by activity."""
        low = self.activity_edges[self.rhythm_edges[rhythm]]
        high = self.activity_edges[self.rhythm_edges[rhythm + 1]]
        place: Integers = np.searchsorted(self.activity_edges, low + rng.random(len(rhythm)) * (high - low), side="right") - 1
        # Rounding may carry a draw over the edge of its rhythm.
        place = np.clip(place, self.rhythm_edges[rhythm], self.rhythm_edges[rhythm + 1] - 1)
        result: Integers = self.by_rhythm[place]
        return result

    def amounts_cents(self, rng: np.random.Generator, customer: Integers, factor: Floats | float = 1.0) -> Integers:
        """Draw an amount of each customer, log-normal around the personal median; at least one real."""
        exact = self.median_cents[customer] * np.exp(AMOUNT_SIGMA * rng.standard_normal(len(customer))) * factor
        cents = np.maximum(exact, 100).astype(np.int64)
        # Shops like prices that end in .90 or .99.
        style = rng.random(len(customer))
        reais = cents - cents % 100
        result: Integers = np.where(style < 0.35, reais + 90, np.where(style < 0.45, reais + 99, cents))
        return result


def first_listed(customers: int) -> int:
    """Return the index of the first customer on the blocklist: one in 500, at least one, always the last ones."""
    return customers - max(1, customers // 500)


def rhythm_density(hour_utc: Floats) -> Floats:
    """Return how much each rhythm pays at each hour: one row an hour, one column a rhythm, mean 1 over the day.

    A wrapped normal distribution with a small uniform floor; rows are hours 0 <= hour < 24.
    """
    centre = (np.arange(RHYTHMS) + 0.5) / 2
    away = (hour_utc[:, None] - centre + 12) % 24 - 12
    turns = sum(np.exp(-0.5 * ((away + turn) / RHYTHM_SPREAD_HOURS) ** 2) for turn in (-24, 0, 24))
    peak = turns * 24 / (RHYTHM_SPREAD_HOURS * np.sqrt(2 * np.pi))
    result: Floats = (1 - RHYTHM_FLOOR) * peak + RHYTHM_FLOOR
    return result
