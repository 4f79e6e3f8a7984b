"""From a training library's model to the flat arrays of an artefact (docs/model.md), without loss.

The arrays score as the library does, to 1e-9 and mostly to the bit; tests/unit/ml/test_export.py holds 100 000 rows against it.
"""

import math
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import lightgbm
import numpy as np
import numpy.typing as npt
from sklearn.ensemble import IsolationForest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from streamflow.contracts.errors import BadInputError
from streamflow.ml.nodes import Arrays, Nodes, Numbers
from streamflow.ml.rarity import Tail
from streamflow.score.model.kernels import ZERO
from streamflow.score.model.trees import DEFAULT_LEFT, MISSING_NAN, MISSING_NONE, MISSING_ZERO

_ENDLESS = 1e300
_MISSING = {"None": MISSING_NONE, "Zero": MISSING_ZERO, "NaN": MISSING_NAN}


def export_isolation_forest(model: IsolationForest, fill: Numbers, places: Sequence[int] | None = None) -> Arrays:
    """Return the arrays of a fitted Isolation Forest.

    scikit-learn compares in single precision. A double that rounds to a single at most the threshold is one that lies at most at the
    middle of the two singles around it, so the exported thresholds are these middles, and the kernels compare doubles.

    Parameters
    ----------
    fill
        What stood for a missing value of each of the artefact's features in training, such as its median: at each split, missing goes
        where this goes.
    places
        Where the forest's features lie among the artefact's, if the forest does not look at all of them.
    """
    if model.max_samples_ < 2:
        raise BadInputError("an Isolation Forest of single samples isolates nothing", got=f"max_samples {model.max_samples_}")
    nodes = Nodes()
    where = np.arange(model.n_features_in_) if places is None else np.asarray(places, np.intp)
    for estimator, features in zip(model.estimators_, model.estimators_features_, strict=True):
        _add_isolation_tree(nodes, estimator.tree_, where[features], np.asarray(fill, np.float64))
    scale = len(model.estimators_) * float(_mean_path(np.array([model.max_samples_]))[0])
    return {**nodes.arrays(), "path_scale": np.array([scale])}


def _add_isolation_tree(nodes: Nodes, tree: Any, features: npt.NDArray[np.intp], fill: Numbers) -> None:
    left, right = tree.children_left.tolist(), tree.children_right.tolist()
    depth = np.zeros(tree.node_count)
    samples = tree.n_node_samples.astype(np.float64)
    value = np.zeros(tree.node_count)
    beyond = _mean_path(samples)
    for node in range(tree.node_count):
        if left[node] >= 0:
            depth[[left[node], right[node]]] = depth[node] + 1
    for node in reversed(range(tree.node_count)):
        if left[node] < 0:
            value[node] = depth[node] + beyond[node]
        else:
            children = [left[node], right[node]]
            value[node] = samples[children] @ value[children] / samples[children].sum()
    thresholds = double_thresholds(tree.threshold)

    def fields(node: int) -> tuple[int, float, int, float]:
        if left[node] < 0:
            return -1, 0.0, MISSING_NONE, float(value[node])
        feature = int(features[tree.feature[node]])
        side = DEFAULT_LEFT if fill[feature] <= thresholds[node] else 0
        return feature, float(thresholds[node]), MISSING_NAN | side, float(value[node])

    waiting = [(0, -1)]
    while waiting:
        node, parent = waiting.pop()
        place = nodes.add(*fields(node))
        if parent >= 0:
            nodes.right[parent] = place
        if left[node] >= 0:
            waiting += [(right[node], place), (left[node], -1)]
    nodes.end_tree()


def export_rare(forest: Arrays, tails: Sequence[Tail], share: float, doublings: float) -> Arrays:
    """Return the arrays of a forest beside tails, each of which is one more tree.

    The raw score is 2 ** (doublings * (sum of the tails' evidence + share * log2 of the forest's own score)).
    """
    nodes = Nodes()
    path_scale = float(forest["path_scale"][0])
    for tail in tails:
        # A leaf is a length of path, and the longer the path the less unusual.
        _add_steps(nodes, tail, np.append(0.0, tail.evidence) * -(path_scale / share), 0, len(tail.thresholds))
        nodes.end_tree()
    steps = nodes.arrays()
    count = len(forest["feature"])
    steps["right"] = np.where(steps["right"] < 0, -1, steps["right"] + count).astype(np.int32)
    begin = np.append(forest["tree_begin"], steps.pop("tree_begin")[1:] + count).astype(np.int32)
    joined = {name: np.append(forest[name], array).astype(array.dtype) for name, array in steps.items()}
    return {"tree_begin": begin, **joined, "path_scale": np.array([path_scale / (doublings * share)])}


def _add_steps(nodes: Nodes, tail: Tail, leaves: Numbers, low: int, high: int) -> int:
    """Add a balanced tree over the leaves from low to high, and return its root."""
    weights = tail.rows[low : high + 1].astype(np.float64)
    value = float(np.average(leaves[low : high + 1], weights=weights if weights.any() else None))
    if low == high:
        return nodes.add(-1, 0.0, MISSING_NONE, value)
    middle = (low + high) // 2
    place = nodes.add(tail.place, float(tail.thresholds[middle]), MISSING_NAN | DEFAULT_LEFT, value)
    _add_steps(nodes, tail, leaves, low, middle)
    nodes.right[place] = _add_steps(nodes, tail, leaves, middle + 1, high)
    return place


def double_thresholds(thresholds: Numbers) -> Numbers:
    """Return, for each threshold t, the greatest double that is at most t after it was rounded to single precision.

    Examples
    --------
    >>> limit = double_thresholds(np.array([0.1]))[0]
    >>> float(np.float32(limit)) <= 0.1, float(np.float32(np.nextafter(limit, 1))) <= 0.1
    (True, False)
    """
    single = thresholds.astype(np.float32)
    single = np.where(single > thresholds, np.nextafter(single, np.float32(-np.inf)), single)
    above = np.nextafter(single, np.float32(np.inf))
    middle = (single.astype(np.float64) + above.astype(np.float64)) / 2
    # A double in the very middle goes to the single whose last bit is 0.
    return np.where(middle.astype(np.float32) <= thresholds, middle, np.nextafter(middle, -np.inf))


def _mean_path(samples: Numbers) -> Numbers:
    """Return the mean path length of an unsuccessful search in a tree of so many samples (Liu, Ting and Zhou 2008)."""
    many = np.maximum(samples, 3.0)
    paths = 2.0 * (np.log(many - 1.0) + np.euler_gamma) - 2.0 * (many - 1.0) / many
    return np.where(samples <= 1, 0.0, np.where(samples == 2, 1.0, paths))


def export_booster(booster: lightgbm.Booster, num_iteration: int | None = None) -> Arrays:
    """Return the arrays of a LightGBM booster with one output, up to its best iteration unless a number says otherwise.

    Leaves are log-odds (the raw margin). An inner node's value is the mean of its leaves, weighted by the training rows in them.

    Raises
    ------
    BadInputError
        For what the arrays cannot say: categorical splits, linear leaves, averaged output, several classes.
    """
    dump = booster.dump_model(num_iteration=num_iteration)
    if dump["num_tree_per_iteration"] != 1 or dump["average_output"]:
        raise BadInputError("only a booster whose one output is a sum of trees can be exported", got=str(dump["objective"]))
    nodes = Nodes()
    for tree in dump["tree_info"]:
        _add_boosted_tree(nodes, tree["tree_structure"])
    return nodes.arrays()


def _add_boosted_tree(nodes: Nodes, root: Mapping[str, Any]) -> None:
    first = len(nodes.feature)
    rows: list[float] = []
    waiting: list[tuple[Mapping[str, Any], int]] = [(root, -1)]
    while waiting:
        node, parent = waiting.pop()
        if "leaf_value" in node:
            if "leaf_const" in node:
                raise BadInputError("linear leaves cannot be exported", expected="linear_tree=false")
            place = nodes.add(-1, 0.0, MISSING_NONE, float(node["leaf_value"]))
            rows.append(float(node.get("leaf_count", 1)))
        else:
            if node["decision_type"] != "<=":
                raise BadInputError("categorical splits cannot be exported", got=f"decision type {node['decision_type']}")
            missing = _MISSING[node["missing_type"]] | (DEFAULT_LEFT if node["default_left"] else 0)
            place = nodes.add(int(node["split_feature"]), _as_lightgbm_compares(float(node["threshold"])), missing, 0.0)
            rows.append(0.0)
            waiting += [(node["right_child"], place), (node["left_child"], -1)]
        if parent >= 0:
            nodes.right[parent] = place
    for place in reversed(range(first, len(nodes.feature))):
        if nodes.feature[place] >= 0:
            left, right = place + 1, nodes.right[place]
            weight_left, weight_right = rows[left - first], rows[right - first]
            rows[place - first] = weight = weight_left + weight_right
            nodes.value[place] = (weight_left * nodes.value[left] + weight_right * nodes.value[right]) / (weight or 1.0)
    nodes.end_tree()


def _as_lightgbm_compares(threshold: float) -> float:
    """Return the threshold that parts finite numbers as LightGBM does.

    It takes what is at most 1e-35 away from 0 for 0 before it looks at any threshold; and it writes 1e300 for a threshold without
    end, such as that between all numbers and NaN.
    """
    if abs(threshold) <= ZERO:
        return ZERO if threshold >= 0 else math.nextafter(-ZERO, -math.inf)
    return sys.float_info.max if threshold >= _ENDLESS else threshold


def export_linear(model: LogisticRegression, scaler: StandardScaler, fill: Numbers) -> Arrays:
    """Return the arrays of a fitted logistic regression over standardised features.

    Parameters
    ----------
    scaler
        The fitted standardisation, with mean and with deviation.
    fill
        What stood for a missing value of each feature in training, before the standardisation.
    """
    if model.coef_.shape[0] != 1:
        raise BadInputError("only a regression of two classes can be exported", got=f"{len(model.classes_)} classes")
    return {
        "coefficient": model.coef_[0].astype(np.float64),
        "mean": scaler.mean_.astype(np.float64),
        "scale": scaler.scale_.astype(np.float64),
        "fill": np.asarray(fill, np.float64),
        "intercept": model.intercept_.astype(np.float64),
    }
