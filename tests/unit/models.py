"""Small models by hand, real in every respect but that nobody trained them."""

from pathlib import Path
from typing import Final

import numpy as np

from streamflow.score.model import Calibration, Model, generate_keys, read_model, sign, write_model

KEYS: Final = generate_keys()
"""Of this run of the tests."""

CALIBRATION: Final = Calibration(raw=(0.0, 1.0, 4.0), evidence=(0.0, 0.7, 4.0))


def linear_files(weight: float = 1.0, trained_until_ms: int = 0, feature: str = "amount_ratio", fill: float = 0.0) -> dict[str, bytes]:
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
        ),
        KEYS.private,
    )


def write_folder(folder: Path, files: dict[str, bytes]) -> Path:
    """Write a model as `streamflow train` does."""
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def linear_model(weight: float = 1.0, feature: str = "amount_ratio") -> Model:
    return read_model(linear_files(weight, feature=feature), {KEYS.public})
