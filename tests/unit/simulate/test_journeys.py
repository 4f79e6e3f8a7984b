"""Nobody is in two cities at once, and nobody flies faster than an airliner."""

from collections import defaultdict

import msgspec
import numpy as np
import pytest

from streamflow.contracts.transaction import Transaction
from streamflow.simulate import FraudRatios, Plan, batches, traffic
from streamflow.simulate.geography import CITIES, CITY_DISTANCE_KM, distance_km
from streamflow.simulate.itinerary import UNDER_WAY, travel_ms
from streamflow.simulate.plan import HOUR_MS
from streamflow.simulate.stream import SLICE_EVENTS
from streamflow.simulate.world import World

FASTEST_KM_PER_HOUR = 700.0
NO_FRAUD = FraudRatios(**dict.fromkeys(FraudRatios().__dataclass_fields__, 0.0))


def _sightings(plan: Plan) -> dict[str, list[tuple[int, float, float]]]:
    """Return time and place of every honest payment in a store, by customer."""
    seen: dict[str, list[tuple[int, float, float]]] = defaultdict(list)
    for event in traffic(plan):
        assert event.value is not None
        payment = msgspec.json.decode(event.value, type=Transaction)
        if payment.latitude is not None and payment.longitude is not None:
            seen[payment.customer_id].append((event.timestamp_ms, payment.latitude, payment.longitude))
    return seen


@pytest.mark.parametrize(
    "plan",
    [
        Plan(events=60_000, customers=800, days=60, seed=1, fraud=NO_FRAUD),
        Plan(events=60_000, customers=300, days=8, seed=2, fraud=NO_FRAUD),
        Plan(events=50_000, customers=100, days=1, seed=3, fraud=NO_FRAUD),
    ],
    ids=["two months", "busy week", "crowded day"],
)
def test_no_honest_journey_is_faster_than_an_airliner(plan: Plan) -> None:
    assert plan.events > SLICE_EVENTS, "journeys must be checked across slices"
    fastest, far_journeys = 0.0, 0
    for places in _sightings(plan).values():
        table = np.array(places)
        hours = np.diff(table[:, 0]) / HOUR_MS
        distance = distance_km(table[:-1, 1], table[:-1, 2], table[1:, 1], table[1:, 2])
        assert (distance[hours == 0] == 0).all()
        moving = distance > 0
        fastest = max(fastest, float((distance[moving] / hours[moving]).max(initial=0)))
        far_journeys += int((distance > 100).sum())
    assert fastest < FASTEST_KM_PER_HOUR
    assert far_journeys > 0 or plan.days == 1, "people must travel"


def test_a_customer_pays_online_only_while_under_way() -> None:
    plan = Plan(events=50_000, customers=500, days=60, seed=4, fraud=NO_FRAUD)
    itinerary = World(plan).itinerary
    customers, times, in_store = [], [], []
    for batch in batches(plan):
        columns = batch.columns()
        customers += [int(name[-6:]) - 1 for name in columns.customer_id]
        times += batch.timestamps_ms()
        in_store += [latitude is not None for latitude in columns.latitude]
    under_way = itinerary.city_at(np.array(customers), np.array(times)) == UNDER_WAY
    assert under_way.any()
    assert not (under_way & np.array(in_store)).any()


def test_every_journey_leaves_time_for_the_airport() -> None:
    for origin in range(len(CITIES)):
        for destination in range(len(CITIES)):
            if origin != destination:
                hours = float(travel_ms(np.array([origin]), np.array([destination]))[0]) / HOUR_MS
                assert CITY_DISTANCE_KM[origin, destination] / hours < FASTEST_KM_PER_HOUR
