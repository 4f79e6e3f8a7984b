"""A model that was read: a row of features in, evidence and its reasons out."""

import math
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from streamflow.contracts.errors import BadInputError
from streamflow.score.model import kernels
from streamflow.score.model.arrays import Arrays
from streamflow.score.model.errors import ModelOutputError
from streamflow.score.model.linear import LINEAR_FORMS, Linear, read_linear
from streamflow.score.model.manifest import Kind, Manifest
from streamflow.score.model.trees import FOREST_FORMS, TREE_FORMS, Trees, read_trees
from streamflow.score.model.words import reason

Row = npt.NDArray[np.float64]

FORMS: Final = {"anomaly": FOREST_FORMS, "supervised": TREE_FORMS, "linear": LINEAR_FORMS}
"""The arrays of each kind of model."""

_LEAST_FACTOR: Final = 1.005
_MAX_EXPONENT: Final = 700.0


class Contribution(NamedTuple):
    """What a feature's value did to the raw score, on the scale on which contributions add up."""

    feature: str
    share: float


def _falling(contribution: Contribution) -> float:
    return -contribution.share


class Model:
    """A verified model. Made by `streamflow.score.model.read_model`.

    A row has one float64 per name of the whole feature set, in its order, NaN where nothing is known; the model looks at its own
    features only. Scores of a row are the same to the bit alone and in any batch.

    Parameters
    ----------
    manifest : Manifest
        What the model says of itself.
    arrays : Mapping
        Its arrays, of the forms of its kind.
    feature_names : tuple of str
        The feature set, which gives a row its order.
    where : str
        The model's place, for errors.
    """

    def __init__(self, manifest: Manifest, arrays: Arrays, feature_names: tuple[str, ...], where: str) -> None:
        self.manifest: Final = manifest
        self.name: Final = manifest.name
        self.kind: Final[Kind] = manifest.kind
        self.feature_names: Final = manifest.features
        self._row_names = feature_names
        self._row_bytes = 8 * len(feature_names)
        self._knots = manifest.evidence.knots()
        places = np.array([feature_names.index(name) for name in manifest.features], np.int64)
        self._places = places.tolist()
        self._part: Trees | Linear
        self._kernels: tuple[Callable[..., Any], ...]
        self._arguments: tuple[Any, ...]
        if manifest.kind == "linear":
            self._part = self._arguments = read_linear(arrays, places, where)
            self._kernels = (kernels.linear_evidence, kernels.linear_raw, kernels.linear_rows)
        else:
            self._part = read_trees(arrays, places, where)
            self._arguments = (self._part.number, self._part.link, self._part.roots, self._part.path_scale)
            self._kernels = (kernels.trees_evidence, kernels.trees_raw, kernels.trees_rows)
        self._evidence: Callable[..., float] = self._kernels[0]
        self._evidence_arguments = (*self._arguments, self._knots)

    def evidence(self, row: Row) -> float:
        """Return the evidence of fraud in a row, 0 or more, rounded to 6 decimals; one compiled call.

        Raises
        ------
        ModelOutputError
            If the raw score is no finite number.
        """
        if row.nbytes != self._row_bytes:
            raise self._wrong_row(row)
        evidence = self._evidence(row, *self._evidence_arguments)
        if evidence >= 0.0:
            return evidence
        raise ModelOutputError("the model's score is not a finite number", got=str(self.raw(row)), where=self.name)

    def raw(self, row: Row) -> float:
        """Return the raw score: of an anomaly model a number above 0 (docs/model.md), else the log-odds of fraud."""
        if row.nbytes != self._row_bytes:
            raise self._wrong_row(row)
        return float(self._kernels[1](row, *self._arguments))

    def raw_rows(self, rows: Row) -> Row:
        """Return the raw score of each row of a matrix."""
        if rows.ndim != 2 or rows.shape[1] != len(self._row_names):
            raise self._wrong_row(rows)
        raws = np.empty(len(rows))
        self._kernels[2](np.ascontiguousarray(rows, np.float64), *self._arguments, raws)
        return raws

    def score_rows(self, rows: Row) -> Row:
        """Return the evidence of each row of a matrix, the same as `evidence` to the bit.

        Raises
        ------
        ModelOutputError
            If a raw score is no finite number.
        """
        raws = self.raw_rows(rows)
        evidence = np.empty(len(raws))
        kernels.evidence_rows(raws, self._knots, evidence)
        if (wrong := np.flatnonzero(np.isnan(evidence))).size:
            raise ModelOutputError("the model's score is not a finite number", got=f"{raws[wrong[0]]} in row {wrong[0]}", where=self.name)
        return evidence

    @property
    def baseline(self) -> float:
        """The model's output before it knows anything of a row, on the scale of the contributions."""
        return self._part.baseline

    @property
    def steps(self) -> int:
        """How many splits, or terms of a sum, a row meets at most. Each costs 10 to 20 ns: what a score costs on any machine."""
        return self._part.splits if isinstance(self._part, Trees) else len(self._part.places)

    def contributions(self, row: Row) -> tuple[Contribution, ...]:
        """Say what each of the model's features contributed, from what raises the risk most to what lowers it most.

        The shares of a row and `baseline` add up to the raw score for supervised and linear (log-odds), and to its log2 for anomaly.
        """
        if row.nbytes != self._row_bytes:
            raise self._wrong_row(row)
        out = np.zeros(len(self._row_names))
        if isinstance(self._part, Linear):
            kernels.linear_shares(row, self._part.places, self._part.terms, out)
        else:
            kernels.trees_shares(row, self._part.number, self._part.link, self._part.roots, self._part.value, out)
            out *= self._part.share_scale
        shares = map(Contribution, self.feature_names, out[self._places].tolist())
        return tuple(sorted(shares, key=_falling))

    def reasons(self, row: Row, limit: int = 3) -> tuple[str, ...]:
        """Say in words what raises the risk most, at most so many, nothing that raises it by less than half a percent."""
        strongest = self.contributions(row)[:limit]
        return tuple(self.in_words(row, found) for found in strongest if self.factor(found) >= _LEAST_FACTOR)

    def factor(self, contribution: Contribution) -> float:
        """Return by what a contribution multiplies the odds of fraud, or an Isolation Forest's score."""
        share = min(contribution.share, _MAX_EXPONENT)
        return 2.0**share if self.kind == "anomaly" else math.exp(share)

    def in_words(self, row: Row, contribution: Contribution) -> str:
        """Say what a feature of a row did to the risk."""
        value = float(row[self._row_names.index(contribution.feature)])
        return reason(contribution.feature, value, self.factor(contribution))

    def _wrong_row(self, row: Row) -> BadInputError:
        expected = f"{len(self._row_names)} float64 numbers"
        return BadInputError("a row has other features than the model", expected=expected, got=f"{row.shape} {row.dtype}", where=self.name)
