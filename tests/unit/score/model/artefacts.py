"""Small models of each kind over a feature set of their own, and artefacts of them, whole or spoilt and signed again."""

import io
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from streamflow.score.model import ARRAYS, MANIFEST, Calibration, Keys, Kind, Manifest, Model, generate_keys, read_model, sign, write_model
from streamflow.score.model.arrays import read_arrays, write_arrays
from streamflow.score.model.artefact import GOLDEN_FORMS
from streamflow.score.model.manifest import model_name, sha256
from streamflow.score.model.model import FORMS

Arrays = dict[str, npt.NDArray[Any]]
Files = dict[str, bytes]

FEATURE_SET: Final = ("amount", "pace", "place", "hour", "store")
FEATURE_SET_VERSION: Final = 9
FEATURES: Final = ("amount", "place", "store")
NONE, ZERO, NAN, LEFT = 0, 1, 2, 4
KEYS: Final = generate_keys()
STRANGER: Final = generate_keys()

TREES: Final[Arrays] = {
    # Tree 0: amount <= 2 ? (place <= 0 ? leaf : leaf) : leaf. Tree 1: store <= 1 ? leaf : (amount <= 5 ? leaf : leaf). Tree 2: a leaf.
    "tree_begin": np.array([0, 5, 10, 11], np.int32),
    "feature": np.array([0, 1, -1, -1, -1, 2, -1, 0, -1, -1, -1], np.int16),
    "threshold": np.array([2, 0, 0, 0, 0, 1, 0, 5, 0, 0, 0], np.float64),
    "right": np.array([4, 3, -1, -1, -1, 7, -1, 9, -1, -1, -1], np.int32),
    "missing": np.array([NAN | LEFT, NAN, 0, 0, 0, ZERO, 0, NONE, 0, 0, 0], np.uint8),
    "value": np.array([2.5, 3, 4, 2, 1, 2.75, 4, 2, 3, 1, 0.25], np.float64),
}
SCALE: Final = np.array([8.0])
LINEAR: Final[Arrays] = {
    "coefficient": np.array([2.0, -1.0, 0.5]),
    "mean": np.array([10.0, 0.0, 1.0]),
    "scale": np.array([4.0, 1.0, 2.0]),
    "fill": np.array([10.0, 0.5, 1.0]),
    "intercept": np.array([-3.0]),
}
ARRAYS_OF: Final[Mapping[Kind, Arrays]] = {"anomaly": {**TREES, "path_scale": SCALE}, "supervised": TREES, "linear": LINEAR}
CALIBRATIONS: Final[Mapping[Kind, Calibration]] = {
    "anomaly": Calibration((0.3, 0.5, 0.8), (0.0, 0.3, 2.0)),
    "supervised": Calibration((-1.0, 5.0, 9.0), (0.0, 0.7, 3.0)),
    "linear": Calibration((-4.0, 0.0, 4.0), (0.0, 0.7, 3.0)),
}
GOLDEN_ROWS: Final = np.array([[1, -1, 0], [3, 2, 2], [7, 0.5, 4], [np.nan, np.nan, np.nan], [2, 0, 1], [1e9, -1e9, 1e-36]], np.float64)


def expected_raw(kind: Kind, row: npt.NDArray[np.float64]) -> float:
    """Say what a model of ARRAYS_OF must give for a row of FEATURES, in plain Python, written by hand."""
    amount, place, store = row.tolist()
    if kind == "linear":
        amount, place, store = (fill if value != value else value for value, fill in zip(row.tolist(), (10.0, 0.5, 1.0), strict=True))
        return -3.0 + 2.0 * ((amount - 10) / 4) - place + 0.5 * ((store - 1) / 2)
    # NaN amount goes left in tree 0 and is 0 in tree 1; NaN place goes right; a store of NaN or 0 counts as missing and goes right.
    first = 1.0 if amount > 2 else (4.0 if place <= 0 else 2.0)
    second = 4.0 if store <= 1 and abs(store) > 1e-35 else (1.0 if amount > 5 else 3.0)
    total = first + second + 0.25
    return total if kind == "supervised" else float(2.0 ** (-total / 8))


def golden_raw(kind: Kind) -> npt.NDArray[np.float64]:
    return np.array([expected_raw(kind, row) for row in GOLDEN_ROWS])


def unsigned(kind: Kind, **changes: Any) -> Files:
    fields: dict[str, Any] = {
        "arrays": ARRAYS_OF[kind],
        "calibration": CALIBRATIONS[kind],
        "features": FEATURES,
        "trained_until_ms": 1_795_428_000_000,
        "golden_rows": GOLDEN_ROWS,
        "golden_raw": golden_raw(kind),
        "feature_names": FEATURE_SET,
        "feature_set_version": FEATURE_SET_VERSION,
    }
    fields |= changes
    return write_model(kind, fields.pop("arrays"), fields.pop("calibration"), **fields)


def signed(kind: Kind, **changes: Any) -> Files:
    return sign(unsigned(kind, **changes), KEYS.private)


def read(files: Mapping[str, bytes], *keys: Keys) -> Model:
    trusted = {key.public for key in keys or (KEYS,)}
    return read_model(files, trusted, where="model/3", feature_names=FEATURE_SET, feature_set_version=FEATURE_SET_VERSION)


def model(kind: Kind, **changes: Any) -> Model:
    return read(signed(kind, **changes))


def full(rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Put rows of FEATURES into rows of the whole feature set, with numbers in between that no model may look at."""
    found = np.full((len(rows), len(FEATURE_SET)), 777.0)
    found[:, [FEATURE_SET.index(name) for name in FEATURES]] = rows
    return found


def random_rows(count: int, seed: int = 1) -> npt.NDArray[np.float64]:
    """Return rows of the whole feature set: ordinary and extreme numbers, zeros and NaN."""
    random = np.random.default_rng(seed)
    rows = random.normal(2.0, 4.0, (count, len(FEATURE_SET))).round(6)
    rows[random.random(rows.shape) < 0.1] = np.nan
    rows[random.random(rows.shape) < 0.1] = 0.0
    return rows


def arrays_of(files: Mapping[str, bytes], kind: Kind) -> Arrays:
    return read_arrays(files[ARRAYS], {**FORMS[kind], **GOLDEN_FORMS}, "here")


def with_arrays(files: Files, kind: Kind, **changes: Any) -> Files:
    """Return an artefact with other arrays, named, hashed and signed as if nothing had happened."""
    arrays = {name: np.asarray(array) for name, array in {**arrays_of(files, kind), **changes}.items()}
    return with_packed(files, write_arrays(arrays, {**FORMS[kind], **GOLDEN_FORMS}))


def with_packed(files: Files, packed: bytes) -> Files:
    """Return an artefact with these bytes as its arrays, named, hashed and signed as if nothing had happened."""
    kind = msgspec.json.decode(files[MANIFEST], type=Manifest).kind
    return with_manifest({**files, ARRAYS: packed}, lambda fields: fields.update(name=model_name(kind, packed)))


def with_manifest(files: Files, change: Callable[[dict[str, Any]], Any], *, hashes: bool = True) -> Files:
    """Return an artefact with another manifest, the hashes corrected if wanted, signed."""
    fields = msgspec.json.decode(files[MANIFEST])
    if hashes:
        fields["files"] = {name: sha256(files[name]) for name in fields["files"] if name in files}
    change(fields)
    return sign({**files, MANIFEST: msgspec.json.encode(fields)}, KEYS.private)


def npy(array: npt.NDArray[Any], *, allow_pickle: bool = False) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=allow_pickle)
    return buffer.getvalue()
