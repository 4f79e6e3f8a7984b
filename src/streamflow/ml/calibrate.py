"""From raw scores to evidence on the rules' scale: 0 is none, 0.7 is enough for an alert, 2.33 alerts alone where the model's share is 0.3.

Without labels, evidence grows with -log10 of the tail probability in past traffic, the scale on which independent witnesses add up (Fisher
1932). With labels, it grows with the calibrated log-odds (Platt 1999).
"""

from typing import Final, NamedTuple

import numpy as np

from streamflow.contracts.errors import BadInputError
from streamflow.ml.evaluate import Booleans, Floats, Integers
from streamflow.score.model import Calibration

ENOUGH: Final = 0.7
ALONE: Final = 7 / 3
CAP: Final = 10 / 3
_LEAST_TAIL_ROWS: Final = 5
_DECADES_FROM_ENOUGH_TO_ALONE: Final = 2.0
_SURE_PROBABILITY: Final = 0.8
_CERTAIN_PROBABILITY: Final = 0.999
_LEAST_STEP: Final = 0.5
_FAINT: Final = 0.1
_ITERATIONS: Final = 50
_RIDGE: Final = 1e-6


def evidence_of(calibration: Calibration, raw: Floats) -> Floats:
    """Return the evidence of raw scores, as the model will, up to its rounding."""
    knots = calibration.knots()
    place = np.clip(np.searchsorted(knots[0], raw, side="right") - 1, 0, None)
    evidence: Floats = np.maximum(knots[1, place] + (raw - knots[0, place]) * knots[2, place], 0.0)
    return evidence


def evidence_from_tail(raw: Floats, budget: float) -> Calibration:
    """Return the map that makes the share `budget` of these scores enough for an alert, and a hundredth of it enough alone.

    Parameters
    ----------
    raw : array of float
        Scores of traffic that the model has not learnt from; higher is more unusual.
    budget : float
        Share of the traffic.
    """
    step = (ALONE - ENOUGH) / _DECADES_FROM_ENOUGH_TO_ALONE
    tails = budget * 10.0 ** -np.arange(0.25, 3.25, 0.25)
    tails = tails[tails * len(raw) >= _LEAST_TAIL_ROWS]
    half_way = np.sqrt(0.5 * budget)
    probabilities = [0.5, half_way, budget, *tails.tolist()]
    evidence = [0.0, ENOUGH / 3, ENOUGH, *(ENOUGH + step * np.log10(budget / tails)).tolist()]
    return _increasing(np.quantile(raw, 1 - np.array(probabilities)).tolist(), evidence, step)


class Platt(NamedTuple):
    """Calibrated log-odds: slope x raw + offset (Platt 1999)."""

    slope: float
    offset: float

    def log_odds(self, raw: Floats) -> Floats:
        """Return the calibrated log-odds of raw scores."""
        return self.slope * raw + self.offset

    def probability(self, raw: Floats) -> Floats:
        """Return the calibrated probabilities of raw scores."""
        return sigmoid(self.log_odds(raw))

    def raw(self, log_odds: float) -> float:
        """Return the raw score that has these log-odds."""
        return (log_odds - self.offset) / self.slope


def sigmoid(log_odds: Floats) -> Floats:
    """Return probabilities of log-odds.

    Examples
    --------
    >>> sigmoid(np.array([0.0, -800.0])).tolist()
    [0.5, 0.0]
    """
    probabilities: Floats = np.exp(-np.logaddexp(0.0, -log_odds))
    return probabilities


def fit_platt(raw: Floats, labels: Booleans) -> Platt:
    """Fit slope and offset by Newton's method, with Platt's targets, which keep a perfect separation finite.

    Raises
    ------
    BadInputError
        If higher scores are not more often frauds.
    """
    frauds = int(labels.sum())
    honest = len(labels) - frauds
    target = np.where(labels, (frauds + 1) / (frauds + 2), 1 / (honest + 2))
    centre, scale = float(raw.mean()), float(raw.std()) or 1.0
    design = np.column_stack([(raw - centre) / scale, np.ones(len(raw))])
    weights = np.array([1.0, np.log((frauds + 1) / (honest + 1))])
    loss = _loss(design, weights, target)
    for _ in range(_ITERATIONS):
        probability = sigmoid(design @ weights)
        gradient = design.T @ (probability - target)
        curvature = (design * (probability * (1 - probability))[:, None]).T @ design + _RIDGE * np.eye(2)
        step, size = np.linalg.solve(curvature, gradient), 1.0
        while size > _RIDGE and _loss(design, weights - size * step, target) > loss:
            size /= 2
        weights = weights - size * step
        loss = _loss(design, weights, target)
        if float(np.abs(size * step).max()) < _RIDGE:
            break
    slope, offset = weights
    if not slope > 0:
        raise BadInputError(
            "the model does not tell frauds from honest payments on later data",
            expected="higher scores for frauds",
            got=f"a slope of {slope:.3g}",
            fix="more labels, or --kind anomaly",
        )
    return Platt(float(slope / scale), float(offset - slope * centre / scale))


def evidence_from_log_odds(raw: Floats, platt: Platt, threshold_raw: float) -> Calibration:
    """Return the map that is enough for an alert at the threshold, and alone where the calibrated probability is 80 % (or more, above it).

    Parameters
    ----------
    raw : array of float
        Scores of the later part.
    threshold_raw : float
        From which raw score on the model's evidence is enough.
    """
    threshold = platt.slope * threshold_raw + platt.offset
    alone = max(_logit(_SURE_PROBABILITY), threshold + _LEAST_STEP)
    certain = max(_logit(_CERTAIN_PROBABILITY), alone + 2 * _LEAST_STEP)
    least, usual = np.quantile(platt.log_odds(raw), [0.001, 0.9]).tolist()
    # Below the threshold too, more suspicious means more evidence, if only a little: queues are sorted by it.
    usual = min(usual, threshold - _LEAST_STEP)
    least = min(least, usual - _LEAST_STEP)
    points = [(least, 0.0), (usual, _FAINT), (threshold, ENOUGH), (alone, ALONE), (certain, CAP)]
    raws = [threshold_raw if log_odds == threshold else platt.raw(log_odds) for log_odds, _ in points]
    return _increasing(raws, [evidence for _, evidence in points], 1.0)


class Reliability(NamedTuple):
    """Bins of equal size by probability: what was said, what came, and how many."""

    said: Floats
    came: Floats
    counts: Integers

    @property
    def expected_error(self) -> float:
        """Mean distance between what was said and what came, weighted by the bins' sizes."""
        return float(np.average(np.abs(self.said - self.came), weights=self.counts)) if len(self.counts) else float("nan")


def reliability(probabilities: Floats, labels: Booleans, bins: int = 20) -> Reliability:
    """Return how probabilities compare with what came true.

    Examples
    --------
    >>> reliability(np.array([0.1, 0.1, 0.8, 0.8]), np.array([False, False, True, True]), bins=2).came.tolist()
    [0.0, 1.0]
    """
    order = np.argsort(probabilities, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    said, came = ([float(np.mean(values[part])) for part in parts] for values in (probabilities, labels))
    return Reliability(np.array(said), np.array(came), np.array([len(part) for part in parts], np.int64))


def _loss(design: Floats, weights: Floats, target: Floats) -> float:
    log_odds = design @ weights
    return float(np.sum(np.logaddexp(0.0, log_odds) - target * log_odds))


def _logit(probability: float) -> float:
    return float(np.log(probability / (1 - probability)))


def _increasing(raw: list[float], evidence: list[float], last_step: float) -> Calibration:
    """Leave out knots whose raw score does not rise; where one alone is left, evidence rises by `last_step` a unit beyond it."""
    kept = [(raw[0], evidence[0])]
    for here in zip(raw[1:], evidence[1:], strict=True):
        if here[0] > kept[-1][0]:
            kept.append(here)
        else:
            kept[-1] = (kept[-1][0], here[1])
    if len(kept) == 1:
        kept.append((kept[0][0] + 1.0, kept[0][1] + last_step))
    return Calibration(tuple(value for value, _ in kept), tuple(value for _, value in kept))
