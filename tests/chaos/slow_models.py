"""The model that ships, signed by the tests, and one that says the same to the bit and takes ten times as long."""

from typing import Any, Final

import msgspec
import numpy as np

from streamflow.control.shipped import shipped_model
from streamflow.score.model import ARRAYS, MANIFEST, Manifest, sign
from streamflow.score.model.arrays import read_arrays, write_arrays
from streamflow.score.model.artefact import GOLDEN_FORMS
from streamflow.score.model.manifest import model_name, sha256
from streamflow.score.model.model import FORMS
from tests.unit.models import KEYS

Files = dict[str, bytes]

TIMES: Final = 10
_FORMS: Final = {**FORMS["supervised"], **GOLDEN_FORMS}
_NODE_ARRAYS: Final = ("feature", "threshold", "right", "missing", "value")


def ordinary() -> Files:
    """Return the model that ships."""
    shipped = shipped_model().files
    return sign({name: shipped[name] for name in (MANIFEST, ARRAYS)} | {MANIFEST: _manifest(shipped[ARRAYS])}, KEYS.private)


def slow() -> Files:
    """Return the same model with nine more copies of its trees, whose leaves say nothing: ten times the work for the same sum."""
    arrays: dict[str, Any] = read_arrays(shipped_model().files[ARRAYS], _FORMS, "the shipped model")
    begin, nodes = arrays["tree_begin"], len(arrays["feature"])
    copies = {name: np.tile(arrays[name], TIMES) for name in _NODE_ARRAYS}
    copies["value"][nodes:] = 0.0
    inner = copies["right"] >= 0
    copies["right"][inner] += np.repeat(np.arange(TIMES, dtype=np.int32) * nodes, nodes)[inner]
    starts = (begin[:-1] + nodes * np.arange(TIMES, dtype=np.int32)[:, None]).ravel()
    packed = write_arrays({**arrays, **copies, "tree_begin": np.append(starts, TIMES * nodes)}, _FORMS)
    return sign({MANIFEST: _manifest(packed), ARRAYS: packed}, KEYS.private)


def _manifest(packed: bytes) -> bytes:
    shipped = msgspec.json.decode(shipped_model().files[MANIFEST], type=Manifest)
    return msgspec.structs.replace(shipped, name=model_name("supervised", packed), files={ARRAYS: sha256(packed)}).to_json()
