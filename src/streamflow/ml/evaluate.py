"""How good scores are: metrics as pure functions of scores and labels.

Every metric takes weights, so that a bootstrap is the same metric under other weights. Where a metric is not defined (no fraud, or nothing
but fraud), it is NaN, never 0.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

_MILLIONTHS: Final = 1_000_000

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]


class Ranking:
    """Scores and labels in descending order of score, equal scores together; every metric below is a sum over it.

    Parameters
    ----------
    scores : array of float
        Higher is more suspicious; no NaN.
    labels : array of bool
        Whether it was fraud.

    Examples
    --------
    >>> ranking = Ranking(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True]))
    >>> round(ranking.average_precision(), 4), ranking.roc_auc()
    (0.8333, 0.75)
    """

    def __init__(self, scores: Floats, labels: Booleans) -> None:
        self._order = np.argsort(-scores, kind="stable")
        self.scores: Floats = scores[self._order]
        self._labels: Booleans = labels[self._order]
        last = np.ones(len(scores), np.bool_)
        last[:-1] = self.scores[1:] != self.scores[:-1]
        self._group_ends: Integers = np.flatnonzero(last)

    @property
    def thresholds(self) -> Floats:
        """The distinct scores, descending: what is at least as high is an alert."""
        return self.scores[self._group_ends]

    @cached_property
    def _unweighted(self) -> tuple[Floats, Floats]:
        hits = np.cumsum(self._labels)[self._group_ends].astype(np.float64)
        return hits, (self._group_ends + 1.0) - hits

    def caught(self, weights: Floats | None = None) -> tuple[Floats, Floats]:
        """Return the (weight of) true and false alerts at each threshold."""
        if weights is None:
            return self._unweighted
        weight = weights[self._order]
        total = np.cumsum(weight)[self._group_ends]
        hits = np.cumsum(weight * self._labels)[self._group_ends]
        return hits, total - hits

    def average_precision(self, weights: Floats | None = None) -> float:
        """Return the mean precision over the frauds (no interpolation; as `sklearn.metrics.average_precision_score`)."""
        return average_precision(*self.caught(weights))

    def roc_auc(self, weights: Floats | None = None) -> float:
        """Return the share of (fraud, honest) pairs in which the fraud scores higher; a tie counts half."""
        return roc_auc(*self.caught(weights))

    def precision_recall(self, weights: Floats | None = None) -> tuple[Floats, Floats]:
        """Return precision and recall at each of `thresholds`."""
        hits, misses = self.caught(weights)
        alerts, frauds = hits + misses, hits[-1] if len(hits) else 0.0
        precision = np.divide(hits, alerts, out=np.full_like(hits, np.nan), where=alerts > 0)
        return precision, hits / frauds if frauds > 0 else np.full_like(hits, np.nan)


def caught_by_rounded(scores: Floats, labels: Booleans) -> tuple[Floats, Floats]:
    """Return what `Ranking.caught` does, of scores from 0 to 1 that have 6 decimals: counted and not sorted, at a tenth of the cost.

    Examples
    --------
    >>> [column.tolist() for column in caught_by_rounded(np.array([0.1, 0.4, 0.4, 0.8]), np.array([False, False, True, True]))]
    [[1.0, 2.0, 2.0], [0.0, 1.0, 2.0]]
    """
    places = np.rint(scores * _MILLIONTHS).astype(np.int64)
    every = np.bincount(places, minlength=_MILLIONTHS + 1)[::-1]
    frauds = np.bincount(places[labels], minlength=_MILLIONTHS + 1)[::-1]
    present = np.flatnonzero(every)
    hits = np.cumsum(frauds[present]).astype(np.float64)
    return hits, np.cumsum(every[present]) - hits


def average_precision(hits: Floats, misses: Floats) -> float:
    """Return the average precision of true and false alerts at descending thresholds, see `Ranking.average_precision`."""
    if not len(hits) or hits[-1] <= 0:
        return float("nan")
    alerts = hits + misses
    precision = np.divide(hits, alerts, out=np.zeros_like(hits), where=alerts > 0)
    return float(np.sum(np.diff(hits, prepend=0.0) * precision) / hits[-1])


def roc_auc(hits: Floats, misses: Floats) -> float:
    """Return the area under the ROC curve of true and false alerts at descending thresholds, see `Ranking.roc_auc`."""
    if not len(hits) or hits[-1] <= 0 or misses[-1] <= 0:
        return float("nan")
    before = hits - np.diff(hits, prepend=0.0) / 2
    return float(np.sum(np.diff(misses, prepend=0.0) * before) / (hits[-1] * misses[-1]))


def card_precision_at_k(scores: Floats, labels: Booleans, days: Integers, cards: Integers, k: int = 100) -> float:
    """Return how many of the k most suspicious cards of a day are compromised, as the mean over the days.

    A card's score is its highest one of the day; a card that was found is not looked at on later days. Definition and protocol:
    Le Borgne et al., Reproducible Machine Learning for Credit Card Fraud Detection (Fraud Detection Handbook), chapter 4, section 4.

    Parameters
    ----------
    days : array of int
        Number of the day of each transaction.
    cards : array of int
        Number of the card (the customer).
    k : int
        Cards that analysts can look at in a day.

    Examples
    --------
    >>> scores, labels = np.array([0.9, 0.8, 0.2, 0.9]), np.array([True, False, True, True])
    >>> card_precision_at_k(scores, labels, np.array([0, 0, 1, 1]), np.array([1, 2, 3, 1]), k=1)
    1.0
    """
    if not len(scores):
        return float("nan")
    every = int(cards.max()) + 1
    found, highest = np.zeros(every, np.bool_), np.full(every, -np.inf)
    precisions = []
    order = np.argsort(days, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(days[order])) + 1):
        rows = rows[~found[cards[rows]]]
        seen, is_fraud = np.zeros(every, np.bool_), np.zeros(every, np.bool_)
        seen[cards[rows]] = True
        is_fraud[cards[rows[labels[rows]]]] = True
        np.maximum.at(highest, cards[rows], scores[rows])
        names = np.flatnonzero(seen)
        top = names[np.argsort(-highest[names], kind="stable")[:k]]
        highest[names] = -np.inf
        compromised = top[is_fraud[top]]
        found[compromised] = True
        precisions.append(len(compromised) / k)
    return float(np.mean(precisions))


class ThresholdCurve(NamedTuple):
    """What thresholds from high to low would have meant; money in the unit of the amounts."""

    thresholds: Floats
    alerts: Floats
    precision: Floats
    recall: Floats
    caught_amount: Floats
    missed_amount: Floats
    gain: Floats
    """Saved share of the caught amount, less the price of the false alerts."""


def threshold_curve(
    ranking: Ranking, amounts: Floats, *, false_alert_price: float = 5.0, saved_ratio: float = 1.0, points: int = 200
) -> ThresholdCurve:
    """Return the curve at about `points` thresholds, evenly spread over the alerts on a logarithmic scale.

    Parameters
    ----------
    ranking : Ranking
        Of the transactions.
    amounts : array of float
        Of each transaction, in the order of its scores; NaN (no exchange rate) counts as nothing.
    false_alert_price : float
        What it costs to look at an honest payment, in the unit of the amounts.
    saved_ratio : float
        Share of a caught fraud's amount that is saved.

    Examples
    --------
    >>> ranking = Ranking(np.array([0.9, 0.5, 0.1]), np.array([True, False, True]))
    >>> curve = threshold_curve(ranking, np.array([100.0, 10.0, 50.0]))
    >>> curve.gain.tolist(), curve.missed_amount.tolist()
    ([100.0, 95.0, 145.0], [50.0, 50.0, 0.0])
    """
    hits, misses = ranking.caught()
    if not len(hits):
        return ThresholdCurve(*[np.empty(0)] * 7)
    caught_amount = ranking.caught(np.nan_to_num(amounts))[0]
    alerts = hits + misses
    chosen = np.unique(np.searchsorted(alerts, np.geomspace(1, alerts[-1], points)).clip(max=len(alerts) - 1))
    precision, recall = ranking.precision_recall()
    gain = saved_ratio * caught_amount - false_alert_price * misses
    columns = (ranking.thresholds, alerts, precision, recall, caught_amount, caught_amount[-1] - caught_amount, gain)
    return ThresholdCurve(*[column[chosen] for column in columns])


class Interval(NamedTuple):
    """An estimate and its percentile bootstrap interval."""

    estimate: float
    low: float
    high: float


def bootstrap(
    metric: Callable[[Floats | None], float], clusters: Integers, *, resamples: int = 200, confidence: float = 0.95, seed: int = 0
) -> Interval:
    """Return the interval of a metric when whole clusters (customers) are drawn anew: a customer's payments depend on each other.

    Parameters
    ----------
    metric : callable
        Takes the weights of the rows, or None for the estimate itself, such as `Ranking(scores, labels).average_precision`.
    clusters : array of int
        Number of each row's cluster, from 0.

    Examples
    --------
    >>> ranking = Ranking(np.arange(8.0), np.arange(8) > 5)
    >>> bootstrap(ranking.roc_auc, np.arange(8), resamples=20)
    Interval(estimate=1.0, low=1.0, high=1.0)
    """
    rng = np.random.default_rng(seed)
    size = int(clusters.max()) + 1 if len(clusters) else 0
    values = [metric(rng.multinomial(size, np.full(size, 1 / size)).astype(np.float64)[clusters]) for _ in range(resamples if size else 0)]
    known = [value for value in values if not np.isnan(value)]
    low, high = np.quantile(known, [(1 - confidence) / 2, (1 + confidence) / 2]) if known else (np.nan, np.nan)
    return Interval(metric(None), float(low), float(high))
