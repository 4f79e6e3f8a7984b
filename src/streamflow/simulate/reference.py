"""What a shop knows about its customers and stores: with their changes over time, and who stands on the blocklist."""

from pathlib import Path
from typing import Any, Final, Literal

import msgspec
import numpy as np

from streamflow.contracts.control import ListEntry, ListsDocument
from streamflow.simulate.encode import iso_text
from streamflow.simulate.geography import CATEGORIES, CITIES, LISTED_STORES, ONLINE_CITY, STORES, customer_id, store_ids
from streamflow.simulate.plan import DAY_MS, Plan
from streamflow.simulate.population import SEGMENTS, first_listed
from streamflow.simulate.tables import Table, write_table
from streamflow.simulate.world import REFERENCE, World, generator

LISTS_FILE: Final = "lists.json"
_PROMOTED_PER_DAY: Final = 0.001
_REFITTED_PER_DAY: Final = 0.002
_LONGEST_MEMBERSHIP_DAYS: Final = 1500

Format = Literal["csv", "parquet"]


def write_reference(plan: Plan, folder: Path, file_format: Format = "csv") -> dict[str, int]:
    """Write `customers`, `stores` and `lists.json` into a folder; return how many rows each has.

    A row of customers or stores holds from `valid_from` until just before `valid_to`; the newest row of each has no `valid_to`.
    """
    world = World(plan)
    rng = generator(plan.seed, REFERENCE)
    customers, stores, lists = _customers(world, rng), _stores(world, rng), blocklists(plan)
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in (("customers", customers), ("stores", stores)):
        write_table(folder / f"{name}.{file_format}", table)
    (folder / LISTS_FILE).write_bytes(msgspec.json.format(msgspec.json.encode(lists), indent=2) + b"\n")
    return {
        "customers": len(customers["customer_id"]),
        "stores": len(stores["store_id"]),
        "listed": len(lists.customers) + len(lists.stores),
    }


def blocklists(plan: Plan) -> ListsDocument:
    """Return the customers and stores that the frauds `listed_customer` and `listed_store` use.

    Examples
    --------
    >>> [entry.id for entry in blocklists(Plan(customers=1000)).customers]
    ['cust-000999', 'cust-001000']
    """
    listed_from = first_listed(plan.customers)
    customers = (ListEntry(customer_id(index), reason="simulated: known fraudster") for index in range(listed_from, plan.customers))
    stores = (ListEntry(name, reason="simulated: fraudulent shop") for name in store_ids()[STORES - LISTED_STORES :])
    return ListsDocument(version=1, customers=tuple(customers), stores=tuple(stores))


def _customers(world: World, rng: np.random.Generator) -> Table:
    plan, population, journeys = world.plan, world.population, world.itinerary
    # Members since some day before the history begins; the members' number is the order in which they came.
    joined_ms = np.sort(plan.start_ms - rng.integers(1, _LONGEST_MEMBERSHIP_DAYS, population.size) * DAY_MS)
    promoted_ms = _change_times(rng, world, population.size, _PROMOTED_PER_DAY)
    moves = {
        int(customer): (int(time_ms), int(city))
        for customer, time_ms, city in zip(journeys.moved_customer, journeys.moved_ms, journeys.moved_city, strict=True)
    }
    rows = _History(("customer_id", "home_city", "state", "segment"))
    for index in range(population.size):
        city, segment = int(population.home_city[index]), int(population.segment[index])
        changes: list[tuple[int, int, int]] = []
        if index in moves:
            changes.append((*moves[index], 0))
        if index in promoted_ms and segment + 1 < len(SEGMENTS):
            changes.append((promoted_ms[index], city, 1))
        versions = [(int(joined_ms[index]), (CITIES[city][0], CITIES[city][1], SEGMENTS[segment]))]
        for time_ms, new_city, promotion in sorted(changes):
            city, segment = (city, segment + 1) if promotion else (new_city, segment)
            versions.append((time_ms, (CITIES[city][0], CITIES[city][1], SEGMENTS[segment])))
        rows.add(customer_id(index), versions)
    return rows.table


def _stores(world: World, rng: np.random.Generator) -> Table:
    stores, start_ms = world.stores, world.plan.start_ms
    opened_ms = start_ms - rng.integers(100, 4000, STORES) * DAY_MS
    refitted_ms = _change_times(rng, world, STORES, _REFITTED_PER_DAY)
    rows = _History(("store_id", "channel", "city", "state", "latitude", "longitude", "category", "terminal"))
    for index, name in enumerate(store_ids()):
        city = int(stores.city[index])
        online = city == ONLINE_CITY
        place: tuple[Any, ...] = (
            ("online", None, None, None, None)
            if online
            else ("store", CITIES[city][0], CITIES[city][1], float(stores.latitude[index]), float(stores.longitude[index]))
        )
        terminal = "gateway" if online else "chip"
        facts = (*place, CATEGORIES[int(stores.category[index])])
        versions = [(int(opened_ms[index]), (*facts, terminal))]
        if index in refitted_ms:
            versions.append((refitted_ms[index], (*facts, "tokenised gateway" if online else "contactless")))
        rows.add(name, versions)
    return rows.table


class _History:
    """Collects the versions of things as a slowly changing dimension of type 2."""

    def __init__(self, columns: tuple[str, ...]) -> None:
        self.table: Table = {name: [] for name in (*columns, "valid_from", "valid_to")}

    def add(self, name: str, versions: list[tuple[int, tuple[Any, ...]]]) -> None:
        ends: list[str | None] = [*(iso_text(time_ms) for time_ms, _ in versions[1:]), None]
        for (time_ms, facts), end in zip(versions, ends, strict=True):
            for column, value in zip(self.table.values(), (name, *facts, iso_text(time_ms), end), strict=True):
                column.append(value)


def _change_times(rng: np.random.Generator, world: World, size: int, per_day: float) -> dict[int, int]:
    """Draw who changes in the history, and when; the same for whoever is asked first."""
    plan = world.plan
    changed = np.flatnonzero(rng.random(size) < -np.expm1(-per_day * plan.days))
    times_ms = rng.integers(plan.start_ms, plan.end_ms, len(changed))
    return dict(zip(changed.tolist(), times_ms.tolist(), strict=True))
