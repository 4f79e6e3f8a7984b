"""Exported models score as their libraries do: 100 000 rows, ordinary, missing, zero, and on the very edge of every split."""

import math
from typing import Any

import lightgbm
import numpy as np
import numpy.typing as npt
import pytest
from sklearn.ensemble import IsolationForest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from streamflow.contracts.errors import BadInputError
from streamflow.ml.export import double_thresholds, export_booster, export_isolation_forest, export_linear, export_rare
from streamflow.ml.rarity import fit_tails, rarity
from streamflow.score.model import Calibration, Kind, Model, generate_keys, read_model, sign, write_model

ROWS, TRAINING_ROWS = 100_000, 4000
NAMES = ("amount_zscore", "velocity_count", "time_deviation", "geo_speed_kmh", "is_blacklisted", "amount_ratio")
SET = ("before", *NAMES, "behind")
CURVES = {
    "anomaly": Calibration((0.3, 0.5, 0.8), (0.0, 0.3, 2.0)),
    "supervised": Calibration((-8.0, 0.0, 8.0), (0.0, 0.7, 3.0)),
    "linear": Calibration((-8.0, 0.0, 8.0), (0.0, 0.7, 3.0)),
}
Numbers = npt.NDArray[np.float64]


def data(count: int, seed: int, *, missing: float = 0.0) -> Numbers:
    random = np.random.default_rng(seed)
    rows = np.column_stack(
        [
            random.normal(size=count) * 2,
            random.poisson(2, count),
            random.exponential(size=count),
            random.lognormal(3, 2, count) * (random.random(count) < 0.5),
            random.random(count) < 0.02,
            random.lognormal(0, 1, count),
        ]
    ).round(6)
    rows[random.random(rows.shape) < missing] = np.nan
    rows[random.random(rows.shape) < 0.05] = 0.0
    return rows


def frauds(rows: Numbers, seed: int = 3) -> npt.NDArray[np.int64]:
    whole = np.nan_to_num(rows)
    noise = np.random.default_rng(seed).logistic(size=len(rows))
    return np.asarray(whole[:, 0] + 0.3 * whole[:, 1] + 0.02 * whole[:, 3] - 4 * np.isnan(rows[:, 2]) + noise > 4, np.int64)


def packed(kind: Kind, arrays: dict[str, Any], rows: Numbers, raws: Numbers) -> Model:
    """Take an exported model through files, signature and golden vectors, over a feature set that has more than the model knows."""
    keys, curve = generate_keys(), CURVES[kind]
    files = write_model(
        kind,
        arrays,
        curve,
        features=NAMES,
        trained_until_ms=0,
        golden_rows=rows[:64],
        golden_raw=raws[:64],
        feature_names=SET,
        feature_set_version=2,
    )
    return read_model(sign(files, keys.private), [keys.public], feature_names=SET, feature_set_version=2)


def assert_same_scores(kind: Kind, arrays: dict[str, Any], rows: Numbers, raws: Numbers) -> Model:
    model = packed(kind, arrays, rows, raws)
    wide = np.full((len(rows), len(SET)), np.nan)
    wide[:, 1:-1] = rows
    np.testing.assert_allclose(model.raw_rows(wide), raws, rtol=1e-9, atol=1e-9)
    assert [model.raw(row) for row in wide[:1000]] == model.raw_rows(wide[:1000]).tolist()
    return model


@pytest.mark.parametrize("max_features", [1.0, 0.5])
def test_an_isolation_forest_scores_as_scikit_learn_does(max_features: float) -> None:
    training = data(TRAINING_ROWS, 1, missing=0.1)
    fill = np.nanmedian(training, axis=0)
    forest = IsolationForest(n_estimators=25, max_samples=256, max_features=max_features, random_state=1)
    forest.fit(np.where(np.isnan(training), fill, training))
    rows = data(ROWS, 2, missing=0.1)
    filled = np.where(np.isnan(rows), fill, rows)
    assert_same_scores("anomaly", export_isolation_forest(forest, fill), rows, -forest.score_samples(filled))


def around(number: float) -> tuple[float, float, float]:
    return math.nextafter(number, -math.inf), number, math.nextafter(number, math.inf)


def test_an_isolation_forest_scores_so_on_the_edge_of_every_split_too() -> None:
    """Where single and double precision part: the threshold itself, the singles around it, their middles, and the doubles beside these."""
    training = data(TRAINING_ROWS, 4)
    forest = IsolationForest(n_estimators=25, max_samples=128, random_state=2).fit(training)
    trees = [estimator.tree_ for estimator in forest.estimators_]
    rows: list[Numbers] = []
    for tree in trees:
        for feature, threshold in zip(tree.feature.tolist(), tree.threshold.tolist(), strict=True):
            if feature >= 0:
                single = np.float32(threshold)
                near = [single, np.nextafter(single, np.float32(-np.inf)), np.nextafter(single, np.float32(np.inf))]
                points = [threshold, *(float(number) for number in near)]
                points += [(points[1] + points[2]) / 2, (points[1] + points[3]) / 2]
                for edge in (edge for point in points for edge in around(point)):
                    rows.append(training[len(rows) % len(training)].copy())
                    rows[-1][feature] = edge
    edges = np.array(rows)
    assert len(edges) > 10_000
    assert_same_scores("anomaly", export_isolation_forest(forest, np.zeros(6)), edges, -forest.score_samples(edges))


def test_a_forest_beside_the_rarity_of_single_features_scores_as_the_formula_says_on_the_edge_of_every_step_too() -> None:
    training = data(TRAINING_ROWS, 7, missing=0.1)
    fill, tails, places = np.nanmedian(training, axis=0), fit_tails(training, NAMES), [0, 2, 5]
    forest = IsolationForest(n_estimators=25, max_samples=256, random_state=3)
    forest.fit(np.where(np.isnan(training), fill, training)[:, places])
    rows = data(ROWS, 8, missing=0.1)
    edges = [(tail.place, edge) for tail in tails for threshold in tail.thresholds.tolist() for edge in around(threshold)]
    for row, (place, edge) in enumerate(edges):
        rows[row, place] = edge
    assert len(edges) > 200
    alone = -forest.score_samples(np.where(np.isnan(rows), fill, rows)[:, places])
    arrays = export_rare(export_isolation_forest(forest, fill, places), tails, 1.3, 0.5)
    raws = np.exp2(0.5 * (rarity(tails, rows) + 1.3 * np.log2(alone)))
    model = assert_same_scores("anomaly", arrays, rows, raws)
    wide = np.full(len(SET), np.nan)
    wide[1:-1] = rows[0]
    shares = sum(share for _, share in model.contributions(wide))
    assert model.baseline + shares == pytest.approx(np.log2(raws[0]))


def test_a_double_threshold_parts_doubles_as_single_precision_does() -> None:
    extremes = [0.0, -0.0, 1e-40, 3e38, -3e38, 1.0]
    random = np.random.default_rng(6)
    thresholds = np.concatenate([random.normal(size=1000), random.normal(size=1000).astype(np.float32), extremes])
    limits = double_thresholds(thresholds)
    assert (limits.astype(np.float32) <= thresholds).all()
    assert (np.nextafter(limits, np.inf).astype(np.float32) > thresholds).all()


def test_an_isolation_forest_s_paths_add_up_and_its_roots_hold_their_mean() -> None:
    training = data(TRAINING_ROWS, 1)
    forest = IsolationForest(n_estimators=5, max_samples=256, bootstrap=False, random_state=1).fit(training)
    arrays = export_isolation_forest(forest, np.zeros(6))
    for estimator, samples, root in zip(forest.estimators_, forest.estimators_samples_, arrays["tree_begin"][:-1], strict=True):
        leaves = estimator.tree_.apply(training[samples].astype(np.float32))
        depth = {0: 0}
        for node in range(estimator.tree_.node_count):
            for child in (estimator.tree_.children_left[node], estimator.tree_.children_right[node]):
                depth[int(child)] = depth[node] + 1
        known = {1: 0.0, 2: 1.0}
        paths = []
        for leaf in leaves.tolist():
            count = int(estimator.tree_.n_node_samples[leaf])
            mean = known.get(count) or (2 * (np.log(count - 1) + np.euler_gamma) - 2 * (count - 1) / count if count > 2 else 0.0)
            paths.append(depth[leaf] + mean)
        assert arrays["value"][root] == pytest.approx(np.mean(paths))


BOOSTERS: dict[str, dict[str, Any]] = {
    "missing is NaN": {},
    "missing is zero": {"zero_as_missing": True},
    "nothing is missing": {"use_missing": False},
    "weighted, sampled, unbounded leaves": {"scale_pos_weight": 20, "bagging_fraction": 0.5, "bagging_freq": 1, "min_data_in_leaf": 1},
    "cross entropy": {"objective": "cross_entropy"},
    "DART": {"boosting": "dart"},
}


@pytest.mark.parametrize("parameters", BOOSTERS.values(), ids=BOOSTERS)
@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_a_booster_scores_as_lightgbm_does(parameters: dict[str, Any], missing: float) -> None:
    training = data(TRAINING_ROWS, 1, missing=missing)
    fixed = {"objective": "binary", "num_leaves": 15, "verbose": -1, "num_threads": 1, "seed": 1, "deterministic": True}
    booster = lightgbm.train({**fixed, **parameters}, lightgbm.Dataset(training, frauds(training)), 20)
    rows = data(ROWS, 2, missing=0.2)
    rows[::7, 3], rows[1::7, 3], rows[2::7, 3], rows[3::7, 3] = 1e-35, -1e-36, 2e-35, 1e308
    raws = np.asarray(booster.predict(rows, raw_score=True, num_threads=1))
    assert len(np.unique(raws)) > 50
    model = packed("supervised", export_booster(booster), rows, raws)
    wide = np.full((len(rows), len(SET)), np.nan)
    wide[:, 1:-1] = rows
    assert model.raw_rows(wide).tolist() == raws.tolist(), "to the bit: LightGBM adds its trees in the same order"


def test_a_booster_scores_so_on_the_edge_of_every_split_too() -> None:
    training = data(TRAINING_ROWS, 1, missing=0.1)
    booster = lightgbm.train({"objective": "binary", "verbose": -1, "num_threads": 1}, lightgbm.Dataset(training, frauds(training)), 20)
    arrays = export_booster(booster)
    rows: list[Numbers] = []
    for feature, threshold in zip(arrays["feature"].tolist(), arrays["threshold"].tolist(), strict=True):
        if feature >= 0:
            for edge in around(min(threshold, 1e308)):
                rows.append(training[len(rows) % len(training)].copy())
                rows[-1][feature] = edge
    assert_same_scores("supervised", arrays, np.array(rows), np.asarray(booster.predict(np.array(rows), raw_score=True)))


@pytest.mark.parametrize("zero_as_missing", [False, True])
@pytest.mark.parametrize("values", [(-1.0, 0.0), (0.0, 1.0), (-1.0, 1.0), (-1e-35, 1.0), (-1.0, 1e-36)])
def test_a_booster_scores_so_around_zero_too(values: tuple[float, float], zero_as_missing: bool) -> None:
    """LightGBM takes what is at most 1e-35 from 0 for 0 before it compares."""
    training = data(400, 1)
    training[:, 0] = np.tile(values, 200)
    settings = {"objective": "binary", "verbose": -1, "num_threads": 1, "zero_as_missing": zero_as_missing, "min_data_in_leaf": 1}
    booster = lightgbm.train(settings, lightgbm.Dataset(training, training[:, 0] > values[0]), 2)
    limit = float(np.float32(1e-35))
    points = [*around(limit), *around(-limit), 0.0, -0.0, 1e-36, -1e-36, 1.0, -1.0, math.nan]
    rows = np.repeat(training[:1], len(points), axis=0)
    rows[:, 0] = points
    assert_same_scores("supervised", export_booster(booster), rows, np.asarray(booster.predict(rows, raw_score=True)))


def test_a_booster_that_stopped_early_is_exported_up_to_its_best_iteration() -> None:
    training, later = data(TRAINING_ROWS, 1), data(2000, 2)
    sets = lightgbm.Dataset(training, frauds(training)), lightgbm.Dataset(later, 1 - frauds(later))
    booster = lightgbm.train(
        {"objective": "binary", "verbose": -1, "num_threads": 1},
        sets[0],
        30,
        valid_sets=[sets[1]],
        callbacks=[lightgbm.early_stopping(3, verbose=False)],
    )
    assert 0 < booster.best_iteration < 30
    assert len(export_booster(booster)["tree_begin"]) == booster.best_iteration + 1
    assert_same_scores("supervised", export_booster(booster), later, np.asarray(booster.predict(later, raw_score=True)))
    assert len(export_booster(booster, num_iteration=1)["tree_begin"]) == 2


def test_a_booster_that_learnt_nothing_is_exported_as_leaves() -> None:
    training = data(200, 1)
    booster = lightgbm.train(
        {"objective": "binary", "verbose": -1, "min_data_in_leaf": 1000}, lightgbm.Dataset(training, frauds(training)), 3
    )
    assert_same_scores("supervised", export_booster(booster), training, np.asarray(booster.predict(training, raw_score=True)))


@pytest.mark.parametrize(
    ("parameters", "labels", "options", "message"),
    [
        ({"objective": "multiclass", "num_class": 3}, 3, {}, "only a booster whose one output is a sum of trees"),
        ({"objective": "binary", "boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5}, 2, {}, "only a booster whose one output"),
        ({"objective": "binary"}, 2, {"categorical_feature": [1]}, "categorical splits cannot be exported"),
        ({"objective": "binary", "linear_tree": True}, 2, {}, "linear leaves cannot be exported"),
    ],
)
def test_a_booster_that_the_arrays_cannot_hold_is_refused(
    parameters: dict[str, Any], labels: int, options: dict[str, Any], message: str
) -> None:
    training = data(TRAINING_ROWS, 1)
    verdicts = training[:, 1].astype(int) % labels
    settings = {"verbose": -1, "num_threads": 1, "max_cat_to_onehot": 1, **parameters}
    booster = lightgbm.train(settings, lightgbm.Dataset(training, verdicts, params=settings, **options), 3)
    with pytest.raises(BadInputError, match=message):
        export_booster(booster)


def test_a_logistic_regression_scores_as_scikit_learn_does() -> None:
    training = data(TRAINING_ROWS, 1, missing=0.1)
    fill = np.nanmedian(training, axis=0)
    filled = np.where(np.isnan(training), fill, training)
    scaler = StandardScaler().fit(filled)
    regression = LogisticRegression().fit(scaler.transform(filled), frauds(training))
    rows = data(ROWS, 2, missing=0.1)
    raws = regression.decision_function(scaler.transform(np.where(np.isnan(rows), fill, rows)))
    assert_same_scores("linear", export_linear(regression, scaler, fill), rows, raws)


def test_a_regression_of_three_classes_and_a_forest_of_single_samples_are_refused() -> None:
    rows = data(300, 1)
    scaler = StandardScaler().fit(rows)
    regression = LogisticRegression().fit(scaler.transform(rows), np.arange(300) % 3)
    with pytest.raises(BadInputError, match="only a regression of two classes"):
        export_linear(regression, scaler, np.zeros(6))
    forest = IsolationForest(n_estimators=2, max_samples=1, random_state=0).fit(rows)
    with pytest.raises(BadInputError, match="an Isolation Forest of single samples"):
        export_isolation_forest(forest, np.zeros(6))
