"""A logistic regression as an artefact holds it: fill, standardise, weigh, sum."""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from streamflow.contracts.errors import BadInputError
from streamflow.score.model.arrays import Arrays, Form

TERMS: Final = ("coefficient", "mean", "scale", "fill")
LINEAR_FORMS: Final = {**{name: Form("<f8") for name in TERMS}, "intercept": Form("<f8")}
"""One entry a feature: weight, mean and scale of the standardisation, and what a missing value counts as; one intercept."""


class Linear(NamedTuple):
    """A weighted sum as the kernels read it (`streamflow.score.model.kernels`)."""

    places: npt.NDArray[np.int64]
    terms: npt.NDArray[np.float64]
    intercept: float

    @property
    def baseline(self) -> float:
        """The log-odds of a row of means."""
        return self.intercept


def read_linear(arrays: Arrays, places: npt.NDArray[np.int64], where: str) -> Linear:
    """Check a weighted sum and pack it; places say where in a row the model's features lie.

    Raises
    ------
    BadInputError
        If an array has another length than the features, or a number is not finite, or a scale is not above 0.
    """
    for name in TERMS:
        if arrays[name].shape != places.shape:
            got = f"{len(arrays[name])} in {name}"
            raise BadInputError("the model has not one term a feature", expected=str(len(places)), got=got, where=where)
    if arrays["intercept"].shape != (1,):
        raise BadInputError("the model has not one intercept", got=str(len(arrays["intercept"])), where=where)
    for name in (*TERMS, "intercept"):
        if not np.isfinite(arrays[name]).all():
            raise BadInputError(f"the array {name} holds a number that is not finite", where=where)
    if not (arrays["scale"] > 0).all():
        raise BadInputError("a feature has no scale", expected="above 0", got=str(arrays["scale"].min()), where=where)
    return Linear(places, np.array([arrays[name] for name in TERMS], np.float64), float(arrays["intercept"][0]))
