"""From files to a model that may be trusted, and back. Nothing is decided by a model that did not pass all of this."""

import math
from collections.abc import Collection, Mapping
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from streamflow.contracts.errors import BadInputError
from streamflow.score.features import FEATURE_NAMES, FEATURE_SET_VERSION
from streamflow.score.model.arrays import Arrays, Form, read_arrays, write_arrays
from streamflow.score.model.calibration import Calibration
from streamflow.score.model.manifest import (
    ARRAYS,
    CARDS,
    MANIFEST,
    SIGNATURE,
    Kind,
    Manifest,
    check_manifest,
    model_name,
    read_manifest,
    sha256,
)
from streamflow.score.model.model import FORMS, Model
from streamflow.score.model.signing import SIGNATURE_BYTES, verify_signature

MAX_FILE_BYTES: Final = {MANIFEST: 256 << 10, ARRAYS: 16 << 20, SIGNATURE: SIGNATURE_BYTES, "card.json": 1 << 20, "card.md": 1 << 20}
MAX_GOLDEN_ROWS: Final = 256
GOLDEN_FORMS: Final = {"golden_rows": Form("<f8", 2), "golden_raw": Form("<f8"), "golden_evidence": Form("<f8")}
"""Rows of the model's own features, and what the training library and the calibration say to them."""

RAW_TOLERANCE: Final = 1e-9
EVIDENCE_TOLERANCE: Final = 2e-6


def read_model(
    files: Mapping[str, bytes],
    trusted_keys: Collection[bytes],
    *,
    where: str = "model",
    feature_names: tuple[str, ...] = FEATURE_NAMES,
    feature_set_version: int = FEATURE_SET_VERSION,
) -> Model:
    """Read a model whose signature is one of the trusted keys'.

    Checked in this order: names and sizes of files, signature, hash of each file, name, feature set, calibration, arrays, trees, and
    at last the golden vectors, which also compile the kernels.

    Parameters
    ----------
    files
        Name of file to content: manifest.json, arrays.npz, signature, and card.json and card.md if there are any.
    trusted_keys
        Public keys, 32 bytes each.
    where
        What the files are called in errors.

    Raises
    ------
    BadInputError
        If anything about it is not right, with the reason.
    """
    _check_files(files, where)
    verify_signature(files, trusted_keys, where)
    return _read(files, where, feature_names, feature_set_version)


def read_unsigned_model(
    files: Mapping[str, bytes],
    *,
    where: str = "model",
    feature_names: tuple[str, ...] = FEATURE_NAMES,
    feature_set_version: int = FEATURE_SET_VERSION,
) -> Model:
    """Read a model as `read_model` does, whoever made it: to measure one before it is signed, never to decide by it."""
    _check_files(files, where)
    return _read(files, where, feature_names, feature_set_version)


def write_model(
    kind: Kind,
    arrays: Arrays,
    calibration: Calibration,
    *,
    features: tuple[str, ...],
    trained_until_ms: int,
    golden_rows: npt.NDArray[np.float64],
    golden_raw: npt.NDArray[np.float64],
    cards: Mapping[str, bytes] | None = None,
    feature_names: tuple[str, ...] = FEATURE_NAMES,
    feature_set_version: int = FEATURE_SET_VERSION,
) -> dict[str, bytes]:
    """Return the files of a model, unsigned, after reading them back.

    Parameters
    ----------
    arrays
        Those of the kind, as `streamflow.ml.export` makes them.
    features
        What the model looks at, in the feature set's order.
    golden_rows, golden_raw
        Rows of these features, 1 to 256, NaN allowed, and the training library's own raw scores of them.
    cards
        card.json and card.md, if there are any.

    Raises
    ------
    BadInputError
        If the model could not be read, or scores the golden rows otherwise than the training library.
    """
    forms = {**FORMS[kind], **GOLDEN_FORMS}
    content = {**arrays, "golden_rows": golden_rows, "golden_raw": golden_raw, "golden_evidence": np.zeros(len(golden_raw))}
    draft = Manifest(1, model_name(kind, b""), kind, feature_set_version, features, trained_until_ms, calibration, {})
    check_manifest(draft, feature_names, feature_set_version, draft.name)
    model = Model(draft, content, feature_names, draft.name)
    content["golden_evidence"] = model.score_rows(_full_rows(model, golden_rows, feature_names))
    packed = write_arrays(content, forms)
    others = {ARRAYS: packed, **(cards or {})}
    manifest = msgspec.structs.replace(
        draft, name=model_name(kind, packed), files={name: sha256(data) for name, data in sorted(others.items())}
    )
    files = {MANIFEST: manifest.to_json(), **others}
    read_unsigned_model(files, where=manifest.name, feature_names=feature_names, feature_set_version=feature_set_version)
    return files


def _check_files(files: Mapping[str, bytes], where: str) -> None:
    for name in (MANIFEST, ARRAYS):
        if name not in files:
            raise BadInputError("a file of the model is missing", expected=name, where=where)
    for name, data in sorted(files.items()):
        if name not in MAX_FILE_BYTES:
            expected = ", ".join((MANIFEST, ARRAYS, SIGNATURE, *CARDS))
            raise BadInputError("the model has a file that is not known", expected=expected, got=name, where=where)
        if name != SIGNATURE and len(data) > (most := MAX_FILE_BYTES[name]):
            got, here = f"{len(data)} bytes", f"{where}, {name}"
            raise BadInputError("a file of the model is too large", expected=f"at most {most} bytes", got=got, where=here)


def _read(files: Mapping[str, bytes], where: str, feature_names: tuple[str, ...], feature_set_version: int) -> Model:
    manifest = read_manifest(files, feature_names, feature_set_version, where)
    here = f"{where}, {ARRAYS}"
    arrays = read_arrays(files[ARRAYS], {**FORMS[manifest.kind], **GOLDEN_FORMS}, here)
    model = Model(manifest, arrays, feature_names, here)
    _check_golden(model, arrays, feature_names, here)
    return model


def _full_rows(model: Model, golden: npt.NDArray[np.float64], feature_names: tuple[str, ...]) -> npt.NDArray[np.float64]:
    if golden.ndim != 2 or golden.shape[1] != len(model.feature_names) or not 1 <= len(golden) <= MAX_GOLDEN_ROWS:
        expected = f"1 to {MAX_GOLDEN_ROWS} rows of {len(model.feature_names)} numbers"
        raise BadInputError("the golden vectors have another form", expected=expected, got=str(golden.shape), where=model.name)
    rows = np.full((len(golden), len(feature_names)), np.nan)
    rows[:, [feature_names.index(name) for name in model.feature_names]] = golden
    return rows


def _check_golden(model: Model, arrays: Arrays, feature_names: tuple[str, ...], where: str) -> None:
    rows = _full_rows(model, arrays["golden_rows"], feature_names)
    if not len(rows) == len(arrays["golden_raw"]) == len(arrays["golden_evidence"]):
        raise BadInputError("the golden vectors have another form", expected=f"{len(rows)} raw scores and evidences", where=where)
    for index, row in enumerate(rows):
        raw, expected = model.raw(row), float(arrays["golden_raw"][index])
        if not math.isfinite(raw):
            raise BadInputError("the model's output is not a finite number", got=f"{raw} for golden vector {index}", where=where)
        if not abs(raw - expected) <= RAW_TOLERANCE * max(1.0, abs(expected)):
            got = f"{raw} for row {index}"
            raise BadInputError("the model scores a golden vector otherwise than in training", expected=str(expected), got=got, where=where)
        evidence, expected = model.evidence(row), float(arrays["golden_evidence"][index])
        if not abs(evidence - expected) <= EVIDENCE_TOLERANCE:
            got = f"{evidence} for row {index}"
            raise BadInputError("the model's evidence for a golden vector is not what it was", expected=str(expected), got=got, where=where)
        model.reasons(row)
