"""Metrics of our own processes: the catalogue's instruments on prometheus-client."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import product
from time import perf_counter
from typing import cast

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from streamflow.contracts.instruments import Instrument

_KINDS = {"counter": Counter, "gauge": Gauge, "histogram": Histogram}
_Collector = Counter | Gauge | Histogram


class Meters:
    """Counts, shows and observes what the catalogue knows, and nothing else.

    Every series whose labels are known before is there from the start, as 0: its first event is an increase.

    Parameters
    ----------
    instruments : iterable of Instrument
        The catalogue.
    registry : CollectorRegistry
        What is exported.

    Examples
    --------
    >>> waits = Instrument(name="waits_total", kind="counter", what="Waits.")
    >>> registry = CollectorRegistry()
    >>> meters = Meters([waits], registry)
    >>> meters.add(waits, 2)
    >>> registry.get_sample_value("waits_total")
    2.0
    """

    def __init__(self, instruments: Iterable[Instrument], registry: CollectorRegistry) -> None:
        self._collectors: dict[str, _Collector] = {}
        for instrument in instruments:
            kind = _KINDS[instrument.kind]
            more = {"buckets": instrument.bounds} if instrument.kind == "histogram" else {}
            names = [label.name for label in instrument.labels]
            collector = kind(instrument.name, instrument.what, names, registry=registry, **more)
            self._collectors[instrument.name] = collector
            if names and all(label.values for label in instrument.labels):
                for values in product(*(label.values for label in instrument.labels)):
                    collector.labels(*values)

    def add(self, counter: Instrument, count: float = 1, *labels: str) -> None:
        """Add to a counter."""
        cast("Counter", self._series(counter, labels)).inc(count)

    def show(self, gauge: Instrument, value: float, *labels: str) -> None:
        """Show a number as it is from now on."""
        cast("Gauge", self._series(gauge, labels)).set(value)

    def forget(self, gauge: Instrument) -> None:
        """Show nothing of a gauge with labels any more, until it is shown again."""
        self._collectors[gauge.name].clear()

    def observe(self, histogram: Instrument, value: float, *labels: str) -> None:
        """Enter a value into a histogram."""
        cast("Histogram", self._series(histogram, labels)).observe(value)

    @contextmanager
    def timer(self, histogram: Instrument, *labels: str) -> Iterator[None]:
        """Enter into a histogram how many seconds the block takes, also where it fails."""
        began = perf_counter()
        try:
            yield
        finally:
            self.observe(histogram, perf_counter() - began, *labels)

    def _series(self, instrument: Instrument, labels: tuple[str, ...]) -> _Collector:
        collector = self._collectors[instrument.name]
        return collector.labels(*labels) if labels else collector
