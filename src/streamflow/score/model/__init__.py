"""Models: bytes become a verified model, a row of features becomes evidence of fraud with its reasons. The format: docs/model.md."""

from streamflow.score.model.artefact import read_model, read_unsigned_model, write_model
from streamflow.score.model.bundle import MAX_BUNDLE_BYTES, bundle, unbundle
from streamflow.score.model.calibration import Calibration
from streamflow.score.model.errors import ModelOutputError
from streamflow.score.model.manifest import ARRAYS, CARDS, KINDS, MANIFEST, SIGNATURE, Kind, Manifest
from streamflow.score.model.model import Contribution, Model
from streamflow.score.model.signing import Keys, generate_keys, read_key, sign

__all__ = [
    "ARRAYS",
    "CARDS",
    "KINDS",
    "MANIFEST",
    "MAX_BUNDLE_BYTES",
    "SIGNATURE",
    "Calibration",
    "Contribution",
    "Keys",
    "Kind",
    "Manifest",
    "Model",
    "ModelOutputError",
    "bundle",
    "generate_keys",
    "read_key",
    "read_model",
    "read_unsigned_model",
    "sign",
    "unbundle",
    "write_model",
]
