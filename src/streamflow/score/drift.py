"""What numbers of payments were like when a model was made, and how far from that others are: the population stability index.

A model's card holds the reference: the payments that it was measured on. `streamflow drift` and the probe hold the newest payments of
the warehouse against it.
"""

from collections.abc import Mapping
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

MODERATE: Final = 0.1
LARGE: Final = 0.2
"""From where on a shift is said to be moderate, and large: scoring's rule of thumb (Siddiqi 2006, Credit Risk Scorecards, has 0.25).

Payments that did not change stay below 0.1, and a chain of stores that takes 30 % of them reaches 0.24: docs/reference/drift.md.
"""

MODEL_EVIDENCE: Final = "ml_score"
RULES_EVIDENCE: Final = "rules_score"
"""Beside the features, what the model and the rules said of a payment, as decisions call it."""

SETTLED: Final = 0.003
"""Below, a number stood still. The index grows with the square of time: 0.003 in five days of a reference is 0.1 in four weeks."""

PARTS: Final = 10
_DIGITS: Final = 9
_DAY_MS: Final = 86_400_000
_ATOM_RATIO: Final = 0.05
_NEAR: Final = 1e-9
_LEAST_SHARE: Final = 1e-4

Numbers = npt.NDArray[np.float64]


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """How one number is spread.

    Parameters
    ----------
    bounds : tuple of float
        Ascending; a part holds what is greater than its lower and at most its upper bound, in the number's own unit.
    shares : tuple of float
        Of each part, one more than bounds, and behind them of the payments that do not have the number; 1 together.
    moving : float
        Stability index of the second half of the payments' time against the first, less what chance gives.
    """

    bounds: tuple[float, ...]
    shares: tuple[float, ...]
    moving: float = 0.0


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """How the numbers of some payments are spread.

    Parameters
    ----------
    payments : int
        How many they were.
    days : float
        Over how long they came, in event time.
    shapes : dict of str to Shape
        By the number's name.
    """

    payments: int
    days: float
    shapes: dict[str, Shape]

    def is_settled(self, name: str) -> bool:
        """Return whether a number stood still when the model was made, so that it says something when it moves.

        What a customer's memory gathers for weeks, such as the days since it was first seen, moves in every young system. What model
        and rules say counts always: a model that a month of customers' memories has made another one wants to be trained anew.
        """
        return name in (MODEL_EVIDENCE, RULES_EVIDENCE) or self.shapes[name].moving < SETTLED


class _Card(msgspec.Struct):
    reference: Reference | None = None


_decode_card: Final = msgspec.json.Decoder(_Card).decode


def shape_of(values: Numbers) -> Shape:
    """Return how a number is spread: parts of a tenth each, and a part of its own for a value that is frequent. O(n log n).

    Parameters
    ----------
    values : array of float64, shape (payments,)
        NaN where a payment does not have it.

    Examples
    --------
    >>> shape_of(np.array([0.0, 0.0, 0.0, 5.0]))
    Shape(bounds=(-1e-09, 0.0, 4.999999995, 5.0), shares=(0.0, 0.75, 0.0, 0.25, 0.0, 0.0), moving=0.0)
    """
    known = values[~np.isnan(values)]
    if not len(known):
        return Shape(bounds=(), shares=(0.0, 1.0))
    cuts = {float(cut) for cut in np.quantile(known, np.linspace(0, 1, PARTS + 1)[1:-1], method="inverted_cdf")}
    # A constant that moves to either side must leave its part.
    often = {cut for cut in cuts if np.mean(known == cut) >= _ATOM_RATIO}
    bounds = tuple(sorted(cuts | {cut - _NEAR * max(1.0, abs(cut)) for cut in often}))
    return Shape(bounds=bounds, shares=tuple(round(float(share), _DIGITS) for share in shares(bounds, values)))


def shares(bounds: tuple[float, ...], values: Numbers) -> Numbers:
    """Return which share of the values lies in each part, and behind them the share of NaN. O(n log b).

    Examples
    --------
    >>> shares((1.0,), np.array([0.5, 1.0, 3.0, np.nan])).tolist()
    [0.5, 0.25, 0.25]
    """
    missing = np.isnan(values)
    places = np.where(missing, len(bounds) + 1, np.searchsorted(np.array(bounds), values, side="left"))
    counts = np.bincount(places, minlength=len(bounds) + 2)
    result: Numbers = counts / max(len(values), 1)
    return result


def stability_index(shape: Shape, values: Numbers) -> float:
    """Return the population stability index: the sum over parts of (now - then) * ln(now / then).

    It is the symmetric Kullback-Leibler divergence (Jeffreys 1946) of the two histograms. Parts that are empty on one side count as
    one in ten thousand. Payments that did not move have one of about (parts - 1) / payments.

    Parameters
    ----------
    values : array of float64, shape (payments,)
        NaN where a payment does not have the number.

    Examples
    --------
    >>> shape = shape_of(np.arange(1000.0))
    >>> round(stability_index(shape, np.arange(1000.0)), 4), round(stability_index(shape, np.arange(1000.0) + 100), 2)
    (0.0, 0.76)
    """
    then = np.maximum(np.array(shape.shares), _LEAST_SHARE)
    now = np.maximum(shares(shape.bounds, values), _LEAST_SHARE)
    return float(np.sum((now - then) * np.log(now / then)))


def reference_to(columns: Mapping[str, Numbers], times_ms: npt.NDArray[np.int64]) -> Reference:
    """Return how the numbers of payments are spread. O(columns * n log n).

    Parameters
    ----------
    columns : mapping of str to array of float64
        With a row for each payment.
    times_ms : array of int, shape (payments,)
        When each was made, in milliseconds since the epoch, in any order.
    """
    first, length = (int(times_ms.min()), int(np.ptp(times_ms))) if len(times_ms) else (0, 0)
    # Halves of whole days: half a day is another mixture of hours.
    half = length // (2 * _DAY_MS) * _DAY_MS or length // 2
    earlier, later = times_ms < first + half, (times_ms >= first + half) & (times_ms < first + 2 * half)
    shapes = {}
    for name, values in columns.items():
        shapes[name] = msgspec.structs.replace(shape_of(values), moving=round(_moved(values[earlier], values[later]), _DIGITS))
    return Reference(payments=len(times_ms), days=round(length / _DAY_MS, 3), shapes=shapes)


def _moved(earlier: Numbers, later: Numbers) -> float:
    """Return the stability index without what chance alone gives on average: (parts - 1) * (1 / payments then + 1 / payments now)."""
    if not (len(earlier) and len(later)):
        return 0.0
    shape = shape_of(earlier)
    filled = sum(share > 0 for share in shape.shares)
    return max(0.0, stability_index(shape, later) - (filled - 1) * (1 / len(earlier) + 1 / len(later)))


def reference_in(card: bytes) -> Reference | None:
    """Return the reference that a `card.json` holds; None where it holds none, or is no card.

    Examples
    --------
    >>> reference_in(b'{"model": "linear-1"}') is None
    True
    """
    try:
        return _decode_card(card).reference
    except msgspec.MsgspecError:
        return None


def stability(reference: Reference, columns: Mapping[str, Numbers]) -> dict[str, float]:
    """Return the stability index of every number of a reference that is among the columns, the largest first."""
    found = {name: stability_index(shape, columns[name]) for name, shape in reference.shapes.items() if name in columns}
    return dict(sorted(found.items(), key=lambda entry: -entry[1]))
