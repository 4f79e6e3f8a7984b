"""The fraud scenarios: who is hit, when, where and for how much.

Every fraud hangs on an honest payment of its slice (the anchor), whose customer it hits, so that frauds follow the customers' activity and
place. Part of it may lie after the slice; `Stream` keeps that until its time comes.
"""

from typing import Final

import numpy as np

from streamflow.simulate.geography import (
    CATEGORIES,
    CITY_DISTANCE_KM,
    FAR_KM,
    HONEST_ONLINE_STORES,
    LISTED_STORES,
    PHYSICAL_STORES,
    STORES_PER_CITY,
    Floats,
    Integers,
)
from streamflow.simulate.honest import draw_city_stores, draw_online_stores
from streamflow.simulate.plan import DAY_MS, HOUR_MS, MINUTE_MS, SCENARIOS
from streamflow.simulate.population import CREDIT_CARD, PIX
from streamflow.simulate.rows import Rows, draw_products, make_rows
from streamflow.simulate.world import World

BURST: Final = (10, 26)
"""Payments of a card-testing burst, least and one more than most."""
TAKEOVER: Final = (3, 8)
BURST_MS: Final = 9 * MINUTE_MS
_FAR: Final = [np.flatnonzero(row >= FAR_KM) for row in CITY_DISTANCE_KM]
_SINGLE: Final = (1, 2)
_LENGTHS: Final = {"card_testing": BURST, "account_takeover": TAKEOVER}


class FraudScenarios:
    """Draws the frauds slice by slice and keeps every scenario at its ratio."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._done = dict.fromkeys(SCENARIOS[1:], 0)

    def episodes(self, rng: np.random.Generator, events_so_far: int) -> dict[str, Integers]:
        """Return the lengths of each scenario's episodes in a slice, so that after `events_so_far` records its ratio is met.

        An episode that does not fit yet waits for a later slice.
        """
        lengths: dict[str, Integers] = {}
        for name in SCENARIOS[1:]:
            least, most = _LENGTHS.get(name, _SINGLE)
            due = int(events_so_far * getattr(self._world.plan.fraud, name)) - self._done[name]
            drawn = rng.integers(least, most, max(due, 0) // least + 1)
            lengths[name] = drawn[np.cumsum(drawn) <= due]
            self._done[name] += int(lengths[name].sum())
        return lengths

    def draw(self, rng: np.random.Generator, lengths: dict[str, Integers], honest: Rows, start_ms: int) -> Rows:
        """Return the frauds that begin in a slice, in no order; none lies before the slice or after the plan's end."""
        parts = [make_rows(0)]
        for code, name in enumerate(SCENARIOS[1:], 1):
            if len(lengths[name]) and len(honest):
                rows = getattr(self, f"_{name}")(rng, honest, lengths[name])
                rows["scenario"] = code
                rows["product"] = draw_products(rng, self._world.stores.category[rows["store"]] % len(CATEGORIES))
                parts.append(rows)
        rows = np.concatenate(parts)
        rows["event_ms"] = np.maximum(self._before_end(rows["event_ms"]), start_ms)
        return rows

    def _card_testing(self, rng: np.random.Generator, honest: Rows, lengths: Integers) -> Rows:
        """Try a stolen card number: many small amounts within ten minutes, one online store."""
        anchor = _anchors(rng, honest, len(lengths))
        begin = self._before_end(_delayed(rng, anchor["event_ms"], 3 * HOUR_MS))
        episode = np.repeat(np.arange(len(lengths)), lengths)
        size = len(episode)
        span_ms = np.minimum(BURST_MS, self._world.plan.end_ms - begin)
        return make_rows(
            size,
            event_ms=begin[episode] + (rng.random(size) * span_ms[episode]).astype(np.int64),
            customer=anchor["customer"][episode],
            store=draw_online_stores(rng, len(lengths))[episode],
            method=CREDIT_CARD,
            cents=rng.integers(100, 1500, size),
        )

    def _high_value(self, rng: np.random.Generator, honest: Rows, lengths: Integers) -> Rows:
        """Spend far more than the customer ever does, online or in the customer's city."""
        return self._purchase(rng, _anchors(rng, honest, len(lengths)), factor=_log_uniform(rng, 3.0, 14.0, len(lengths)), online_share=0.6)

    def _impossible_travel(self, rng: np.random.Generator, honest: Rows, lengths: Integers) -> Rows:
        """Use a copied card in another city, minutes after the customer paid at home."""
        in_store = honest[honest["store"] < PHYSICAL_STORES]
        anchor = _anchors(rng, in_store if len(in_store) else honest, len(lengths))
        here = np.minimum(anchor["store"] // STORES_PER_CITY, len(_FAR) - 1)
        there = np.array([rng.choice(_FAR[city]) for city in here], np.int64)
        rows = self._purchase(rng, anchor, factor=_log_uniform(rng, 0.5, 2.0, len(anchor)), online_share=0.0)
        rows["store"] = there * STORES_PER_CITY + rng.integers(0, STORES_PER_CITY, len(anchor))
        rows["event_ms"] = anchor["event_ms"] + rng.integers(4 * MINUTE_MS, 45 * MINUTE_MS, len(anchor))
        return rows

    def _unusual_hour(self, rng: np.random.Generator, honest: Rows, lengths: Integers) -> Rows:
        """Pay online when the customer is asleep."""
        anchor = _anchors(rng, honest, len(lengths))
        rows = self._purchase(rng, anchor, factor=_log_uniform(rng, 0.8, 3.5, len(anchor)), online_share=1.0)
        peak_ms = self._world.population.rhythm[anchor["customer"]] * HOUR_MS // 2
        night_ms = peak_ms + 12 * HOUR_MS + rng.integers(-2 * HOUR_MS, 2 * HOUR_MS, len(anchor))
        wait_ms = (night_ms - anchor["event_ms"]) % DAY_MS
        # At the end of the history there may be no such hour left; then the fraud keeps its ordinary time.
        rows["event_ms"] = np.where(anchor["event_ms"] + wait_ms < self._world.plan.end_ms, anchor["event_ms"] + wait_ms, rows["event_ms"])
        return rows

    def _account_takeover(self, rng: np.random.Generator, honest: Rows, lengths: Integers) -> Rows:
        """Empty an account: several online purchases in some hours, growing, with a means of payment that is new to the customer."""
        anchor = _anchors(rng, honest, len(lengths))
        begin = self._before_end(_delayed(rng, anchor["event_ms"], 6 * HOUR_MS))
        span_ms = np.minimum(rng.integers(20 * MINUTE_MS, 3 * HOUR_MS, len(lengths)), self._world.plan.end_ms - begin)
        episode = np.repeat(np.arange(len(lengths)), lengths)
        size = len(episode)
        customer = anchor["customer"][episode].astype(np.int64)
        progress = rng.random(size)
        factor = _log_uniform(rng, 0.8, 3.0, size) * (1 + 2.0 * progress)
        usual = self._world.population.method[customer]
        return make_rows(
            size,
            event_ms=begin[episode] + (progress * span_ms[episode]).astype(np.int64),
            customer=customer,
            store=draw_online_stores(rng, size),
            method=np.where(usual == PIX, CREDIT_CARD, PIX),
            cents=self._world.population.amounts_cents(rng, customer, factor),
        )

    def _compromised_store(self, rng: np.random.Generator, honest: Rows, lengths: Integers) -> Rows:
        """Charge a card once more, soon after it paid at a store whose terminal was tampered with; amounts are ordinary."""
        breached = honest[self._world.is_breached(honest["store"].astype(np.int64), honest["event_ms"])]
        anchor = _anchors(rng, breached if len(breached) else honest, len(lengths))
        rows = self._purchase(rng, anchor, factor=_log_uniform(rng, 0.6, 2.5, len(anchor)), online_share=1.0)
        rows["event_ms"] = anchor["event_ms"] + rng.integers(2 * MINUTE_MS, 8 * HOUR_MS, len(anchor))
        rows["store"] = anchor["store"] if len(breached) else self._world.breached_online_store(anchor["event_ms"])
        return rows

    def _listed_customer(self, rng: np.random.Generator, honest: Rows, lengths: Integers) -> Rows:
        """Pay as a customer who is on the blocklist; nothing else is odd."""
        anchor = _anchors(rng, honest, len(lengths))
        population = self._world.population
        anchor["customer"] = rng.integers(population.listed, population.size, len(anchor))
        return self._purchase(rng, anchor, factor=np.ones(len(anchor)), online_share=0.5)

    def _listed_store(self, rng: np.random.Generator, honest: Rows, lengths: Integers) -> Rows:
        """Pay at an online store that is on the blocklist."""
        rows = self._purchase(rng, _anchors(rng, honest, len(lengths)), factor=_log_uniform(rng, 0.5, 2.0, len(lengths)), online_share=1.0)
        rows["store"] = PHYSICAL_STORES + HONEST_ONLINE_STORES + rng.integers(0, LISTED_STORES, len(lengths))
        return rows

    def _purchase(self, rng: np.random.Generator, anchor: Rows, *, factor: Floats, online_share: float) -> Rows:
        """Return one payment of each anchor's customer in the hour after it, where the customer is, or online."""
        size, customer = len(anchor), anchor["customer"].astype(np.int64)
        time_ms = self._before_end(_delayed(rng, anchor["event_ms"], HOUR_MS))
        city = self._world.itinerary.city_at(customer, time_ms)
        online = (city < 0) | (rng.random(size) < online_share)
        return make_rows(
            size,
            event_ms=time_ms,
            customer=customer,
            store=np.where(online, draw_online_stores(rng, size), draw_city_stores(rng, customer, city)),
            method=np.where(rng.random(size) < 0.7, CREDIT_CARD, self._world.population.second_method[customer]),
            cents=self._world.population.amounts_cents(rng, customer, factor),
        )

    def _before_end(self, time_ms: Integers) -> Integers:
        """Return the times, those after the plan's end mirrored at it."""
        end_ms, start_ms = self._world.plan.end_ms, self._world.plan.start_ms
        result: Integers = np.maximum(np.where(time_ms < end_ms, time_ms, 2 * end_ms - 1 - time_ms), start_ms)
        return result


def _anchors(rng: np.random.Generator, honest: Rows, size: int) -> Rows:
    rows: Rows = honest[rng.integers(0, len(honest), size)]
    return rows


def _delayed(rng: np.random.Generator, time_ms: Integers, most_ms: int) -> Integers:
    result: Integers = time_ms + rng.integers(MINUTE_MS, most_ms, len(time_ms))
    return result


def _log_uniform(rng: np.random.Generator, least: float, most: float, size: int) -> Floats:
    return np.exp(rng.uniform(np.log(least), np.log(most), size))
