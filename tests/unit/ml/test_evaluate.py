"""Metrics are those of scikit-learn and of the Fraud Detection Handbook, and say NaN where there is nothing to measure."""

import math

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from streamflow.ml.calibrate import reliability
from streamflow.ml.evaluate import Ranking, bootstrap, card_precision_at_k, caught_by_rounded, threshold_curve
from streamflow.ml.thresholds import at_threshold, best_f1_threshold, budget_threshold, precision_threshold

NONE, ALL = np.zeros(4, np.bool_), np.ones(4, np.bool_)
SCORES = np.array([0.9, 0.8, 0.7, 0.1])


@pytest.mark.parametrize("seed", range(5))
def test_with_ties_and_weights_both_areas_are_those_of_scikit_learn(seed: int) -> None:
    random = np.random.default_rng(seed)
    scores, labels, weights = random.normal(size=500).round(1), random.random(500) < 0.1, random.poisson(1, 500).astype(np.float64)
    ranking = Ranking(scores, labels)
    assert ranking.average_precision() == pytest.approx(average_precision_score(labels, scores))
    assert ranking.roc_auc() == pytest.approx(roc_auc_score(labels, scores))
    assert ranking.average_precision(weights) == pytest.approx(average_precision_score(labels, scores, sample_weight=weights))
    assert ranking.roc_auc(weights) == pytest.approx(roc_auc_score(labels, scores, sample_weight=weights))


@pytest.mark.parametrize("count", [0, 1, 5_000])
def test_scores_of_six_decimals_are_counted_as_they_would_be_sorted(count: int) -> None:
    random = np.random.default_rng(count)
    scores = np.round(np.concatenate([random.random(count) ** 4, random.random(count).round(2), [0.0, 1.0]]), 6)
    labels = random.random(len(scores)) < 0.3
    for counted, sorted_ in zip(caught_by_rounded(scores, labels), Ranking(scores, labels).caught(), strict=True):
        assert counted.tolist() == sorted_.tolist()


def test_a_row_of_weight_two_is_a_row_that_stands_twice() -> None:
    labels = np.array([True, False, True, False])
    twice = np.array([0, 0, 1, 2, 3])
    weighted = Ranking(SCORES, labels).average_precision(np.array([2.0, 1, 1, 1]))
    assert weighted == pytest.approx(Ranking(SCORES[twice], labels[twice]).average_precision())


def test_without_a_fraud_no_metric_pretends_to_be_zero() -> None:
    assert math.isnan(Ranking(SCORES, NONE).average_precision())
    assert math.isnan(Ranking(SCORES, NONE).roc_auc())
    assert math.isnan(Ranking(SCORES, ALL).roc_auc())
    assert math.isnan(best_f1_threshold(SCORES, NONE))
    assert math.isnan(at_threshold(SCORES, NONE, 0.5).recall)
    assert math.isnan(at_threshold(SCORES, ALL, 2.0).precision)
    assert math.isnan(Ranking(np.empty(0), np.empty(0, np.bool_)).average_precision())


def test_the_threshold_of_the_best_f1_is_the_best_of_all() -> None:
    random = np.random.default_rng(3)
    labels = random.random(400) < 0.2
    scores = random.normal(size=400) + labels
    best = at_threshold(scores, labels, best_f1_threshold(scores, labels)).f1
    assert best == max(at_threshold(scores, labels, threshold).f1 for threshold in scores.tolist())


def test_a_wanted_precision_is_reached_with_as_many_alerts_as_possible() -> None:
    labels = np.array([True, True, False, True])
    assert precision_threshold(SCORES, labels, 0.75) == 0.1
    assert precision_threshold(SCORES, labels, 0.9) == 0.8
    assert math.isnan(precision_threshold(SCORES, NONE, 0.5))


def test_a_budget_is_never_exceeded_even_where_scores_are_equal() -> None:
    scores = np.array([0.5] * 10 + [0.1] * 90)
    assert np.mean(scores >= budget_threshold(scores, 0.05)) == 0.0
    assert np.mean(scores >= budget_threshold(scores, 0.10)) == 0.1


def test_a_card_that_was_found_is_not_looked_at_again() -> None:
    scores, labels = np.array([0.9, 0.1, 0.9, 0.5]), np.array([True, False, True, True])
    days, cards = np.array([1, 1, 2, 2]), np.array([7, 8, 7, 8])
    assert card_precision_at_k(scores, labels, days, cards, k=1) == 1.0
    assert card_precision_at_k(scores, labels, days, cards, k=2) == 0.5


def test_the_order_of_the_rows_changes_no_metric() -> None:
    random = np.random.default_rng(0)
    order = random.permutation(300)
    scores, labels = random.random(300).round(3), random.random(300) < 0.2
    days, cards = random.integers(0, 5, 300), random.integers(0, 20, 300)
    shuffled = card_precision_at_k(scores[order], labels[order], days[order], cards[order], k=3)
    assert card_precision_at_k(scores, labels, days, cards, k=3) == pytest.approx(shuffled, abs=0.1)
    assert Ranking(scores, labels).average_precision() == Ranking(scores[order], labels[order]).average_precision()


def test_the_curve_counts_money_once_and_charges_for_false_alerts() -> None:
    labels, amounts = np.array([True, False, False, True]), np.array([100.0, 5.0, np.nan, 50.0])
    curve = threshold_curve(Ranking(SCORES, labels), amounts, false_alert_price=10.0, saved_ratio=0.5)
    assert curve.caught_amount.tolist() == [100.0, 100.0, 100.0, 150.0]
    assert curve.gain.tolist() == [50.0, 40.0, 30.0, 55.0]
    assert curve.missed_amount[-1] == 0.0


def test_an_interval_holds_its_estimate_and_widens_with_fewer_customers() -> None:
    random = np.random.default_rng(2)
    labels = random.random(2000) < 0.1
    ranking = Ranking(random.normal(size=2000) + labels, labels)
    many = bootstrap(ranking.average_precision, np.arange(2000))
    few = bootstrap(ranking.average_precision, np.arange(2000) % 20)
    assert many.low < many.estimate < many.high
    assert many == bootstrap(ranking.average_precision, np.arange(2000)), "the same seed, the same interval"
    assert few.estimate == many.estimate


def test_probabilities_that_hold_have_no_calibration_error() -> None:
    random = np.random.default_rng(4)
    probabilities = random.random(20_000)
    labels = random.random(20_000) < probabilities
    assert reliability(probabilities, labels).expected_error < 0.02
    assert reliability(probabilities**3, labels).expected_error > 0.2
