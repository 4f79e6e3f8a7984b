"""Fits the three kinds of models, each to flat arrays and the training library's own scores."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from streamflow.ml.evaluate import Booleans, Floats
from streamflow.ml.export import export_booster, export_isolation_forest, export_linear, export_rare
from streamflow.ml.plan import TrainingPlan
from streamflow.ml.rarity import TAIL_FROM, fit_tails, rarity
from streamflow.score.features import MISSION_FEATURES

FOREST: Final[dict[str, Any]] = {"n_estimators": 100, "max_samples": 256}
"""Liu, Ting and Zhou 2008: more samples a tree hide anomalies behind each other."""

FOREST_SHARE: Final = 0.5
"""A score of the forest that is ten times as rare counts as half of a feature that is ten times as rare (docs/adr/0017)."""
LEAST_SPREAD: Final = 0.05
DOUBLINGS: Final = 0.5
"""How often a power of ten of evidence doubles the raw score: so slowly that no sum leaves the range in which 1e-9 can be seen."""

TREES: Final[dict[str, Any]] = {
    "objective": "binary",
    "num_iterations": 100,
    "learning_rate": 0.1,
    "num_leaves": 15,
    "min_data_in_leaf": 50,
    "min_sum_hessian_in_leaf": 1.0,
    "lambda_l2": 5.0,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "max_bin": 255,
}
"""Small trees, kept from single rows; more or larger ones found no more. No class weights: the calibration would have to undo them."""

_REPEATABLE: Final[dict[str, Any]] = {"deterministic": True, "force_row_wise": True, "num_threads": 1, "verbosity": -1}
LINEAR: Final[dict[str, Any]] = {"C": 0.1, "max_iter": 500}


@dataclass(frozen=True)
class Fitted:
    """A model as its library fitted it.

    Parameters
    ----------
    arrays : mapping
        What goes into the artefact.
    raw : callable
        Takes rows of the model's own features, gives the library's raw scores.
    parameters : dict
        What the library was told, for the model card.
    """

    arrays: Mapping[str, Any]
    raw: Callable[[Floats], Floats]
    parameters: dict[str, Any]


def fit(rows: Floats, frauds: Booleans | None, plan: TrainingPlan, names: tuple[str, ...]) -> Fitted:
    """Fit a model of the plan's kind; the same rows and plan give the same model.

    Parameters
    ----------
    rows : array of float, shape (payments, features)
        NaN where nothing is known.
    frauds : array of bool
        Which rows are frauds; None for the kind that learns without labels.
    names : tuple of str
        Of the features.
    """
    if frauds is None:
        return _forest(rows, plan, names)
    return _linear(rows, frauds, plan) if plan.kind == "linear" else _trees(rows, frauds, plan, names)


def _forest(rows: Floats, plan: TrainingPlan, names: tuple[str, ...]) -> Fitted:
    """Fit a forest, on the mission's features unless the plan names others, and the tails of single features beside it."""
    from sklearn.ensemble import IsolationForest

    wanted = plan.features or MISSION_FEATURES
    places = [place for place, name in enumerate(names) if name in wanted] or list(range(len(names)))
    fill, tails = np.nanmedian(rows, axis=0), fit_tails(rows, names)
    forest = IsolationForest(**FOREST, random_state=plan.seed, n_jobs=1).fit(_filled(rows, fill)[:, places])

    def alone(those: Floats) -> Floats:
        return np.asarray(-forest.score_samples(_filled(those, fill)[:, places]), np.float64)

    arrays = export_isolation_forest(forest, fill, places)
    if not tails:
        return Fitted(arrays, alone, FOREST)
    usual, rare = np.quantile(np.log2(alone(rows)), [0.9, 0.99]).tolist()
    share = FOREST_SHARE / max(rare - usual, LEAST_SPREAD)

    def raw(those: Floats) -> Floats:
        return np.asarray(np.exp2(DOUBLINGS * (rarity(tails, those) + share * np.log2(alone(those)))), np.float64)

    parameters = {**FOREST, "forest_share": FOREST_SHARE, "tail_from": TAIL_FROM}
    return Fitted(export_rare(arrays, tails, share, DOUBLINGS), raw, parameters)


def _trees(rows: Floats, frauds: Booleans, plan: TrainingPlan, names: tuple[str, ...]) -> Fitted:
    import lightgbm

    parameters = {**TREES, **_REPEATABLE, "seed": plan.seed}
    data = lightgbm.Dataset(rows, frauds.astype(np.float64), feature_name=list(names), params=parameters)
    booster = lightgbm.train(parameters, data)

    def raw(those: Floats) -> Floats:
        return np.asarray(booster.predict(those, raw_score=True, num_threads=1), np.float64)

    return Fitted(export_booster(booster), raw, TREES)


def _linear(rows: Floats, frauds: Booleans, plan: TrainingPlan) -> Fitted:
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    fill = np.nanmedian(rows, axis=0)
    scaler = StandardScaler()
    regression = LogisticRegression(**LINEAR, random_state=plan.seed).fit(scaler.fit_transform(_filled(rows, fill)), frauds)

    def raw(those: Floats) -> Floats:
        return np.asarray(regression.decision_function(scaler.transform(_filled(those, fill))), np.float64)

    return Fitted(export_linear(regression, scaler, fill), raw, LINEAR)


def _filled(rows: Floats, fill: Floats) -> Floats:
    return np.where(np.isnan(rows), fill, rows)
