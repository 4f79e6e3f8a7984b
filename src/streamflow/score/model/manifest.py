"""What a model says of itself: the signed part of an artefact, from which everything else in it follows."""

import hashlib
from collections.abc import Mapping
from typing import Annotated, Final, Literal, get_args

import msgspec

from streamflow.contracts.errors import BadInputError
from streamflow.contracts.json_errors import UNREADABLE_JSON
from streamflow.score.model.calibration import Calibration, check_calibration

Kind = Literal["anomaly", "supervised", "linear"]
"""Isolation Forest (no labels), gradient-boosted trees, logistic regression."""

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

MANIFEST: Final = "manifest.json"
ARRAYS: Final = "arrays.npz"
SIGNATURE: Final = "signature"
CARDS: Final = ("card.json", "card.md")

_Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The manifest of a model.

    Parameters
    ----------
    format_version : int
        Of this layout.
    name : str
        Kind and first 8 digits of the arrays' SHA-256: one name means one set of numbers.
    kind : str
        anomaly, supervised or linear.
    feature_set_version : int
        Of the features that it was trained on.
    features : tuple of str
        Those it looks at, in the feature set's order.
    trained_until_ms : int
        Event time of the newest transaction that it learnt from, milliseconds since the epoch.
    evidence : Calibration
        From raw score to evidence.
    files : dict
        SHA-256 of every other file, the signature excepted.
    """

    format_version: Literal[1]
    name: Annotated[str, msgspec.Meta(max_length=64)]
    kind: Kind
    feature_set_version: int
    features: tuple[str, ...]
    trained_until_ms: int
    evidence: Calibration
    files: dict[str, _Sha256]

    def to_json(self) -> bytes:
        """Return the bytes that are signed."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n"


def sha256(data: bytes) -> str:
    """Return the SHA-256 of data in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def model_name(kind: Kind, arrays: bytes) -> str:
    """Return the name that a model of these arrays has.

    Examples
    --------
    >>> model_name("anomaly", b"")
    'anomaly-e3b0c442'
    """
    return f"{kind}-{sha256(arrays)[:8]}"


def read_manifest(files: Mapping[str, bytes], feature_names: tuple[str, ...], feature_set_version: int, where: str) -> Manifest:
    """Read the manifest of files, and hold files and feature set against it.

    Raises
    ------
    BadInputError
        If the manifest is not one, or the files or the features are not those that it names.
    """
    try:
        manifest = msgspec.json.decode(files[MANIFEST], type=Manifest)
    except UNREADABLE_JSON as error:
        raise BadInputError("this is not a model's manifest", got=str(error), where=f"{where}, {MANIFEST}") from None
    here = f"{where}, {MANIFEST}"
    listed = {MANIFEST, SIGNATURE, *manifest.files}
    if unlisted := sorted(files.keys() - listed):
        raise BadInputError("a file of the model is not in its manifest", got=unlisted[0], where=where)
    if missing := sorted(({ARRAYS} | manifest.files.keys()) - files.keys()):
        raise BadInputError("a file of the model is missing", expected=missing[0], where=where)
    for name, expected in sorted(manifest.files.items()):
        if (got := sha256(files[name])) != expected:
            raise BadInputError("a file of the model was changed", expected=f"SHA-256 {expected}", got=got, where=f"{where}, {name}")
    if (name := model_name(manifest.kind, files[ARRAYS])) != manifest.name:
        raise BadInputError("the model has a wrong name", expected=name, got=manifest.name, where=here)
    check_manifest(manifest, feature_names, feature_set_version, here)
    return manifest


def check_manifest(manifest: Manifest, feature_names: tuple[str, ...], feature_set_version: int, where: str) -> None:
    """Raise BadInputError unless a manifest's features fit the feature set and its calibration is one."""
    features = manifest.features
    if manifest.feature_set_version != feature_set_version:
        raise BadInputError(
            "the model was trained on another feature set",
            expected=f"version {feature_set_version}",
            got=f"version {manifest.feature_set_version}",
            where=where,
            fix="streamflow train, with the decisions of this version",
        )
    if unknown := [name for name in features if name not in feature_names]:
        raise BadInputError("the model needs a feature that does not exist", got=unknown[0], where=where)
    if not features or len(set(features)) != len(features):
        raise BadInputError("the model's features are not distinct names", got=", ".join(features) or "none", where=where)
    places = [feature_names.index(name) for name in features]
    if places != sorted(places):
        raise BadInputError(
            "the model has its features in another order",
            expected=", ".join(name for name in feature_names if name in features),
            got=", ".join(features),
            where=where,
        )
    check_calibration(manifest.evidence, where)
