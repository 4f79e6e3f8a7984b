"""How rare single features are, where nobody has told a fraud: the other half of the anomaly model, beside its forest.

A forest over several features hides the one that matters behind those that do not. So each feature is also heard alone: a value that a
share p of past payments reaches gives log10(0.05 / p), and nothing where p is above 0.05. That is Fisher's sum of -log p (1932) with the
soft threshold of Zhang, Tong, Landers and Wu (2020, Annals of Applied Statistics 14, TFisher), over empirical tails as in ECOD (Li et al.
2022).

Features that look at the same thing are one witness and give their mean, so that an unusual amount does not count three times because three
features say it. All of them are suspicious where they are large.
"""

from typing import Final, NamedTuple

import numpy as np

from streamflow.ml.evaluate import Floats, Integers
from streamflow.score.features import FEATURE_NAMES

WITNESSES: Final = (
    ("amount_zscore", "amount_ratio", "log_amount_zscore"),
    ("amount",),
    ("high_1d",),
    ("geo_speed_kmh", "home_distance_km"),
    ("velocity_count",),
    ("time_deviation",),
    ("is_blacklisted",),
)
"""The amount against the customer's own, the amount against everybody's, high amounts of the day before, place, pace, hour, lists."""

HEARD_FEATURES: Final = tuple(name for name in FEATURE_NAMES if any(name in witness for witness in WITNESSES))
TAIL_FROM: Final = 0.05
STEPS_A_DECADE: Final = 16
_DECADES: Final = 6
_LEAST_ROWS: Final = 5


class Tail(NamedTuple):
    """The upper tail of one feature: evidence in steps.

    Parameters
    ----------
    place : int
        Of the feature in a row.
    thresholds : array of float
        Ascending; beyond the last one lies what was never seen.
    evidence : array of float
        What each threshold gives where it is exceeded, ascending and above 0; 0 before the first, and for NaN.
    rows : array of int
        Past payments up to the first threshold, between two of them, and beyond the last.
    """

    place: int
    thresholds: Floats
    evidence: Floats
    rows: Integers

    def of(self, rows: Floats) -> Floats:
        """Return the evidence of each row.

        Examples
        --------
        >>> tail = Tail(0, np.array([3.0, 9.0]), np.array([0.4, 1.2]), np.array([95, 4, 1]))
        >>> tail.of(np.array([[3.0], [3.1], [10.0], [np.nan]])).tolist()
        [0.0, 0.4, 1.2, 0.0]
        """
        values = rows[:, self.place]
        exceeded = np.searchsorted(self.thresholds, np.where(np.isnan(values), -np.inf, values), side="left")
        found: Floats = np.append(0.0, self.evidence)[exceeded]
        return found


def fit_tails(rows: Floats, names: tuple[str, ...]) -> list[Tail]:
    """Return the tails of those features that are witnesses' and have one, in the order of the names.

    The evidence of a witness's features is divided by how many of them are among the names.
    """
    tails = []
    for witness in WITNESSES:
        places = [names.index(name) for name in witness if name in names]
        tails += [tail for place in places if (tail := _tail(rows[:, place], place, len(places))) is not None]
    return sorted(tails)


def rarity(tails: list[Tail], rows: Floats) -> Floats:
    """Return the sum of the evidence of each row."""
    found: Floats = np.sum([tail.of(rows) for tail in tails], axis=0)
    return found


def _tail(values: Floats, place: int, features: int) -> Tail | None:
    known = np.sort(values[~np.isnan(values)])
    size = len(known)
    shares = TAIL_FROM * 10.0 ** -(np.arange(_DECADES * STEPS_A_DECADE) / STEPS_A_DECADE)
    beyond = np.floor(shares[shares * size >= _LEAST_ROWS] * size).astype(np.int64)
    thresholds = np.unique(known[np.append(size - 1 - beyond, size - 1)]) if size else known
    beyond = size - np.searchsorted(known, thresholds, side="right")
    # One more than were seen, of one more: never no probability at all (as conformal p-values).
    evidence = np.log10(TAIL_FROM * (size + 1) / (beyond + 1))
    speaks = evidence > 0
    if not speaks.any():
        return None
    counts = -np.diff(np.concatenate([[size], beyond[speaks], [0]]))
    return Tail(place, thresholds[speaks], evidence[speaks] / features, counts)
