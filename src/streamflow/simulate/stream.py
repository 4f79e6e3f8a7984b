"""From a plan to records in the order in which they arrive.

The history is cut into slices of equal time, about `SLICE_EVENTS` records each, and each slice draws from random numbers of its
own. So memory stays bounded however long the history is. The other way, to draw each customer's life whole and merge millions of
them, would need all of them at once or an external sort. What keeps the slices consistent is small: the journeys of all customers
are drawn beforehand (`itinerary`), and a slice hands on who is still in which store, which frauds go on after it, and which records
arrive after it. The cut depends on the plan alone, so the size of the batches that a caller asks for changes no byte.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import numpy as np

from streamflow.simulate.disorder import Disorder
from streamflow.simulate.fraud import FraudScenarios
from streamflow.simulate.geography import Integers
from streamflow.simulate.honest import HonestPayments, slice_weights
from streamflow.simulate.plan import DAY_MS, Plan
from streamflow.simulate.rows import Rows, in_order, make_rows
from streamflow.simulate.world import World

SLICE_EVENTS: Final = 20_000
_SETTLED: Final = 2.0
_FOREVER: Final = 2**62


def slices(world: World) -> Iterator[Rows]:
    """Yield the rows of each slice of time, in the order of their arrival."""
    plan = world.plan
    honest_payments, frauds, disorder = HonestPayments(world), FraudScenarios(world), Disorder(plan)
    edges_ms, cumulated = _cut(world)
    pending, number = make_rows(0), 0
    for index, (start_ms, end_ms) in enumerate(pairwise(edges_ms)):
        rng = world.slice_generator(index)
        done = cumulated[index + 1]
        lengths = frauds.episodes(rng, done)
        repeats, malformed = disorder.due(done)
        size = done - cumulated[index] - repeats - sum(int(each.sum()) for each in lengths.values())
        honest = honest_payments.draw(rng, start_ms, end_ms, max(size, 0))
        fraud = frauds.draw(rng, lengths, honest, start_ms)
        rows = np.concatenate([pending, honest, fraud])
        last = index == len(edges_ms) - 2
        now = rows["event_ms"] < (_FOREVER if last else end_ms)
        pending = rows[~now]
        rows = in_order(rows[now], "event_ms")
        rows["number"] = np.arange(number, number + len(rows))
        number += len(rows)
        rows["known_ms"] = rows["event_ms"] + _label_delay_ms(rng, plan, rows)
        yield disorder.apply(rng, rows, repeats, malformed, _FOREVER if last else end_ms)


def _cut(world: World) -> tuple[list[int], list[int]]:
    """Return the edges of the slices, and how many records lie before each edge."""
    plan = world.plan
    count = max(1, -(-plan.events // SLICE_EVENTS))
    edges_ms = [plan.start_ms + (plan.end_ms - plan.start_ms) * index // count for index in range(count + 1)]
    activity = world.population.rhythm_activity()
    weights = [float(slice_weights(start, end, activity).sum()) for start, end in pairwise(edges_ms)]
    shares = np.cumsum([0.0, *weights]) / sum(weights)
    cumulated = [round(plan.events * float(share)) for share in shares]
    return edges_ms, cumulated


def _label_delay_ms(rng: np.random.Generator, plan: Plan, rows: Rows) -> Integers:
    settled = _SETTLED * plan.label_delay_days
    noticed = np.minimum(plan.label_delay_days * rng.lognormal(-0.18, 0.6, len(rows)), settled)
    result: Integers = (np.where(rows["scenario"] > 0, noticed, settled) * DAY_MS).astype(np.int64)
    return result
