"""The compiled part: a row's way through the trees, or its weighted sum, and from there to evidence.

A tree's node is two numbers. `number` is the threshold, or a leaf's output. `link` is -1 for a leaf, and else bits: 0-15 the feature's
place in the row, 16 missing goes left, 17 zero and NaN are missing, 18 NaN is, 32-62 the right child. The left child is the next node.
Nothing here checks a bound: `streamflow.score.model.trees` did, when the model was read.

Every form of a score comes from the same function for one row, and each row is summed in the order of the trees or features, so a
score does not depend on what else is in a batch.
"""

from typing import Any, Final

import numpy as np

from streamflow.score.compiling import compiled

FEATURE_PLACE: Final = 0xFFFF
MISSING_GOES_LEFT: Final = 1 << 16
ZERO_IS_MISSING: Final = 1 << 17
NAN_IS_MISSING: Final = 1 << 18
RIGHT_SHIFT: Final = 32
ZERO: Final = 1.0000000180025095e-35
"""LightGBM's `kZeroThreshold`, the float nearest to 1e-35: what is at most this far from 0 counts as 0."""
EVIDENCE_LIMIT: Final = 1e6
"""Keeps the evidence of an absurd raw score a number that JSON can hold; the blend's cap lies far below."""

Array = Any
"""Numba's functions have no types; callers pass NumPy arrays of float64, or of int64 for links and places."""


@compiled
def next_node(row: Array, number: Array, link: Array, node: int) -> int:
    """Return the child to which a row goes from an inner node, as LightGBM's `NumericalDecision` does."""
    bits = link[node]
    value = row[bits & FEATURE_PLACE]
    if value != value:
        left = (bits & MISSING_GOES_LEFT) != 0 if bits & (ZERO_IS_MISSING | NAN_IS_MISSING) else number[node] >= 0.0
    elif bits & ZERO_IS_MISSING and -ZERO <= value <= ZERO:
        left = (bits & MISSING_GOES_LEFT) != 0
    else:
        left = value <= number[node]
    return node + 1 if left else bits >> RIGHT_SHIFT


@compiled
def trees_raw(row: Array, number: Array, link: Array, roots: Array, path_scale: float) -> float:
    """Return the sum of the leaves, or 2 ** -(sum / path_scale) for an Isolation Forest, for which path_scale is above 0."""
    total = 0.0
    for tree in range(roots.shape[0]):
        node = roots[tree]
        while link[node] >= 0:
            node = next_node(row, number, link, node)
        total += number[node]
    return 2.0 ** (-total / path_scale) if path_scale > 0.0 else total


@compiled
def linear_raw(row: Array, places: Array, terms: Array, intercept: float) -> float:
    """Return intercept + sum of coefficient * (value - mean) / scale; `terms` has the rows coefficient, mean, scale, fill."""
    total = intercept
    for term in range(places.shape[0]):
        value = row[places[term]]
        if value != value:
            value = terms[3, term]
        total += terms[0, term] * ((value - terms[1, term]) / terms[2, term])
    return total


@compiled
def evidence_of(raw: float, knots: Array) -> float:
    """Interpolate, and round halves up to 6 decimals, as `streamflow.score.rounding` does; NaN where raw is no finite number."""
    if raw - raw != 0.0:
        return np.nan
    low, high = 0, knots.shape[1] - 1
    while high - low > 1:
        middle = (low + high) >> 1
        if raw < knots[0, middle]:
            high = middle
        else:
            low = middle
    evidence = knots[1, low] + (raw - knots[0, low]) * knots[2, low]
    if evidence > knots[1, high] and raw <= knots[0, high]:
        evidence = knots[1, high]
    if evidence >= EVIDENCE_LIMIT:
        return EVIDENCE_LIMIT
    return np.floor(evidence * 1e6 + 0.5) / 1e6 if evidence > 0.0 else 0.0


@compiled
def trees_evidence(row: Array, number: Array, link: Array, roots: Array, path_scale: float, knots: Array) -> float:
    """Return a row's evidence."""
    return evidence_of(trees_raw(row, number, link, roots, path_scale), knots)


@compiled
def linear_evidence(row: Array, places: Array, terms: Array, intercept: float, knots: Array) -> float:
    """Return a row's evidence."""
    return evidence_of(linear_raw(row, places, terms, intercept), knots)


@compiled
def trees_rows(rows: Array, number: Array, link: Array, roots: Array, path_scale: float, out: Array) -> None:
    """Write each row's raw score into out."""
    for index in range(rows.shape[0]):
        out[index] = trees_raw(rows[index], number, link, roots, path_scale)


@compiled
def linear_rows(rows: Array, places: Array, terms: Array, intercept: float, out: Array) -> None:
    """Write each row's raw score into out."""
    for index in range(rows.shape[0]):
        out[index] = linear_raw(rows[index], places, terms, intercept)


@compiled
def evidence_rows(raws: Array, knots: Array, out: Array) -> None:
    """Write the evidence of each raw score into out."""
    for index in range(raws.shape[0]):
        out[index] = evidence_of(raws[index], knots)


@compiled
def trees_shares(row: Array, number: Array, link: Array, roots: Array, value: Array, out: Array) -> None:
    """Add, at every split on a row's way, what the split changed of the expected output to the feature that was asked."""
    for tree in range(roots.shape[0]):
        node = roots[tree]
        while link[node] >= 0:
            child = next_node(row, number, link, node)
            out[link[node] & FEATURE_PLACE] += value[child] - value[node]
            node = child


@compiled
def linear_shares(row: Array, places: Array, terms: Array, out: Array) -> None:
    """Write each feature's term of the sum into out."""
    for term in range(places.shape[0]):
        value = row[places[term]]
        if value != value:
            value = terms[3, term]
        out[places[term]] = terms[0, term] * ((value - terms[1, term]) / terms[2, term])
