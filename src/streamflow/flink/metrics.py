"""Counters of the job: they count work, with what is done again after a failure; business numbers are counted by id elsewhere."""

from collections.abc import Mapping
from typing import NamedTuple

from pyflink.metrics import Counter, MetricGroup


class CounterName(NamedTuple):
    """A counter, and the value of its one label."""

    name: str
    label: str
    value: str


class Counters:
    """Flink's counters, registered when they first count.

    Parameters
    ----------
    group : MetricGroup
        The operator's.
    """

    def __init__(self, group: MetricGroup) -> None:
        self._group = group
        self._counters: dict[CounterName, Counter] = {}

    def add(self, counts: Mapping[CounterName, int]) -> None:
        """Count; once a batch, because each call crosses into Java."""
        for name, count in counts.items():
            counter = self._counters.get(name)
            if counter is None:
                counter = self._counters[name] = self._group.add_group(name.label, name.value).counter(name.name)
            counter.inc(count)
