"""Artefacts of models that must be refused, each with what the refusal says (a regular expression)."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np

from streamflow.score.model import ARRAYS, MANIFEST, SIGNATURE, sign
from streamflow.score.model.artefact import MAX_FILE_BYTES
from tests.unit.score.model.artefacts import (
    GOLDEN_ROWS,
    KEYS,
    LINEAR,
    STRANGER,
    TREES,
    Files,
    npy,
    signed,
    with_arrays,
    with_manifest,
    with_packed,
)

CARDS = {"card.json": b'{"average_precision": 0.8}', "card.md": b"# A card\n"}
TREES_MODEL = signed("supervised", cards=CARDS)
FOREST_MODEL = signed("anomaly")
LINEAR_MODEL = signed("linear")


def without(name: str) -> Files:
    return {key: data for key, data in TREES_MODEL.items() if key != name}


def tree(place: int, **changes: float) -> Files:
    """Change one number of the trees' arrays, and sign that."""
    arrays: dict[str, Any] = {name: TREES[name].copy() for name in changes}
    for name, value in changes.items():
        arrays[name][place] = value
    return with_arrays(TREES_MODEL, "supervised", **arrays)


def repacked(change: Callable[[str, bytes], bytes | None], *extra: tuple[str, bytes]) -> Files:
    """Change members of the arrays' archive (None leaves one out), and sign that."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(TREES_MODEL[ARRAYS])) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        members = [(member.filename, change(member.filename, old.read(member))) for member in old.infolist()]
        for name, data in [*members, *extra]:
            if data is not None:
                new.writestr(name, data)
    return with_packed(TREES_MODEL, buffer.getvalue())


def replaced(member: str, data: bytes | None) -> Files:
    return repacked(lambda name, old: data if name == member else old)


def huge_header() -> bytes:
    """Say in an array's header that 8 TB follow."""
    header = npy(np.zeros(11))
    return header.replace(b"(11,), }" + b" " * 12, b"(1000000000000,), }" + b" ")


def lying_sizes() -> bytes:
    """Say in the archive's directory that an array of 80 MB has 800 bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("threshold.npy", npy(np.zeros(10_000_000)))
    return buffer.getvalue().replace((80_000_128).to_bytes(4, "little"), (800).to_bytes(4, "little"))


def renamed(fields: dict[str, Any]) -> None:
    fields["name"] = "supervised-00000000"


MUTATIONS: dict[str, tuple[Files, str]] = {
    # What anybody can do who can write files.
    "no manifest": (without(MANIFEST), "a file of the model is missing: expected manifest.json"),
    "no arrays": (without(ARRAYS), "a file of the model is missing: expected arrays.npz"),
    "no signature": (without(SIGNATURE), "the model is not signed"),
    "no card": (without("card.md"), "a file of the model is missing: expected card.md"),
    "a file more": ({**TREES_MODEL, "run.py": b"print()"}, "the model has a file that is not known: .*got run.py"),
    "a card more": ({**FOREST_MODEL, "card.md": b""}, "a file of the model is not in its manifest: got card.md"),
    "arrays cut short": (
        {**TREES_MODEL, ARRAYS: TREES_MODEL[ARRAYS][:-1]},
        "a file of the model was changed: expected SHA-256 .*arrays.npz",
    ),
    "arrays of another model": ({**TREES_MODEL, ARRAYS: FOREST_MODEL[ARRAYS]}, "a file of the model was changed: expected SHA-256"),
    "another card": ({**TREES_MODEL, "card.md": b"# Perfect\n"}, "a file of the model was changed: .*card.md"),
    "a changed manifest": (
        {**TREES_MODEL, MANIFEST: TREES_MODEL[MANIFEST].replace(b"0.7", b"0.1")},
        "the signature does not fit the manifest",
    ),
    "the signature of another model": ({**TREES_MODEL, SIGNATURE: FOREST_MODEL[SIGNATURE]}, "the signature does not fit the manifest"),
    "a signature cut short": (
        {**TREES_MODEL, SIGNATURE: TREES_MODEL[SIGNATURE][:-1]},
        "the signature is not one: expected 96 bytes, got 95",
    ),
    "an empty signature": ({**TREES_MODEL, SIGNATURE: b""}, "the signature is not one"),
    "a stranger's signature": (sign(TREES_MODEL, STRANGER.private), "signed with a key that is not trusted: expected .*, got"),
    "our key over a stranger's signature": (
        {**TREES_MODEL, SIGNATURE: KEYS.public + sign(TREES_MODEL, STRANGER.private)[SIGNATURE][32:]},
        "the signature does not fit the manifest",
    ),
    "too large a manifest": (
        {**TREES_MODEL, MANIFEST: bytes(1 + MAX_FILE_BYTES[MANIFEST])},
        "a file of the model is too large: .*manifest.json",
    ),
    "too large arrays": ({**TREES_MODEL, ARRAYS: bytes(1 + MAX_FILE_BYTES[ARRAYS])}, "a file of the model is too large: .*arrays.npz"),
    # What only the holder of the key can do, by mistake or because the training went wrong.
    "a manifest that is not JSON": (sign({**TREES_MODEL, MANIFEST: b"\xff{"}, KEYS.private), "this is not a model's manifest"),
    "a deep manifest": (sign({**TREES_MODEL, MANIFEST: b"[" * 100_000}, KEYS.private), "this is not a model's manifest"),
    "an unknown field": (
        with_manifest(TREES_MODEL, lambda fields: fields.update(pickle="x")),
        "this is not a model's manifest: .*unknown field",
    ),
    "a later format": (with_manifest(TREES_MODEL, lambda fields: fields.update(format_version=2)), "this is not a model's manifest"),
    "an unknown kind": (with_manifest(TREES_MODEL, lambda fields: fields.update(kind="neural")), "this is not a model's manifest"),
    "another name": (with_manifest(TREES_MODEL, renamed), "the model has a wrong name: expected supervised-.*, got supervised-00000000"),
    "a file that is listed only": (
        with_manifest(TREES_MODEL, lambda fields: fields["files"].update({"x.bin": "0" * 64})),
        "a file of the model is missing: expected x.bin",
    ),
    "another kind's arrays": (
        with_manifest(LINEAR_MODEL, lambda fields: fields.update(kind="supervised", name="supervised" + fields["name"][6:])),
        "the model's arrays hold one that is not known",
    ),
    "another feature set": (
        with_manifest(TREES_MODEL, lambda fields: fields.update(feature_set_version=8)),
        "the model was trained on another feature set: expected version 9, got version 8",
    ),
    "an unknown feature": (
        with_manifest(TREES_MODEL, lambda fields: fields.update(features=["amount", "place", "shop"])),
        "the model needs a feature that does not exist: got shop",
    ),
    "features in another order": (
        with_manifest(TREES_MODEL, lambda fields: fields["features"].reverse()),
        "the model has its features in another order: expected amount, place, store, got store, place, amount",
    ),
    "a feature twice": (
        with_manifest(TREES_MODEL, lambda fields: fields.update(features=["amount", "amount", "store"])),
        "the model's features are not distinct names",
    ),
    "other features than it learnt": (
        with_manifest(TREES_MODEL, lambda fields: fields.update(features=["amount", "place", "hour", "store"])),
        "the golden vectors have another form",
    ),
    "no features": (with_manifest(TREES_MODEL, lambda fields: fields.update(features=[])), "the model's features are not distinct names"),
    "a falling calibration": (
        with_manifest(TREES_MODEL, lambda fields: fields["evidence"].update(evidence=[0.0, 0.9, 0.8])),
        "the calibration is not strictly increasing",
    ),
    "a flat calibration": (
        with_manifest(TREES_MODEL, lambda fields: fields["evidence"].update(raw=[-1.0, -1.0, 9.0])),
        "the calibration is not strictly increasing",
    ),
    "another calibration": (
        with_manifest(TREES_MODEL, lambda fields: fields["evidence"].update(evidence=[0.0, 0.1, 3.0])),
        "the model's evidence for a golden vector is not what it was",
    ),
    "a calibration with a hole": (
        with_manifest(TREES_MODEL, lambda fields: fields["evidence"].update(raw=[-1.0, 5.0, None])),
        "this is not a model's manifest",
    ),
    "arrays that are no archive": (with_packed(TREES_MODEL, b"pickle"), "the model's arrays cannot be read"),
    "empty arrays": (with_packed(TREES_MODEL, b""), "the model's arrays cannot be read"),
    "an archive cut short": (with_packed(TREES_MODEL, TREES_MODEL[ARRAYS][:-30]), "the model's arrays cannot be read"),
    "an array missing": (replaced("value.npy", None), "an array of the model is missing: expected value"),
    "an array more": (
        repacked(lambda _, old: old, ("extra.npy", npy(np.zeros(1)))),
        "hold one that is not known or one twice: got extra.npy",
    ),
    "a path out of the folder": (
        repacked(lambda _, old: old, ("../value.npy", npy(np.zeros(1)))),
        r"hold one that is not known or one twice: got \.\./value.npy",
    ),
    "an array of objects": (
        replaced("value.npy", npy(np.array([print] * 11, object), allow_pickle=True)),
        "the array value has another form: expected <f8, 1 axes, got \\|O, 1 axes",
    ),
    "an array of single precision": (replaced("value.npy", npy(TREES["value"].astype(np.float32))), "the array value has another form"),
    "an array of two axes": (replaced("value.npy", npy(TREES["value"][None])), "the array value has another form"),
    "an array of no axes": (replaced("value.npy", npy(np.array(1.0))), "the array value has another form"),
    "an array cut short": (replaced("value.npy", npy(TREES["value"])[:-1]), "the array value is cut short or too long"),
    "an array with more behind it": (replaced("value.npy", npy(TREES["value"]) + b"\0"), "the array value is cut short or too long"),
    "an array of another format": (
        replaced("value.npy", b"\x93NUMPY\x03" + npy(TREES["value"])[7:]),
        "an array of the model has an unknown format",
    ),
    "an array that is none": (replaced("value.npy", b"value"), "the model's arrays cannot be read"),
    "a header that asks for 8 TB": (
        replaced("value.npy", huge_header()),
        "the array value is cut short or too long: expected 8000000000000 bytes",
    ),
    "a small archive of 80 MB": (replaced("value.npy", npy(np.zeros(10_000_000))), "the model's arrays are too large: expected at most"),
    "an archive that lies about its sizes": (with_packed(TREES_MODEL, lying_sizes()), "the model's arrays cannot be read|is cut short"),
    "a child outside its tree": (tree(0, right=7), "a child lies outside its tree: expected a node before 5, got node 0 to 7"),
    "a child outside the arrays": (tree(7, right=1_000_000_000), "a child lies outside its tree"),
    "a child before the arrays": (tree(7, right=-5), "a child lies outside its tree"),
    "a circle": (tree(1, right=0), "a tree goes in a circle: expected children behind their parent, got node 1 to 0"),
    "a node that is its own child": (tree(1, right=1), "a tree goes in a circle"),
    "a node with two parents": (tree(0, right=3), "a tree is not a tree: .*got node 3 has 2 parents"),
    "one child for both sides": (tree(0, right=1), "a tree is not a tree: .*got node 1 has 2 parents"),
    "a leaf with a child": (tree(2, right=3), "a leaf of a tree has a child"),
    "a feature that is none": (
        tree(0, feature=3),
        "a tree asks for a feature that the model does not have: expected 0 to 2, got 3 in node 0",
    ),
    "a negative feature": (tree(0, feature=-2), "a tree asks for a feature that the model does not have"),
    "an unknown treatment of NaN": (tree(0, missing=3), "a tree treats missing values in an unknown way: .*got 3 in node 0"),
    "a tree without nodes": (tree(1, tree_begin=0), "the trees do not divide their nodes"),
    "trees beyond their nodes": (tree(3, tree_begin=12), "the trees do not divide their nodes"),
    "nodes of different lengths": (with_arrays(TREES_MODEL, "supervised", right=TREES["right"][:-1]), "have different lengths"),
    "a NaN leaf": (tree(2, value=np.nan), "the array value holds a number that is not finite"),
    "an infinite threshold": (tree(0, threshold=np.inf), "the array threshold holds a number that is not finite"),
    "a sum that overflows": (
        with_arrays(LINEAR_MODEL, "linear", coefficient=np.array([1e308, 1e308, -1e308]), scale=np.array([1e-9, 1e-9, 1e-9])),
        "the model's output is not a finite number",
    ),
    "golden vectors of NaN": (
        with_arrays(TREES_MODEL, "supervised", golden_raw=np.full(len(GOLDEN_ROWS), np.nan)),
        "scores a golden vector otherwise than in training: expected nan",
    ),
    "golden vectors without answers": (
        with_arrays(TREES_MODEL, "supervised", golden_raw=np.zeros(0)),
        "the golden vectors have another form",
    ),
    "no golden vectors": (
        with_arrays(TREES_MODEL, "supervised", golden_rows=np.zeros((0, 3)), golden_raw=np.zeros(0), golden_evidence=np.zeros(0)),
        "the golden vectors have another form",
    ),
    "leaves of another training": (tree(2, value=4.001), "scores a golden vector otherwise than in training"),
    "no path scale": (with_arrays(FOREST_MODEL, "anomaly", path_scale=np.array([0.0])), "the trees' path scale is not one"),
    "a NaN path scale": (with_arrays(FOREST_MODEL, "anomaly", path_scale=np.array([np.nan])), "the trees' path scale is not one"),
    "two path scales": (with_arrays(FOREST_MODEL, "anomaly", path_scale=np.array([8.0, 8.0])), "the trees' path scale is not one"),
    "a term too few": (with_arrays(LINEAR_MODEL, "linear", coefficient=LINEAR["coefficient"][:2]), "the model has not one term a feature"),
    "two intercepts": (with_arrays(LINEAR_MODEL, "linear", intercept=np.zeros(2)), "the model has not one intercept"),
    "an infinite fill": (
        with_arrays(LINEAR_MODEL, "linear", fill=np.array([np.inf, 0, 0])),
        "the array fill holds a number that is not finite",
    ),
    "a feature without scale": (with_arrays(LINEAR_MODEL, "linear", scale=np.array([1.0, 0.0, 1.0])), "a feature has no scale"),
}
