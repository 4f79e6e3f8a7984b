"""What goes wrong on the way: records that arrive late, twice, or spoilt."""

from typing import Final

import numpy as np

from streamflow.simulate.geography import Integers
from streamflow.simulate.malformed import KIND_NAMES
from streamflow.simulate.plan import HOUR_MS, Plan
from streamflow.simulate.rows import Rows, in_order, make_rows

_LATE_MS: Final = (10_000, 12 * HOUR_MS)
_REPEAT_MS: Final = (50, 120_000)


class Disorder:
    """Gives rows their arrival, and keeps those that arrive after their slice."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._kinds = np.array([KIND_NAMES.index(name) for name in plan.malformed_kinds], np.int64)
        self._repeats = self._malformed = 0
        self._pending = make_rows(0)

    def due(self, events_so_far: int) -> tuple[int, int]:
        """Return how many repeats and malformed records the next slice gets, so that after `events_so_far` the ratios are met."""
        repeats = int(events_so_far * self._plan.repeated_ratio) - self._repeats
        malformed = int(events_so_far * self._plan.malformed_ratio) - self._malformed
        self._repeats += repeats
        self._malformed += malformed
        return repeats, malformed

    def apply(self, rng: np.random.Generator, rows: Rows, repeats: int, malformed: int, end_ms: int) -> Rows:
        """Return what arrives before the end of the slice, in that order; the slice's rows come in the order of their event time."""
        rows["arrival_ms"] = rows["event_ms"]
        honest = np.flatnonzero(rows["scenario"] == 0)
        if malformed and len(honest):
            spoilt = rng.choice(honest, min(malformed, len(honest)), replace=False)
            rows["malformed"][spoilt] = self._kinds[rng.integers(0, len(self._kinds), len(spoilt))]
        late = rng.random(len(rows)) < self._plan.late_ratio
        rows["arrival_ms"][late] += _log_uniform_ms(rng, *_LATE_MS, int(late.sum()))
        if repeats and len(rows):
            sound = np.flatnonzero(rows["malformed"] < 0)
            again = rows[rng.choice(sound, repeats)] if len(sound) else rows[:0]
            again["repeat"] = True
            again["arrival_ms"] += _log_uniform_ms(rng, *_REPEAT_MS, len(again))
            rows = np.concatenate([rows, again])
        rows = np.concatenate([self._pending, rows])
        now = rows["arrival_ms"] < end_ms
        self._pending = rows[~now]
        return in_order(rows[now], "arrival_ms")


def _log_uniform_ms(rng: np.random.Generator, least: int, most: int, size: int) -> Integers:
    result: Integers = np.exp(rng.uniform(np.log(least), np.log(most), size)).astype(np.int64)
    return result
