"""Evidence rises with the raw score, is enough at the threshold, and means the same for every kind of model."""

import numpy as np
import pytest

from streamflow.contracts.errors import BadInputError
from streamflow.ml.calibrate import ALONE, ENOUGH, evidence_from_log_odds, evidence_from_tail, evidence_of, fit_platt, sigmoid
from streamflow.ml.evaluate import Floats
from streamflow.score.model.calibration import check_calibration

RANDOM = np.random.default_rng(0)
LABELS = RANDOM.random(20_000) < 0.05
RAW: Floats = 2.0 * (RANDOM.normal(size=20_000) + 2.5 * LABELS) - 6


def test_so_much_of_the_traffic_as_the_budget_says_has_enough_evidence() -> None:
    raw = np.random.default_rng(1).beta(2, 6, 50_000)
    evidence = evidence_of(evidence_from_tail(raw, 0.01), raw)
    assert np.mean(evidence >= ENOUGH) == pytest.approx(0.01, abs=0.0005)
    assert np.mean(evidence >= ALONE) == pytest.approx(0.0001, abs=0.0001)
    assert np.mean(evidence > 0) == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("raw", [np.zeros(100), np.repeat([0.3, 0.6], 50), np.array([0.4, 0.5])], ids=["one value", "two", "two rows"])
def test_traffic_that_is_all_alike_still_gives_a_map_that_may_be_used(raw: Floats) -> None:
    check_calibration(evidence_from_tail(raw, 0.01), "test")


def test_platt_finds_the_log_odds_that_made_the_labels() -> None:
    raw = np.random.default_rng(5).normal(0, 3, 50_000)
    labels = np.random.default_rng(6).random(50_000) < sigmoid(0.5 * raw - 1.0)
    platt = fit_platt(raw, labels)
    assert platt.slope == pytest.approx(0.5, rel=0.05)
    assert platt.offset == pytest.approx(-1.0, rel=0.05)
    assert float(platt.log_odds(np.array([platt.raw(2.0)]))[0]) == pytest.approx(2.0)


def test_a_perfect_separation_stays_finite() -> None:
    platt = fit_platt(np.array([-5.0] * 90 + [5.0] * 10), np.array([False] * 90 + [True] * 10))
    assert 0 < platt.slope < 10


def test_scores_that_say_the_opposite_are_refused() -> None:
    with pytest.raises(BadInputError, match="higher scores for frauds"):
        fit_platt(-RAW, LABELS)


def test_evidence_is_enough_exactly_from_the_threshold_on() -> None:
    calibration = evidence_from_log_odds(RAW, fit_platt(RAW, LABELS), threshold_raw=0.25)
    check_calibration(calibration, "test")
    around = evidence_of(calibration, np.array([0.25 - 1e-6, 0.25]))
    assert around[0] < ENOUGH <= around[1]


@pytest.mark.parametrize("threshold", [-7.0, 0.0, 9.0], ids=["very low", "usual", "beyond certainty"])
def test_evidence_rises_with_the_score_whatever_the_threshold(threshold: float) -> None:
    calibration = evidence_from_log_odds(RAW, fit_platt(RAW, LABELS), threshold)
    check_calibration(calibration, "test")
    evidence = evidence_of(calibration, np.sort(RAW))
    assert (np.diff(evidence) >= 0).all()
    assert np.unique(evidence).size > 0.99 * np.unique(RAW).size, "only the least suspicious are all alike"


def test_what_the_model_is_sure_of_alerts_alone() -> None:
    platt = fit_platt(RAW, LABELS)
    calibration = evidence_from_log_odds(RAW, platt, threshold_raw=-1.5)
    sure = np.array([platt.raw(float(np.log(0.81 / 0.19)))])
    assert evidence_of(calibration, sure)[0] >= ALONE
