"""Trees as an artefact holds them: flat arrays, checked once, then packed for the kernels.

All trees lie one behind the other, each in preorder: the left child of an inner node is the next node, so only the right one is written.
"""

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from streamflow.contracts.errors import BadInputError
from streamflow.score.model.arrays import Arrays, Form
from streamflow.score.model.kernels import MISSING_GOES_LEFT, NAN_IS_MISSING, RIGHT_SHIFT, ZERO_IS_MISSING

MAX_TREES: Final = 10_000
MAX_SPLITS: Final = 20_000
"""Most splits that a row may meet on its way through all trees, at 10 to 20 ns each: the customers behind it wait meanwhile."""

MISSING_NONE: Final = 0
MISSING_ZERO: Final = 1
MISSING_NAN: Final = 2
DEFAULT_LEFT: Final = 4

TREE_FORMS: Final = {
    "tree_begin": Form("<i4"),
    "feature": Form("<i2"),
    "threshold": Form("<f8"),
    "right": Form("<i4"),
    "missing": Form("|u1"),
    "value": Form("<f8"),
}
"""`tree_begin`: first node of each tree, and the number of nodes. The others have one entry a node.

`feature`: place in the manifest's features, -1 for a leaf. `right`: the right child, -1 for a leaf. `missing`: 0 nothing counts as
missing (NaN is then 0), 1 zero and NaN do, 2 NaN does; 4 more where missing goes left. `value`: a leaf's output; of an inner node,
the mean output of the training rows that came through it.
"""

FOREST_FORMS: Final = {**TREE_FORMS, "path_scale": Form("<f8")}
"""An Isolation Forest's trees give path lengths; `path_scale` is trees times the mean path of a training sample of that size."""


class Trees(NamedTuple):
    """Trees as the kernels read them, two numbers a node (`streamflow.score.model.kernels`).

    `splits` is how many a row meets at most, and so what its score costs.
    """

    number: npt.NDArray[np.float64]
    link: npt.NDArray[np.int64]
    roots: npt.NDArray[np.int64]
    value: npt.NDArray[np.float64]
    path_scale: float
    splits: int

    @property
    def share_scale(self) -> float:
        """What makes of a path's length the log2 of an anomaly score; 1 where leaves are log-odds."""
        return -1.0 / self.path_scale if self.path_scale else 1.0

    @property
    def baseline(self) -> float:
        """The scaled sum of the roots' values: the output before anything is known of a row."""
        return float(self.value[self.roots].sum()) * self.share_scale


def read_trees(arrays: Arrays, places: npt.NDArray[np.int64], where: str) -> Trees:
    """Check trees and pack them; places say where in a row the model's features lie.

    Raises
    ------
    BadInputError
        If a walk through the arrays could leave them, go on for ever or last too long, or a number is not finite.
    """
    begin, feature, right = (arrays[name].astype(np.int64) for name in ("tree_begin", "feature", "right"))
    threshold, value, missing = arrays["threshold"], arrays["value"], arrays["missing"].astype(np.int64)
    nodes = len(feature)
    if not nodes == len(right) == len(threshold) == len(value) == len(missing):
        raise BadInputError("the arrays of the trees' nodes have different lengths", where=where)
    if not 2 <= len(begin) <= MAX_TREES + 1 or begin[0] != 0 or begin[-1] != nodes or bool((np.diff(begin) < 1).any()):
        raise BadInputError("the trees do not divide their nodes", expected=f"1 to {MAX_TREES} trees, 0 to {nodes} nodes", where=where)
    inner = feature >= 0
    _check_nodes(inner, feature, right, missing, len(places), where)
    _check_shape(begin, inner, right, where)
    splits = _count_splits(begin, inner, right, where)
    for name in ("threshold", "value"):
        if not np.isfinite(arrays[name]).all():
            raise BadInputError(f"the array {name} holds a number that is not finite", where=where)
    scale = _path_scale(arrays, where)
    kind = np.where(missing & 3 == MISSING_ZERO, ZERO_IS_MISSING, 0) | np.where(missing & 3 == MISSING_NAN, NAN_IS_MISSING, 0)
    kind |= np.where(missing & DEFAULT_LEFT, MISSING_GOES_LEFT, 0)
    link = np.where(inner, places[np.maximum(feature, 0)] | kind | (right << RIGHT_SHIFT), -1)
    return Trees(np.where(inner, threshold, value).astype(np.float64), link, begin[:-1].copy(), value.astype(np.float64), scale, splits)


def _check_nodes(inner: Any, feature: Any, right: Any, missing: Any, features: int, where: str) -> None:
    if (wrong := np.flatnonzero((feature < -1) | (feature >= features))).size:
        got = f"{feature[wrong[0]]} in node {wrong[0]}"
        raise BadInputError("a tree asks for a feature that the model does not have", expected=f"0 to {features - 1}", got=got, where=where)
    if (wrong := np.flatnonzero((missing & 3 == 3) | (missing > (MISSING_NAN | DEFAULT_LEFT)))).size:
        got = f"{missing[wrong[0]]} in node {wrong[0]}"
        raise BadInputError("a tree treats missing values in an unknown way", expected="0 to 2, or 4 to 6", got=got, where=where)
    if (wrong := np.flatnonzero(~inner & (right != -1))).size:
        raise BadInputError("a leaf of a tree has a child", got=f"node {wrong[0]}", where=where)


def _check_shape(begin: Any, inner: Any, right: Any, where: str) -> None:
    """Every node but the roots is the child of exactly one node, which lies before it in the same tree."""
    node = np.flatnonzero(inner)
    end = np.repeat(begin[1:], np.diff(begin))[node]
    if (wrong := np.flatnonzero((right[node] >= end) | (node + 1 >= end) | (right[node] < 0))).size:
        place = wrong[0]
        got = f"node {node[place]} to {right[node[place]]}"
        raise BadInputError("a child lies outside its tree", expected=f"a node before {end[place]}", got=got, where=where)
    if (wrong := np.flatnonzero(right[node] <= node)).size:
        got = f"node {node[wrong[0]]} to {right[node[wrong[0]]]}"
        raise BadInputError("a tree goes in a circle", expected="children behind their parent", got=got, where=where)
    parents = np.bincount(np.concatenate([node + 1, right[node]]), minlength=len(inner))
    expected = np.ones(len(inner), np.int64)
    expected[begin[:-1]] = 0
    if (wrong := np.flatnonzero(parents != expected)).size:
        got = f"node {wrong[0]} has {parents[wrong[0]]} parents"
        raise BadInputError("a tree is not a tree", expected="one parent a node, none for a root", got=got, where=where)


def _count_splits(begin: Any, inner: Any, right: Any, where: str) -> int:
    """Return the length of the longest way through each tree, all together: one level of the trees after the other."""
    tree = np.repeat(np.arange(len(begin) - 1), np.diff(begin))
    level, splits = begin[:-1][inner[begin[:-1]]], 0
    while level.size:
        # Nodes of a tree lie together, in every level too.
        splits += 1 + int(np.count_nonzero(np.diff(tree[level])))
        if splits > MAX_SPLITS:
            expected, got = f"at most {MAX_SPLITS} splits on a row's way", f"more, in {len(begin) - 1} trees"
            raise BadInputError("the trees take too long", expected=expected, got=got, where=where)
        children = np.column_stack((level + 1, right[level])).ravel()
        level = children[inner[children]]
    return splits


def _path_scale(arrays: Arrays, where: str) -> float:
    if "path_scale" not in arrays:
        return 0.0
    scale = arrays["path_scale"]
    if scale.shape != (1,) or not 0 < scale[0] < np.inf:
        raise BadInputError("the trees' path scale is not one", expected="one number above 0", got=str(scale[:3].tolist()), where=where)
    return float(scale[0])
