"""What stands before the first payment: stores, customers, journeys, and who gets breached."""

from typing import Final

import numpy as np
import numpy.typing as npt

from streamflow.simulate.geography import HONEST_ONLINE_STORES, PHYSICAL_STORES, Integers, Stores
from streamflow.simulate.itinerary import Itinerary
from streamflow.simulate.plan import DAY_MS, Plan
from streamflow.simulate.population import Population

_STORES, _POPULATION, _ITINERARY, _BREACHES, _SLICE, REFERENCE = range(6)
_DAYS_PER_BREACH: Final = 7
_BREACHES_AT_ONCE: Final = 4


def generator(seed: int, part: int, number: int = 0) -> np.random.Generator:
    """Return the random numbers of one part of the world: independent of all others, equal for equal arguments."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(part, number))))


class World:
    """Stores, customers and journeys of a plan.

    Attributes
    ----------
    stores, population, itinerary
        See their classes.
    breached : array of int
        For each period of a week, the stores that are compromised: one row a period.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.stores = Stores(generator(plan.seed, _STORES))
        self.population = Population(generator(plan.seed, _POPULATION), plan.customers)
        self.itinerary = Itinerary(generator(plan.seed, _ITINERARY), plan, self.population)
        periods = int((plan.end_ms - plan.start_ms) // (_DAYS_PER_BREACH * DAY_MS)) + 1
        rng = generator(plan.seed, _BREACHES)
        self.breached: Integers = rng.integers(0, PHYSICAL_STORES + HONEST_ONLINE_STORES, (periods, _BREACHES_AT_ONCE))

    def slice_generator(self, number: int) -> np.random.Generator:
        """Return the random numbers of a slice of time."""
        return generator(self.plan.seed, _SLICE, number)

    def is_breached(self, store: Integers, time_ms: Integers) -> npt.NDArray[np.bool_]:
        """Tell which payments are made in a store while it is compromised."""
        period = (time_ms - self.plan.start_ms) // (_DAYS_PER_BREACH * DAY_MS)
        result: npt.NDArray[np.bool_] = (self.breached[period] == store[:, None]).any(axis=1)
        return result

    def breached_online_store(self, time_ms: Integers) -> Integers:
        """Return an online store to use for each time where no compromised store has customers."""
        period = (time_ms - self.plan.start_ms) // (_DAYS_PER_BREACH * DAY_MS)
        result: Integers = PHYSICAL_STORES + self.breached[period, 0] % HONEST_ONLINE_STORES
        return result
