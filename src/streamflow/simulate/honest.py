"""Honest payments of one slice of time."""

from typing import Final

import numpy as np

from streamflow.simulate.geography import CATEGORIES, HONEST_ONLINE_STORES, PHYSICAL_STORES, STORES_PER_CITY, Floats, Integers
from streamflow.simulate.itinerary import UNDER_WAY
from streamflow.simulate.plan import DAY_MS, HOUR_MS, MINUTE_MS
from streamflow.simulate.population import BOLETO, PIX, RHYTHMS, rhythm_density
from streamflow.simulate.rows import Rows, draw_products, in_order, make_rows
from streamflow.simulate.world import World

BIN_MS: Final = 15 * MINUTE_MS
VISIT_MS: Final = 45 * MINUTE_MS
"""Payments closer together than this are made in one store: nobody crosses a city faster."""
_SECOND_PAYMENT_SHARE: Final = 0.07
_WEEKDAY: Final = np.array([0.94, 0.92, 0.95, 1.0, 1.14, 1.22, 0.83])
"""Monday to Sunday."""
_EPOCH_WEEKDAY: Final = 3
_FAVOURITE_STORE: Final = (0.5, 0.75, 0.9)
"""Cumulated shares of the favourite, the second and the third store; the rest goes anywhere."""
_HABIT_STEP: Final = 7


def slice_weights(start_ms: int, end_ms: int, activity: Floats) -> Floats:
    """Return how many payments to expect, up to a factor, in each bin of a slice (rows) by each rhythm (columns)."""
    middle = _bin_edges(start_ms, end_ms)
    middle = (middle[:-1] + middle[1:]) / 2
    weekday = ((middle // DAY_MS).astype(np.int64) + _EPOCH_WEEKDAY) % 7
    result: Floats = rhythm_density(middle % DAY_MS / HOUR_MS) * activity * (_WEEKDAY[weekday] * (end_ms - start_ms) / len(middle))[:, None]
    return result


def _bin_edges(start_ms: int, end_ms: int) -> Floats:
    return np.linspace(start_ms, end_ms, max(1, round((end_ms - start_ms) / BIN_MS)) + 1)


class HonestPayments:
    """Draws the honest payments slice by slice, and remembers who is still in a store when a slice ends."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._activity = world.population.rhythm_activity()
        self._last_ms = np.full(world.population.size, -(2**62))
        self._last_store = np.zeros(world.population.size, np.int16)

    def draw(self, rng: np.random.Generator, start_ms: int, end_ms: int, size: int) -> Rows:
        """Return `size` payments in the order of their event time."""
        population = self._world.population
        singles = size - int(size * _SECOND_PAYMENT_SHARE)
        edges = np.cumsum(slice_weights(start_ms, end_ms, self._activity).ravel())
        cell = np.searchsorted(edges, rng.random(singles) * edges[-1], side="right")
        bin_edges = _bin_edges(start_ms, end_ms)
        width = bin_edges[1] - bin_edges[0]
        time_ms = (bin_edges[cell // RHYTHMS] + rng.random(singles) * width).astype(np.int64)
        customer = population.draw(rng, cell % RHYTHMS)
        if size > singles:
            # Now and then somebody pays twice in a row; a payment that would leave the slice comes before instead.
            first = rng.integers(0, singles, size - singles)
            later = time_ms[first] + rng.integers(MINUTE_MS, 20 * MINUTE_MS, size - singles)
            later = np.where(later < end_ms, later, 2 * time_ms[first] - later)
            time_ms = np.concatenate([time_ms, np.maximum(later, start_ms)])
            customer = np.concatenate([customer, customer[first]])
        rows = in_order(make_rows(size, event_ms=np.clip(time_ms, start_ms, end_ms - 1), customer=customer), "event_ms")
        self._place(rng, rows)
        return rows

    def _place(self, rng: np.random.Generator, rows: Rows) -> None:
        population, size = self._world.population, len(rows)
        customer = rows["customer"].astype(np.int64)
        city = self._world.itinerary.city_at(customer, rows["event_ms"])
        online = (city == UNDER_WAY) | (rng.random(size) < population.online_share[customer])
        store = np.where(online, draw_online_stores(rng, size), draw_city_stores(rng, customer, city))
        self._stay_in_store(rows, np.flatnonzero(~online), store)
        rows["store"] = store
        rows["product"] = draw_products(rng, self._world.stores.category[store] % len(CATEGORIES))
        method = np.where(rng.random(size) < 0.82, population.method[customer], population.second_method[customer])
        rows["method"] = np.where((method == BOLETO) & ~online, PIX, method)
        rows["cents"] = population.amounts_cents(rng, customer)

    def _stay_in_store(self, rows: Rows, in_store: Integers, store: Integers) -> None:
        """Give payments that follow each other closely the store of the first of them."""
        if not len(in_store):
            return
        chosen = in_store[np.argsort(rows["customer"][in_store], kind="stable")]
        customer, time_ms = rows["customer"][chosen], rows["event_ms"][chosen]
        first = np.append(True, customer[1:] != customer[:-1])
        before_ms = np.where(first, self._last_ms[customer], np.append(0, time_ms[:-1]))
        stays = time_ms - before_ms < VISIT_MS
        # A visit that began in the slice before goes on in its store.
        carried = first & stays
        store[chosen[carried]] = self._last_store[customer[carried]]
        visit = np.maximum.accumulate(np.where(~stays | first, np.arange(len(chosen)), 0))
        store[chosen] = store[chosen[visit]]
        last = np.append(first[1:], True)
        self._last_ms[customer[last]] = time_ms[last]
        self._last_store[customer[last]] = store[chosen[last]]


def draw_online_stores(rng: np.random.Generator, size: int) -> Integers:
    """Draw honest online stores, the first ones most often."""
    return PHYSICAL_STORES + (HONEST_ONLINE_STORES * rng.random(size) ** 1.5).astype(np.int64)


def draw_city_stores(rng: np.random.Generator, customer: Integers, city: Integers) -> Integers:
    """Draw a store of each city: mostly one of the three that the customer keeps to there."""
    habit = np.digitize(rng.random(len(customer)), _FAVOURITE_STORE)
    favourite = (customer * 5 + city + habit * _HABIT_STEP) % STORES_PER_CITY
    anywhere = rng.integers(0, STORES_PER_CITY, len(customer))
    result: Integers = np.maximum(city, 0) * STORES_PER_CITY + np.where(habit < len(_FAVOURITE_STORE), favourite, anywhere)
    return result
