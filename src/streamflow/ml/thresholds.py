"""Where to begin to alert: thresholds from an alert budget, from the best F1 or from a wanted precision, and what they do."""

from typing import NamedTuple

import numpy as np

from streamflow.ml.evaluate import Booleans, Floats, Ranking


class AtThreshold(NamedTuple):
    """What a threshold does: NaN precision where nothing is alerted, NaN recall where there is no fraud."""

    threshold: float
    alerts: float
    caught: float
    frauds: float

    @property
    def precision(self) -> float:
        """Share of the alerts that are frauds."""
        return self.caught / self.alerts if self.alerts else float("nan")

    @property
    def recall(self) -> float:
        """Share of the frauds that are alerted."""
        return self.caught / self.frauds if self.frauds else float("nan")

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.caught / (self.alerts + self.frauds) if self.alerts + self.frauds else float("nan")


def at_threshold(scores: Floats, labels: Booleans, threshold: float, weights: Floats | None = None) -> AtThreshold:
    """Return what alerts on every score >= `threshold` would find.

    Examples
    --------
    >>> result = at_threshold(np.array([0.9, 0.8, 0.1]), np.array([True, False, True]), 0.8)
    >>> result.precision, result.recall, result.f1
    (0.5, 0.5, 0.5)
    """
    weight = np.ones(len(scores)) if weights is None else weights
    alert = scores >= threshold
    return AtThreshold(threshold, float(weight[alert].sum()), float(weight[alert & labels].sum()), float(weight[labels].sum()))


def best_f1_threshold(scores: Floats, labels: Booleans) -> float:
    """Return the threshold of the highest F1; NaN without a fraud.

    Examples
    --------
    >>> best_f1_threshold(np.array([0.9, 0.8, 0.7, 0.1]), np.array([True, True, False, False]))
    0.8
    """
    ranking = Ranking(scores, labels)
    hits, misses = ranking.caught()
    if not len(hits) or hits[-1] <= 0:
        return float("nan")
    return float(ranking.thresholds[np.argmax(2 * hits / (hits + misses + hits[-1]))])


def precision_threshold(scores: Floats, labels: Booleans, precision: float) -> float:
    """Return the lowest threshold at which the precision is as wanted; NaN where none is.

    Examples
    --------
    >>> precision_threshold(np.array([0.9, 0.8, 0.7, 0.1]), np.array([True, False, True, False]), 0.6)
    0.7
    """
    ranking = Ranking(scores, labels)
    good = np.flatnonzero(ranking.precision_recall()[0] >= precision)
    return float(ranking.thresholds[good[-1]]) if len(good) else float("nan")


def budget_threshold(scores: Floats, budget: float) -> float:
    """Return the lowest score that at most the share `budget` of the scores reaches; needs no labels.

    Examples
    --------
    >>> budget_threshold(np.arange(100.0), 0.02)
    98.0
    """
    ranking = Ranking(scores, np.zeros(len(scores), np.bool_))
    within = np.flatnonzero(ranking.caught()[1] <= budget * len(scores))
    if len(within):
        return float(ranking.thresholds[within[-1]])
    return float(np.nextafter(ranking.thresholds[0], np.inf)) if len(scores) else float("nan")
