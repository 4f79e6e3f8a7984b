"""Small models by hand, real in every respect but that nobody trained them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from streamflow.score.drift import reference_to
from streamflow.score.model import Calibration, Model, generate_keys, read_model, sign, write_model

KEYS: Final = generate_keys()
"""Of this run of the tests."""

CALIBRATION: Final = Calibration(raw=(0.0, 1.0, 4.0), evidence=(0.0, 0.7, 4.0))


def linear_files(
    weight: float = 1.0,
    trained_until_ms: int = 0,
    feature: str = "amount_ratio",
    fill: float = 0.0,
    cards: Mapping[str, bytes] | None = None,
) -> dict[str, bytes]:
    """Return a signed model whose raw score is one feature times a weight."""
    values = np.array([0.0, 1.0, 3.0, np.nan])
    return sign(
        write_model(
            "linear",
            {
                "coefficient": np.array([weight]),
                "mean": np.zeros(1),
                "scale": np.ones(1),
                "fill": np.array([fill]),
                "intercept": np.zeros(1),
            },
            CALIBRATION,
            features=(feature,),
            trained_until_ms=trained_until_ms,
            golden_rows=values.reshape(-1, 1),
            golden_raw=np.where(np.isnan(values), fill, values) * weight,
            cards=cards,
        ),
        KEYS.private,
    )


def card_with_reference() -> bytes:
    """Return a model card that knows of four numbers what they were like: payments far above the customers' means, at all hours."""
    random = np.random.default_rng(7)
    payments = 5_000
    columns = {
        "amount_ratio": random.lognormal(4, 0.2, payments),
        "hour": random.uniform(0, 24, payments),
        "ml_score": random.exponential(0.1, payments),
        "rules_score": random.exponential(0.1, payments),
    }
    reference = reference_to(columns, np.linspace(0, 14 * 86_400_000, payments, dtype=np.int64))
    return msgspec.json.encode({"reference": reference})


def write_folder(folder: Path, files: dict[str, bytes]) -> Path:
    """Write a model as `streamflow train` does."""
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def linear_model(weight: float = 1.0, feature: str = "amount_ratio") -> Model:
    return read_model(linear_files(weight, feature=feature), {KEYS.public})
