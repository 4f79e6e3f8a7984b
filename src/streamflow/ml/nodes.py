"""Collects the nodes of trees in the order of an artefact (docs/model.md): one tree behind the other, each in preorder."""

from typing import Any

import numpy as np
import numpy.typing as npt

Arrays = dict[str, npt.NDArray[Any]]
Numbers = npt.NDArray[np.float64]


class Nodes:
    """Nodes of trees, to be added in preorder; the caller says where a right child lies once it knows."""

    def __init__(self) -> None:
        self.begin = [0]
        self.feature: list[int] = []
        self.threshold: list[float] = []
        self.right: list[int] = []
        self.missing: list[int] = []
        self.value: list[float] = []

    def add(self, feature: int, threshold: float, missing: int, value: float) -> int:
        """Add a node, a leaf so far, and return its place."""
        self.feature.append(feature)
        self.threshold.append(threshold)
        self.right.append(-1)
        self.missing.append(missing)
        self.value.append(value)
        return len(self.feature) - 1

    def end_tree(self) -> None:
        """Say that the next node is a root."""
        self.begin.append(len(self.feature))

    def arrays(self) -> Arrays:
        """Return the artefact's arrays."""
        return {
            "tree_begin": np.array(self.begin, np.int32),
            "feature": np.array(self.feature, np.int16),
            "threshold": np.array(self.threshold, np.float64),
            "right": np.array(self.right, np.int32),
            "missing": np.array(self.missing, np.uint8),
            "value": np.array(self.value, np.float64),
        }
