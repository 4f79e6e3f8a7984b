"""What a metric is before anybody counts: its name, kind, labels and bounds.

The catalogues beside this file (`job_metrics`, `flink_metrics`, `probe_metrics`) hold every metric there is; recording rules,
alerts, dashboards and the reference page are made of them. No label holds a customer, a store or other free text: its values
stand here, or are numbers that an operator chose (a version, a partition).
"""

from math import prod
from typing import Final, Literal, NamedTuple

import msgspec

Kind = Literal["counter", "gauge", "histogram"]

OTHER: Final = "other"
"""What a label says of all values beyond those that it may have."""

_TARGET_LABELS: Final = ("job", "instance")

INFINITY: Final = "+Inf"
"""The last bucket of every histogram, as Prometheus writes it."""

LATENCY_BOUNDS_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 600.0)
"""Among them the bounds of the objectives: 2 s and 10 s."""


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """A label of a metric.

    Parameters
    ----------
    name : str
        As in Prometheus.
    values : tuple of str
        All that it can be; empty where they are not known before.
    """

    name: str
    values: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse the labels that Prometheus writes itself: it would call ours `exported_job`."""
        if self.name in _TARGET_LABELS:
            raise ValueError(f"{self.name} is the label by which Prometheus names what it asked")


class Labelled(NamedTuple):
    """One series of a metric: its name, and its labels with their values, in their order."""

    name: str
    labels: tuple[tuple[str, str], ...]


class Instrument(msgspec.Struct, frozen=True, kw_only=True):
    """A counter, a gauge or a histogram.

    Parameters
    ----------
    name : str
        With its unit as the last word where it has one.
    kind : {"counter", "gauge", "histogram"}
        See there.
    what : str
        What it says, for people.
    labels : tuple of Label
        In their order.
    bounds : tuple of float
        Upper bounds of a histogram's buckets; the last one, infinity, is not among them.
    most : int
        How many different sets of labels one process makes at most, where their values are not known before.
    """

    name: str
    kind: Kind
    what: str
    labels: tuple[Label, ...] = ()
    bounds: tuple[float, ...] = ()
    most: int = 0

    def of(self, *values: str) -> Labelled:
        """Return the series with these values of the labels; of a histogram one bucket, whose bound comes last.

        Raises
        ------
        ValueError
            There are more or fewer values than labels.

        Examples
        --------
        >>> Instrument(name="letters", kind="counter", what="Letters.", labels=(Label(name="to", values=("a", "b")),)).of("a")
        Labelled(name='letters', labels=(('to', 'a'),))
        """
        return Labelled(self.name, tuple(zip(self.label_names, values, strict=True)))

    @property
    def label_names(self) -> tuple[str, ...]:
        """Return the names of the labels, `le` of a histogram among them."""
        names = tuple(label.name for label in self.labels)
        return (*names, "le") if self.kind == "histogram" else names

    @property
    def bucket_labels(self) -> tuple[str, ...]:
        """Return the values of `le`.

        Examples
        --------
        >>> Instrument(name="wait_seconds", kind="histogram", what="Waits.", bounds=(0.5, 2.0)).bucket_labels
        ('0.5', '2.0', '+Inf')
        """
        return (*map(str, self.bounds), INFINITY)

    @property
    def most_series(self) -> int:
        """Return how many series one process can make of it at most."""
        # A histogram has its infinite bucket, a sum and a count beside its bounds.
        each = len(self.bounds) + 3 if self.kind == "histogram" else 1
        return each * (self.most or prod(len(label.values) for label in self.labels))
