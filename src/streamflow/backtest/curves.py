"""What other thresholds and other shares of the model would have given, and how scores and days lie."""

from typing import Final

import numpy as np

from streamflow.backtest.columns import Measured
from streamflow.backtest.plan import Plan
from streamflow.backtest.results import AtAlpha, AtThreshold, Bin, Day, Number
from streamflow.contracts.catalogue import DAY_MS
from streamflow.ml.evaluate import Booleans, Floats, average_precision, caught_by_rounded, roc_auc, threshold_curve
from streamflow.score.combination import evidence_cap

ALPHAS: Final = tuple(round(0.1 * step, 1) for step in range(11))
CURVE_POINTS: Final = 80
SCORE_BINS: Final = 20


def ratio(part: float, whole: float) -> Number:
    """Return a share with 6 decimals; None of nothing."""
    return round(part / whole, 6) if whole else None


def defined(value: float) -> Number:
    """Return a number with 6 decimals; None where it is NaN."""
    return None if np.isnan(value) else round(value, 6)


def money(amounts: Floats) -> float:
    """Return a sum with 2 decimals."""
    return round(float(amounts.sum()), 2)


def calibration(measured: Measured) -> tuple[Bin, ...]:
    """Say what a score meant: bins of a tenth, the lowest one without the payments that nothing speaks against."""
    edges = [0.0, 1e-6, *(round(0.1 * step, 1) for step in range(1, 10)), 1.0, np.inf]
    place = np.digitize(measured.score, edges[1:])
    payments = np.bincount(place, minlength=len(edges) - 1)
    frauds = np.bincount(place[measured.frauds], minlength=len(edges) - 1)
    return tuple(
        Bin(low=edges[row], high=min(1.0, edges[row + 1]), payments=count, frauds=hits, fraud_ratio=ratio(hits, count))
        for row, (count, hits) in enumerate(zip(payments.tolist(), frauds.tolist(), strict=True))
    )


def thresholds(measured: Measured, plan: Plan) -> tuple[AtThreshold, ...]:
    """Return what thresholds from high to low would have meant."""
    curve = threshold_curve(
        measured.ranking,
        measured.amounts,
        false_alert_price=plan.price_of_alert,
        saved_ratio=plan.saved_share,
        points=CURVE_POINTS,
    )
    return tuple(
        AtThreshold(
            threshold=threshold,
            alerts_a_day=round(alerts / measured.day_count, 2),
            precision=defined(precision),
            recall=defined(recall),
            caught_amount=round(caught, 2),
            missed_amount=round(missed, 2),
            gain=round(gain, 2),
        )
        for threshold, alerts, precision, recall, caught, missed, gain in zip(*(column.tolist() for column in curve), strict=True)
    )


def blended(rules_sum: Floats, ml_score: Floats, alpha: float) -> Floats:
    """Return the scores that an alpha gives: `score.combination.blend` of the rules' capped evidence, for whole columns.

    Examples
    --------
    >>> blended(np.array([0.8, 0.8, 9.0]), np.array([np.nan, 0.5, 0.0]), 0.3).tolist()
    [0.8, 0.71, 1.0]
    """
    cap = evidence_cap(alpha)
    rules = np.round(np.minimum(rules_sum, cap), 6)
    both = alpha * np.minimum(ml_score, cap) + (1 - alpha) * rules
    return np.round(np.minimum(np.where(np.isnan(ml_score), rules, both), 1.0), 6)


def alphas(measured: Measured, review: float, plan: Plan) -> tuple[AtAlpha, ...]:
    """Return what other shares of the model in the score would have given; nothing where no model scored."""
    if np.isnan(measured.ml_score).all():
        return ()
    found = []
    for alpha in ALPHAS:
        scores = blended(measured.rules_sum, measured.ml_score, alpha)
        tally, alerts = caught_by_rounded(scores, measured.frauds), scores >= review
        caught = alerts & measured.frauds
        hits, alerted = int(caught.sum()), int(alerts.sum())
        found.append(
            AtAlpha(
                alpha=alpha,
                auc=defined(roc_auc(*tally)),
                average_precision=defined(average_precision(*tally)),
                alerts=alerted,
                precision=ratio(hits, alerted),
                recall=ratio(hits, int(measured.frauds.sum())),
                gain=round(plan.saved_share * money(measured.amounts[caught]) - plan.price_of_alert * (alerted - hits), 2),
            )
        )
    return tuple(found)


def days(measured: Measured) -> tuple[Day, ...]:
    """Return the days on which something was paid."""
    numbers, place = np.unique(measured.days, return_inverse=True)

    def a_day(rows: Booleans) -> list[int]:
        counts: list[int] = np.bincount(place[rows], minlength=len(numbers)).tolist()
        return counts

    every = np.ones(len(measured), np.bool_)
    columns = (a_day(every), a_day(measured.frauds), a_day(measured.alerts), a_day(measured.alerts & measured.frauds))
    return tuple(
        Day(day_ms=day * DAY_MS, payments=payments, frauds=frauds, alerts=alerts, caught=caught)
        for day, payments, frauds, alerts, caught in zip(numbers.tolist(), *columns, strict=True)
    )


def score_counts(measured: Measured) -> tuple[tuple[int, int], ...]:
    """Count honest payments and frauds in bins of the score."""
    place = np.minimum((measured.score * SCORE_BINS).astype(np.int64), SCORE_BINS - 1)
    honest, frauds = (np.bincount(place[rows], minlength=SCORE_BINS).tolist() for rows in (~measured.frauds, measured.frauds))
    return tuple(zip(honest, frauds, strict=True))


def precision_recall(measured: Measured) -> tuple[tuple[float, float], ...]:
    """Return (recall, precision) at thresholds that are evenly spread over the recall."""
    precision, recall = measured.ranking.precision_recall()
    if not len(recall) or np.isnan(recall).any():
        return ()
    rows = np.unique(np.searchsorted(recall, np.linspace(0, 1, CURVE_POINTS)).clip(max=len(recall) - 1))
    return tuple((round(float(recall[row]), 6), round(float(precision[row]), 6)) for row in rows)
