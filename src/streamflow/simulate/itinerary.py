"""Where every customer is at any time: home, on a trip, under way, or moved for good.

All trips of the whole history are drawn at the start (some bytes a trip), so that any slice of time knows where its customers
are. Between two cities lies a flight at `FLIGHT_KM_PER_HOUR` and `AIRPORT_HOURS` on top, during which a customer pays online only:
no honest journey is faster than the flight.
"""

from typing import Final

import numpy as np

from streamflow.simulate.geography import CITY_DISTANCE_KM, CITY_SHARE, Integers
from streamflow.simulate.plan import DAY_MS, HOUR_MS, Plan
from streamflow.simulate.population import Population

FLIGHT_KM_PER_HOUR: Final = 700.0
AIRPORT_HOURS: Final = 2.5
UNDER_WAY: Final = -1
_TRIPS_PER_DAY: Final = 0.015
_REMOVALS_PER_DAY: Final = 0.0003
_REST_MS: Final = 12 * HOUR_MS


def travel_ms(origin: Integers, destination: Integers) -> Integers:
    """Return the time of a journey between cities, airports included."""
    hours = CITY_DISTANCE_KM[origin, destination] / FLIGHT_KM_PER_HOUR + AIRPORT_HOURS
    result: Integers = (hours * HOUR_MS).astype(np.int64)
    return result


class Itinerary:
    """Stays of every customer: in which city from when until when.

    Attributes
    ----------
    moved_customer, moved_ms, moved_city : array of int
        Customers who move house, when they leave, and where to.
    """

    def __init__(self, rng: np.random.Generator, plan: Plan, population: Population) -> None:
        self._start_ms = plan.start_ms
        self._span = plan.end_ms - plan.start_ms + 60 * DAY_MS
        size = population.size
        self.moved_customer: Integers = np.flatnonzero(rng.random(size) < -np.expm1(-_REMOVALS_PER_DAY * plan.days))
        self.moved_ms: Integers = plan.start_ms + rng.integers(0, plan.end_ms - plan.start_ms, len(self.moved_customer))
        self.moved_city: Integers = _another_city(rng, population.home_city[self.moved_customer])

        move_leaves = np.full(size, self._span)
        move_leaves[self.moved_customer] = self.moved_ms - self._start_ms
        new_home = population.home_city.copy()
        new_home[self.moved_customer] = self.moved_city

        wanderlust = rng.gamma(0.5, 2.0, size)
        traveller = np.repeat(np.arange(size), rng.poisson(np.minimum(wanderlust * _TRIPS_PER_DAY * plan.days, 100)))
        leaves = rng.integers(0, plan.end_ms - plan.start_ms, len(traveller))
        order = np.lexsort((leaves, traveller))
        leaves = leaves[order]
        home = np.where(leaves < move_leaves[traveller], population.home_city[traveller], new_home[traveller])
        city = _another_city(rng, home)
        way = travel_ms(home, city)
        stay = (np.clip(rng.lognormal(0.9, 0.6, len(traveller)), 0.5, 14) * DAY_MS).astype(np.int64)
        back = leaves + way + stay
        ends = back + way + _REST_MS
        # Trips of one customer never overlap, nor does a trip overlap a removal.
        base = traveller * self._span
        latest = np.maximum.accumulate(base + ends) if len(ends) else ends
        free = np.concatenate([np.ones(min(1, len(ends)), bool), base[1:] + leaves[1:] > latest[:-1]])
        free &= (ends < move_leaves[traveller]) | (leaves > move_leaves[traveller] + _REST_MS)
        traveller, leaves, back, home, city, way = (column[free] for column in (traveller, leaves, back, home, city, way))

        mover, mover_leaves = self.moved_customer, self.moved_ms - self._start_ms
        mover_arrives = mover_leaves + travel_ms(population.home_city[mover], self.moved_city)
        customer = np.concatenate([np.arange(size), traveller, traveller, mover])
        arrives = np.concatenate([np.zeros(size, np.int64), leaves + way, back + way, mover_arrives])
        departs = np.concatenate([np.zeros(size, np.int64), leaves, back, mover_leaves])
        cities = np.concatenate([population.home_city, city, home, self.moved_city])
        key = customer * self._span + arrives
        order = np.argsort(key, kind="stable")
        self._key: Integers = key[order]
        self._city: Integers = cities[order]
        next_departs = np.append(departs[order][1:], self._span)
        last_stay = np.append(customer[order][1:] != customer[order][:-1], True)
        self._until: Integers = np.where(last_stay, self._span, next_departs)

    def city_at(self, customer: Integers, time_ms: Integers) -> Integers:
        """Return each customer's city at each time, or `UNDER_WAY`."""
        relative = time_ms - self._start_ms
        stay = np.searchsorted(self._key, customer * self._span + relative, side="right") - 1
        result: Integers = np.where(relative < self._until[stay], self._city[stay], UNDER_WAY)
        return result


def _another_city(rng: np.random.Generator, city: Integers) -> Integers:
    share = np.tile(CITY_SHARE, (len(CITY_SHARE), 1))
    np.fill_diagonal(share, 0.0)
    edges = np.cumsum(share / share.sum(axis=1, keepdims=True), axis=1)
    edges[:, -1] = 1.0
    drawn = (rng.random(len(city))[:, None] > edges[city]).sum(axis=1)
    # A drawn zero or an edge hit exactly would name the own city.
    result: Integers = np.where(drawn == city, (drawn + 1) % len(CITY_SHARE), drawn)
    return result
