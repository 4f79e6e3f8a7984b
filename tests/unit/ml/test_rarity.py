"""A rare value speaks, a usual one is silent, and features that say the same are heard once."""

import numpy as np
import pytest

from streamflow.ml.evaluate import Floats
from streamflow.ml.rarity import HEARD_FEATURES, TAIL_FROM, WITNESSES, fit_tails, rarity
from streamflow.score.features import MISSION_FEATURES


def known(size: int = 10_000) -> Floats:
    return np.random.default_rng(1).permutation(np.arange(1.0, size + 1))[:, None]


def test_a_value_gives_the_power_of_ten_by_which_it_is_rarer_than_the_limit() -> None:
    (tail,) = fit_tails(known(), ("velocity_count",))
    assert tail.of(np.array([[9_400.0], [9_951.0], [9_996.0]])) == pytest.approx([0.0, 1.0, 2.0], abs=0.1)


def test_evidence_rises_with_the_value_and_never_exceeds_what_was_seen() -> None:
    rows = known()
    (tail,) = fit_tails(rows, ("velocity_count",))
    values = np.sort(rows, axis=0)
    evidence = tail.of(values)
    reached = np.arange(len(rows), 0, -1) / len(rows)
    assert (np.diff(evidence) >= 0).all()
    assert (evidence <= np.maximum(np.log10(TAIL_FROM / reached), 0) + 1e-3).all()
    assert tail.of(np.array([[1e9]]))[0] == pytest.approx(np.log10(TAIL_FROM * 10_001)), "beyond all that was seen: one of one more"


def test_the_rows_of_the_steps_are_all_rows_that_are_known() -> None:
    rows = known()
    rows[:50] = np.nan
    (tail,) = fit_tails(rows, ("amount",))
    assert tail.rows.sum() == len(rows) - 50
    assert (tail.rows >= 0).all()
    assert len(tail.rows) == len(tail.thresholds) + 1


def test_a_value_that_is_missing_says_nothing() -> None:
    (tail,) = fit_tails(known(), ("amount",))
    assert tail.of(np.array([[np.nan], [np.inf]])).tolist() == [0.0, tail.evidence[-1]]


def test_a_flag_speaks_by_how_seldom_it_is_set() -> None:
    flags = (np.arange(10_000) < 50).astype(float)[:, None]
    (tail,) = fit_tails(flags, ("is_blacklisted",))
    assert tail.of(np.array([[0.0], [1.0]])) == pytest.approx([0.0, 1.0], abs=0.01)
    often = (np.arange(10_000) < 2_000).astype(float)[:, None]
    assert rarity(fit_tails(often, ("is_blacklisted",)), np.ones((1, 1))).tolist() == [0.0]


def test_features_of_one_witness_give_their_mean() -> None:
    rows = np.repeat(known(), 4, axis=1)
    names = ("amount_zscore", "velocity_count", "amount_ratio", "log_amount_zscore")
    tails = {names[tail.place]: tail for tail in fit_tails(rows, names)}
    most = {name: tail.evidence[-1] for name, tail in tails.items()}
    assert sum(most[name] for name in WITNESSES[0]) == pytest.approx(most["velocity_count"])


@pytest.mark.parametrize("values", [np.full((500, 1), np.nan), np.zeros((0, 1)), np.arange(5.0)[:, None]])
def test_where_too_little_is_known_there_is_no_tail(values: Floats) -> None:
    assert fit_tails(values, ("amount",)) == []


def test_features_that_no_witness_knows_have_no_tail() -> None:
    assert fit_tails(known(), ("hour_share",)) == []


def test_the_missions_features_are_heard() -> None:
    assert set(MISSION_FEATURES) <= set(HEARD_FEATURES)
    assert len(HEARD_FEATURES) == sum(len(witness) for witness in WITNESSES)
