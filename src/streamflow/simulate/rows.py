"""A payment as numbers: what is drawn first and becomes text last."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from streamflow.simulate.geography import PRODUCTS_PER_CATEGORY, Integers

Rows = npt.NDArray[Any]
"""A structured array of `ROW`."""

ROW: Final = np.dtype(
    [
        ("event_ms", "i8"),
        ("arrival_ms", "i8"),
        ("number", "i8"),
        ("known_ms", "i8"),
        ("cents", "i8"),
        ("customer", "i4"),
        ("store", "i2"),
        ("product", "i2"),
        ("method", "i1"),
        ("scenario", "i1"),
        ("malformed", "i1"),
        ("repeat", "?"),
    ]
)
"""Times in milliseconds since the epoch, indexes into the tables of the other modules; `NO_PRODUCT` and `SOUND` where there is none."""

NO_PRODUCT: Final = -1
SOUND: Final = -1
_WITHOUT_PRODUCT: Final = 0.08


def make_rows(size: int, **columns: Integers | int) -> Rows:
    """Return rows with these columns, the others empty."""
    rows: Rows = np.zeros(size, ROW)
    rows["malformed"] = SOUND
    for name, values in columns.items():
        rows[name] = values
    return rows


def in_order(rows: Rows, column: str) -> Rows:
    """Return the rows sorted by a time; equal times keep their order."""
    return rows[np.argsort(rows[column], kind="stable")]


def draw_products(rng: np.random.Generator, category: Integers) -> Integers:
    """Draw a product of each category, the first ones most often; some payments name none."""
    popular = (PRODUCTS_PER_CATEGORY * rng.random(len(category)) ** 2).astype(np.int64)
    result: Integers = np.where(rng.random(len(category)) < _WITHOUT_PRODUCT, NO_PRODUCT, category * PRODUCTS_PER_CATEGORY + popular)
    return result
