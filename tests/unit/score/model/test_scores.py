"""What a model says to a row: the score its arrays define, alone and in any batch, compiled and not, and what it is made of."""

import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from streamflow.contracts.errors import BadInputError
from streamflow.score.compiling import compiled
from streamflow.score.model import KINDS, Calibration, Kind, ModelOutputError, kernels
from streamflow.score.rounding import six_decimals
from tests.unit.score.model.artefacts import (
    ARRAYS_OF,
    FEATURES,
    GOLDEN_ROWS,
    LINEAR,
    NAN,
    NONE,
    ZERO,
    expected_raw,
    full,
    golden_raw,
    model,
    random_rows,
)

each_kind = pytest.mark.parametrize("kind", KINDS)


@each_kind
def test_a_row_has_the_score_that_a_person_works_out_from_the_arrays(kind: Kind) -> None:
    rows = random_rows(2000)
    wanted = [expected_raw(kind, row[[0, 2, 4]]) for row in rows]
    np.testing.assert_allclose(model(kind).raw_rows(rows), wanted, rtol=1e-14, atol=1e-14)


@each_kind
def test_a_row_has_the_same_score_to_the_bit_alone_and_in_every_batch(kind: Kind) -> None:
    scores, rows = model(kind), random_rows(10_000)
    alone = [(scores.raw(row), scores.evidence(row)) for row in rows]
    assert list(zip(scores.raw_rows(rows).tolist(), scores.score_rows(rows).tolist(), strict=True)) == alone
    for size in (1, 3, 64):
        parts = [scores.score_rows(rows[begin : begin + size]) for begin in range(0, 1000, size)]
        assert np.concatenate(parts)[:1000].tolist() == [evidence for _, evidence in alone[:1000]]
    assert scores.score_rows(np.asfortranarray(rows)).tolist() == [evidence for _, evidence in alone]
    assert scores.score_rows(rows[::-1]).tolist() == [evidence for _, evidence in reversed(alone)]


@each_kind
def test_the_compiled_code_gives_what_the_python_code_gives_to_the_bit(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    scores, rows = model(kind), random_rows(500)
    compiled_answers = [(scores.raw(row), scores.evidence(row), scores.contributions(row)) for row in rows]
    compiled_rows = scores.score_rows(rows).tolist()
    for name, kernel in vars(kernels).items():
        if hasattr(kernel, "py_func"):
            monkeypatch.setattr(kernels, name, kernel.py_func)
    plain = model(kind)
    assert [(plain.raw(row), plain.evidence(row), plain.contributions(row)) for row in rows] == compiled_answers
    assert plain.score_rows(rows).tolist() == compiled_rows


@each_kind
def test_features_that_the_model_does_not_name_change_nothing(kind: Kind) -> None:
    scores, rows = model(kind), random_rows(100)
    other = rows.copy()
    other[:, [1, 3]] = math.inf
    assert scores.score_rows(other).tolist() == scores.score_rows(rows).tolist()


@each_kind
def test_contributions_and_baseline_add_up_to_the_raw_score(kind: Kind) -> None:
    scores = model(kind)
    for row in random_rows(500):
        found = scores.contributions(row)
        assert {contribution.feature for contribution in found} == set(FEATURES)
        assert [share for _, share in found] == sorted((share for _, share in found), reverse=True)
        total = scores.baseline + sum(share for _, share in found)
        raw = scores.raw(row)
        assert total == pytest.approx(math.log2(raw) if kind == "anomaly" else raw, rel=1e-12, abs=1e-12)


def test_what_a_split_changed_is_the_feature_s_that_was_asked() -> None:
    found = dict(model("supervised").contributions(full(np.array([[1.0, -1.0, 0.5]]))[0]))
    # Tree 0 from 2.5 by amount to 3 and by place to 4; tree 1 from 2.75 by store to 4; tree 2 asks nothing.
    assert found == {"amount": 0.5, "place": 1.0, "store": 1.25}


def test_reasons_say_what_raises_the_risk_and_nothing_else() -> None:
    scores = model("linear")
    row = full(np.array([[14.0, -0.1, -9.0]]))[0]
    assert scores.reasons(row) == ("amount 14: risk times 7.4", "place -0.1: raises the risk by 11 %")
    assert scores.reasons(row, limit=1) == ("amount 14: risk times 7.4",)
    assert scores.reasons(full(np.array([[10.0, 0.0, 1.0]]))[0]) == ()


def test_a_missing_value_is_a_reason_too() -> None:
    filled = {**LINEAR, "fill": np.array([30.0, 0.0, 1.0])}
    scores = model("linear", arrays=filled, golden_rows=GOLDEN_ROWS[:1], golden_raw=golden_raw("linear")[:1])
    assert scores.reasons(full(np.full((1, 3), np.nan))[0]) == ("amount unknown: risk times more than 1000",)


@pytest.mark.parametrize(
    ("missing", "value", "goes_left"),
    [
        (NONE, math.nan, True),
        (NONE, 0.0, True),
        (ZERO, math.nan, None),
        (ZERO, 0.0, None),
        (ZERO, -0.0, None),
        (ZERO, 1e-35, None),
        (ZERO, -1e-35, None),
        (ZERO, 1.1e-35, True),
        (ZERO, 0.6, False),
        (NAN, math.nan, None),
        (NAN, 0.0, True),
        (NAN, math.inf, False),
        (NAN, -math.inf, True),
        (NAN, 0.5, True),
        (NAN, math.nextafter(0.5, 1), False),
    ],
)
@pytest.mark.parametrize("default_left", [False, True])
def test_missing_values_go_where_lightgbm_sends_them(missing: int, value: float, goes_left: bool | None, default_left: bool) -> None:
    stump = {
        "tree_begin": np.array([0, 3], np.int32),
        "feature": np.array([0, -1, -1], np.int16),
        "threshold": np.array([0.5, 0, 0]),
        "right": np.array([2, -1, -1], np.int32),
        "missing": np.array([missing | 4 * default_left, 0, 0], np.uint8),
        "value": np.array([0.0, -1.0, 1.0]),
    }
    scores = model("supervised", arrays=stump, golden_rows=np.array([[9.0, 9.0, 9.0]]), golden_raw=np.array([1.0]))
    left = default_left if goes_left is None else goes_left
    assert scores.raw(full(np.array([[value, 0.0, 0.0]]))[0]) == (-1.0 if left else 1.0)


@each_kind
def test_a_row_of_nothing_but_nan_has_a_score(kind: Kind) -> None:
    assert math.isfinite(model(kind).evidence(np.full(5, np.nan)))


@each_kind
def test_a_row_of_another_length_is_refused(kind: Kind) -> None:
    scores = model(kind)
    rows: list[Any] = [np.zeros(4), np.zeros(6), np.zeros(5, np.float32)]
    for row in rows:
        for ask in (scores.evidence, scores.raw, scores.contributions, scores.reasons):
            with pytest.raises(BadInputError, match="a row has other features than the model"):
                ask(row)
    with pytest.raises(BadInputError, match="a row has other features than the model"):
        scores.score_rows(np.zeros((3, 4)))


@pytest.mark.parametrize("value", [math.inf, -math.inf])
def test_a_score_that_is_no_finite_number_is_an_error_by_name_and_never_an_evidence(value: float) -> None:
    scores = model("linear")
    row = full(np.array([[value, 0.0, 0.0]]))[0]
    with pytest.raises(ModelOutputError, match=r"the model's score is not a finite number: got -?inf \(linear-"):
        scores.evidence(row)
    with pytest.raises(ModelOutputError, match=r"got -?inf in row 1"):
        scores.score_rows(np.array([np.zeros(5), row]))


def test_infinite_features_go_through_trees_like_large_ones() -> None:
    scores = model("supervised")
    assert scores.raw(np.full(5, math.inf)) == scores.raw(np.full(5, 1e300))


def test_evidence_is_interpolated_rounded_and_never_below_zero() -> None:
    curve = Calibration((-4.0, 0.0, 4.0), (0.0, 0.7, 3.0))
    weights = {**LINEAR, "coefficient": np.array([1.0, 0.0, 0.0]), "mean": np.zeros(3), "scale": np.ones(3), "intercept": np.zeros(1)}
    scores = model("linear", arrays=weights, calibration=curve, golden_rows=GOLDEN_ROWS[:1], golden_raw=np.array([1.0]))

    def evidence(raw: float) -> float:
        return scores.evidence(full(np.array([[raw, 0.0, 0.0]]))[0])

    assert [evidence(raw) for raw in (-1e9, -4.0, -2.0, 0.0, 2.0, 4.0)] == [0.0, 0.0, 0.35, 0.7, 1.85, 3.0]
    assert evidence(8.0) == 5.3, "the last line goes on"
    assert evidence(1e300) == kernels.EVIDENCE_LIMIT
    raws = np.sort(np.concatenate([np.random.default_rng(3).uniform(-5, 9, 20_000), [-4.0, 0.0, 4.0]]))
    found = [evidence(raw) for raw in raws]
    assert found == sorted(found)
    below = [raw for raw in raws if 0 <= raw < 4]
    assert [evidence(raw) for raw in below] == [six_decimals(0.7 + raw * ((3.0 - 0.7) / 4.0)) for raw in below]


def test_a_function_without_a_place_for_its_machine_code_is_compiled_all_the_same() -> None:
    names: dict[str, Any] = {}
    exec("def double(number):\n    return 2 * number\n", names)  # noqa: S102 -- it has no file, so no cache
    assert compiled(names["double"])(21) == 42


def test_another_process_scores_the_same_to_the_bit() -> None:
    program = (
        "from tests.unit.score.model.artefacts import model, random_rows\n"
        "print(sum(model('anomaly').score_rows(random_rows(1000)).tolist()).hex())"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(__file__).parents[4], check=True, capture_output=True, text=True
    ).stdout
    assert float.fromhex(answer.strip()) == sum(model("anomaly").score_rows(random_rows(1000)).tolist())


@each_kind
def test_the_arrays_of_a_kind_are_those_that_the_golden_rows_were_worked_out_for(kind: Kind) -> None:
    assert len(ARRAYS_OF[kind]) >= 5
    assert model(kind).raw_rows(full(GOLDEN_ROWS)) == pytest.approx(golden_raw(kind))
