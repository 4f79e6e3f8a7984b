"""Models of one feature, signed, for tests that are not about what models say."""

import numpy as np

from streamflow.score.features import FEATURE_NAMES
from streamflow.score.model import Calibration, Keys, Model, generate_keys, read_model, sign, write_model

KEYS = generate_keys()
STRANGER = generate_keys()
TRUSTED = (KEYS.public.hex(),)
NOON_MS = 1_700_000_000_000
FEATURE = FEATURE_NAMES[0]


def model_files(weight: float = 1.0, *, trained_until_ms: int = NOON_MS, keys: Keys = KEYS, card: bytes = b"") -> dict[str, bytes]:
    """Return the files of a logistic regression on one feature."""
    one = np.ones(1)
    rows = np.array([[0.0], [2.0]])
    files = write_model(
        "linear",
        {"coefficient": weight * one, "mean": 0 * one, "scale": one, "fill": 0 * one, "intercept": 0 * one},
        Calibration((-1.0, 1.0), (0.0, 1.0)),
        features=(FEATURE,),
        trained_until_ms=trained_until_ms,
        golden_rows=rows,
        golden_raw=weight * rows[:, 0],
        cards={"card.md": card, "card.json": b"{}"} if card else None,
    )
    return sign(files, keys.private)


def tiny_model(weight: float = 1.0) -> Model:
    """Return a verified model."""
    return read_model(model_files(weight), [KEYS.public])
