"""A model's files are damaged or forged: every one is refused with its reason, and none is scored by, hangs, or ends the process."""

import msgspec
import numpy as np
import pytest

from streamflow.contracts.errors import BadInputError
from streamflow.score.model import ARRAYS, KINDS, MANIFEST, bundle, sign, unbundle
from streamflow.score.model.kernels import FEATURE_PLACE, RIGHT_SHIFT
from streamflow.score.model.trees import read_trees
from tests.chaos.spoilt_models import FOREST_MODEL, LINEAR_MODEL, MUTATIONS, TREES_MODEL
from tests.unit.score.model.artefacts import KEYS, Files, arrays_of, random_rows, read, with_packed


@pytest.mark.parametrize(("files", "message"), MUTATIONS.values(), ids=MUTATIONS)
def test_a_spoilt_artefact_is_refused_with_its_reason(files: Files, message: str) -> None:
    with pytest.raises(BadInputError, match=message) as refusal:
        read(files)
    assert "model/3" in refusal.value.where or "supervised-" in refusal.value.where, "the refusal says which model"


@pytest.mark.parametrize("files", [TREES_MODEL, FOREST_MODEL, LINEAR_MODEL], ids=KINDS)
def test_an_artefact_that_is_whole_is_read(files: Files) -> None:
    assert read(files).score_rows(random_rows(10)).shape == (10,)


@pytest.mark.parametrize("name", sorted(TREES_MODEL))
def test_a_flipped_byte_anywhere_in_any_file_is_refused(name: str) -> None:
    data = TREES_MODEL[name]
    for place in range(len(data)):
        for mask in (0x01, 0x20, 0x80, 0xFF):
            flipped = data[:place] + bytes([data[place] ^ mask]) + data[place + 1 :]
            with pytest.raises(BadInputError):
                read({**TREES_MODEL, name: flipped})


@pytest.mark.parametrize("name", sorted(TREES_MODEL))
def test_a_file_that_is_cut_short_or_longer_is_refused(name: str) -> None:
    data = TREES_MODEL[name]
    for length in range(len(data)):
        with pytest.raises(BadInputError):
            read({**TREES_MODEL, name: data[:length]})
    with pytest.raises(BadInputError):
        read({**TREES_MODEL, name: data + b"\0"})


def test_a_flipped_byte_or_a_missing_end_of_a_bundle_is_refused() -> None:
    packed = bundle(TREES_MODEL)
    assert read(unbundle(packed)).kind == "supervised"
    damaged = [packed[:length] for length in range(len(packed))]
    damaged += [packed[:place] + bytes([packed[place] ^ 0x55]) + packed[place + 1 :] for place in range(len(packed))]
    for data in damaged:
        with pytest.raises(BadInputError):
            read(unbundle(data))


def test_flipped_bytes_under_a_good_signature_are_refused_or_harmless_and_never_another_error() -> None:
    """The holder of the key signs rubbish: what gets through has passed every check that keeps the kernels inside the arrays."""
    packed, refused = TREES_MODEL[ARRAYS], 0
    for place in range(len(packed)):
        files = with_packed(TREES_MODEL, packed[:place] + bytes([packed[place] ^ 0x11]) + packed[place + 1 :])
        try:
            read(files).score_rows(random_rows(3))
        except BadInputError:
            refused += 1
    assert refused > len(packed) / 2


def test_random_trees_are_refused_or_every_walk_through_them_ends_at_a_leaf() -> None:
    random, accepted = np.random.default_rng(5), 0
    places = np.arange(3, dtype=np.int64)
    original = {name: array for name, array in arrays_of(FOREST_MODEL, "anomaly").items() if not name.startswith("golden")}
    for _ in range(3000):
        arrays = {name: array.copy() for name, array in original.items()}
        for name in random.choice(["tree_begin", "feature", "right", "missing"], size=2):
            arrays[name][random.integers(len(arrays[name]))] = random.integers(-3, 14) % (256 if name == "missing" else 1000) - (
                name == "right"
            )
        try:
            trees = read_trees(arrays, places, "here")
        except BadInputError:
            continue
        accepted += 1
        for root in trees.roots.tolist():
            waiting = [root]
            for node in waiting:
                assert 0 <= node < len(trees.link)
                if trees.link[node] >= 0:
                    assert (trees.link[node] & FEATURE_PLACE) < 3
                    waiting += [node + 1, int(trees.link[node] >> RIGHT_SHIFT)]
                assert len(waiting) < 100
    assert 50 < accepted < 2900


def test_a_manifest_of_other_json_is_refused() -> None:
    for text in (b"", b"null", b"[]", b"{}", b"1", b'"manifest"', b'{"format_version": 1}', TREES_MODEL[MANIFEST] + b"x"):
        with pytest.raises(BadInputError, match="this is not a model's manifest"):
            read(sign({**TREES_MODEL, MANIFEST: text}, KEYS.private))
    assert msgspec.json.decode(TREES_MODEL[MANIFEST])["format_version"] == 1
