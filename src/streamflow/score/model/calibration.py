"""From a model's raw score to evidence on the rules' scale."""

import math
from itertools import pairwise
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from streamflow.contracts.errors import BadInputError

MAX_KNOTS: Final = 1024
MAX_EVIDENCE: Final = 1000.0


class Calibration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A strictly increasing map from raw score to evidence: straight lines between knots, the outer lines go on beyond the ends.

    Evidence is never below 0. 0 is none; the review threshold (0.7 by default) is "enough for an alert". What exceeds the cap of the
    blend is cut there, not here, so that two scores beyond it still differ.

    Parameters
    ----------
    raw, evidence : tuple of float
        The knots, 2 or more, both strictly increasing.
    """

    raw: tuple[float, ...]
    evidence: tuple[float, ...]

    def knots(self) -> npt.NDArray[np.float64]:
        """Return the knots as rows of raw score, evidence, and slope from here on; the last knot has the slope before it."""
        slopes = _slopes(self)
        return np.array([self.raw, self.evidence, [*slopes, slopes[-1]]], np.float64)


def check_calibration(calibration: Calibration, where: str) -> None:
    """Raise BadInputError unless a calibration is one.

    Examples
    --------
    >>> check_calibration(Calibration(raw=(0.4, 0.6), evidence=(0.0, 0.7)), "here")
    >>> check_calibration(Calibration(raw=(0.4, 0.6), evidence=(0.7, 0.7)), "here")
    Traceback (most recent call last):
    ...
    streamflow.contracts.errors.BadInputError: the calibration is not strictly increasing: got evidence 0.7 at raw 0.6 after 0.7 (here)
    """
    raw, evidence = calibration.raw, calibration.evidence
    if len(raw) != len(evidence) or not 2 <= len(raw) <= MAX_KNOTS:
        got = f"{len(raw)} raw, {len(evidence)} evidence"
        raise BadInputError("the calibration has no knots", expected=f"as many of both, 2 to {MAX_KNOTS}", got=got, where=where)
    if not all(math.isfinite(value) for value in raw) or not 0 <= evidence[0] <= evidence[-1] <= MAX_EVIDENCE:
        expected = f"finite raw scores, evidence 0 to {MAX_EVIDENCE:g}"
        raise BadInputError("the calibration is out of range", expected=expected, got=f"{evidence[0]} to {evidence[-1]}", where=where)
    for (raw_before, before), (raw_here, here) in pairwise(zip(raw, evidence, strict=True)):
        if not (raw_here > raw_before and here > before):
            got = f"evidence {here} at raw {raw_here} after {before}"
            raise BadInputError("the calibration is not strictly increasing", got=got, where=where)
    if not all(math.isfinite(slope) and slope > 0 for slope in _slopes(calibration)):
        raise BadInputError("the calibration is too steep or too flat for its numbers", got=str(_slopes(calibration)), where=where)


def _slopes(calibration: Calibration) -> list[float]:
    knots = zip(calibration.raw, calibration.evidence, strict=True)
    return [(here - before) / (raw_here - raw_before) for (raw_before, before), (raw_here, here) in pairwise(knots)]
