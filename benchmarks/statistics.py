"""The few statistics that the benchmarks report."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from streamflow.contracts.errors import StreamFlowError


class Spread(msgspec.Struct, frozen=True):
    """Least, middle and greatest of some repeats."""

    min: float
    median: float
    max: float


def spread(values: Sequence[float], digits: int = 2) -> Spread:
    """Return the spread of at least one value.

    Examples
    --------
    >>> spread([3.0, 1.0, 2.0])
    Spread(min=1.0, median=2.0, max=3.0)
    """
    ordered = sorted(values)
    middle = len(ordered) // 2
    median = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
    return Spread(*(round(value, digits) for value in (ordered[0], median, ordered[-1])))


def percentile(ordered: Sequence[float], percent: float) -> float:
    """Return the nearest-rank percentile of ascending values: the least one that so many percent do not exceed.

    Examples
    --------
    >>> percentile([1.0, 2.0, 3.0, 4.0], 50), percentile([1.0, 2.0, 3.0, 4.0], 99)
    (2.0, 4.0)
    """
    if not ordered:
        raise StreamFlowError("nothing was measured", expected="at least one value", got="none")
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


class Sample(NamedTuple):
    """How much was done at a moment."""

    seconds: float
    done: int


def steady_window(samples: Sequence[Sample], total: int, first: float = 0.25, last: float = 0.95) -> tuple[int, int]:
    """Return the indices of the samples between which a run is steady.

    The window begins when the share `first` of the work is done, after start-up and warm-up, and ends when `last` is done, before
    the input runs dry.

    Raises
    ------
    StreamFlowError
        If the run was too short for a window between two different samples.

    Examples
    --------
    >>> steady_window([Sample(0.0, 0), Sample(1.0, 10), Sample(2.0, 50), Sample(3.0, 90), Sample(4.0, 100)], 100)
    (2, 4)
    """
    begin = next((index for index, sample in enumerate(samples) if sample.done >= total * first), None)
    end = next((index for index, sample in enumerate(samples) if sample.done >= total * last), None)
    if begin is None or end is None or end <= begin or samples[end].seconds <= samples[begin].seconds:
        raise StreamFlowError("the run has no steady state", expected="several samples", got=str(len(samples)), fix="more --events")
    return begin, end


def rate(begin: Sample, end: Sample) -> float:
    """Return how much was done a second between two samples.

    Examples
    --------
    >>> rate(Sample(1.0, 100), Sample(3.0, 500))
    200.0
    """
    return (end.done - begin.done) / (end.seconds - begin.seconds)
