"""Files become a model and a model files: the same every time, through a bundle too, and only with a signature that is trusted."""

import io

import msgspec
import numpy as np
import pytest

from streamflow.contracts.errors import BadInputError
from streamflow.score.features import FEATURE_NAMES
from streamflow.score.model import (
    ARRAYS,
    KINDS,
    MANIFEST,
    MAX_BUNDLE_BYTES,
    SIGNATURE,
    Calibration,
    Kind,
    Manifest,
    bundle,
    generate_keys,
    read_key,
    read_model,
    read_unsigned_model,
    sign,
    unbundle,
)
from streamflow.score.model.words import WORDS, reason
from tests.unit.score.model.artefacts import (
    FEATURE_SET,
    FEATURE_SET_VERSION,
    FEATURES,
    GOLDEN_ROWS,
    KEYS,
    STRANGER,
    TREES,
    golden_raw,
    random_rows,
    read,
    signed,
    unsigned,
)

each_kind = pytest.mark.parametrize("kind", KINDS)


@each_kind
def test_a_model_is_the_same_after_a_bundle(kind: Kind) -> None:
    files = signed(kind, cards={"card.json": b"{}", "card.md": b"# Card"})
    assert unbundle(bundle(files)) == files
    assert bundle(dict(reversed(files.items()))) == bundle(files)
    rows = random_rows(100)
    assert read(unbundle(bundle(files))).score_rows(rows).tolist() == read(files).score_rows(rows).tolist()


@each_kind
def test_the_same_model_gives_the_same_bytes(kind: Kind) -> None:
    assert signed(kind) == signed(kind)


@each_kind
def test_a_model_says_who_it_is(kind: Kind) -> None:
    files = signed(kind)
    model = read(files)
    manifest = msgspec.json.decode(files[MANIFEST], type=Manifest)
    assert (model.kind, model.feature_names, model.manifest) == (kind, FEATURES, manifest)
    assert model.name == f"{kind}-{manifest.files[ARRAYS][:8]}"
    assert set(files) == {MANIFEST, ARRAYS, SIGNATURE}


def test_the_arrays_are_an_npz_that_numpy_reads_without_pickle() -> None:
    with np.load(io.BytesIO(unsigned("supervised")[ARRAYS]), allow_pickle=False) as arrays:
        assert set(arrays) == {*TREES, "golden_rows", "golden_raw", "golden_evidence"}
        assert arrays["threshold"].tolist() == TREES["threshold"].tolist()


def test_one_of_several_trusted_keys_is_enough_and_another_signature_replaces_the_first() -> None:
    files = signed("linear")
    read(files, STRANGER, KEYS)
    again = sign(files, STRANGER.private)
    read(again, STRANGER)
    with pytest.raises(BadInputError, match="signed with a key that is not trusted"):
        read(again, KEYS)


def test_without_trusted_keys_every_model_is_refused() -> None:
    with pytest.raises(BadInputError, match=r"not trusted: expected none: model\.trusted_keys is empty"):
        read_model(signed("linear"), [], feature_names=FEATURE_SET, feature_set_version=FEATURE_SET_VERSION)


def test_an_unsigned_model_can_be_measured() -> None:
    files = unsigned("linear")
    model = read_unsigned_model(files, feature_names=FEATURE_SET, feature_set_version=FEATURE_SET_VERSION)
    assert model.score_rows(random_rows(10)).tolist() == read(sign(files, KEYS.private)).score_rows(random_rows(10)).tolist()


def test_keys_are_new_each_time_and_readable_as_text() -> None:
    one, other = generate_keys(), generate_keys()
    assert len({one.private, one.public, other.private, other.public}) == 4
    assert read_key(one.public.hex().upper() + "\n", "here") == one.public


@pytest.mark.parametrize("text", ["", "0f" * 31, "0f" * 33, "zz" * 32, "ключ"])
def test_a_text_that_is_no_key_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(BadInputError, match=r"this is not a key: expected 64 hexadecimal digits") as refusal:
        read_key(text, "model.trusted_keys[0]")
    assert not text or text not in str(refusal.value)


@pytest.mark.parametrize(
    ("calibration", "message"),
    [
        (Calibration((), ()), "has no knots"),
        (Calibration((1.0,), (1.0,)), "has no knots"),
        (Calibration((1.0, 2.0), (0.0, 1.0, 2.0)), "has no knots"),
        (Calibration((1.0, 2.0, 2.0), (0.0, 1.0, 2.0)), "not strictly increasing"),
        (Calibration((1.0, 2.0, 3.0), (0.0, 0.5, 0.5)), "not strictly increasing"),
        (Calibration((1.0, 2.0, 3.0), (0.0, 0.9, 0.5)), "not strictly increasing"),
        (Calibration((1.0, 2.0), (-0.1, 0.5)), "out of range"),
        (Calibration((1.0, 2.0), (0.0, 1001.0)), "out of range"),
        (Calibration((1.0, float("inf")), (0.0, 1.0)), "out of range"),
        (Calibration((1.0, 2.0), (0.0, float("nan"))), "out of range"),
        (Calibration((0.0, 5e-324), (0.0, 1.0)), "too steep"),
        (Calibration((0.0, 1e308), (0.0, 1e-300)), "too steep or too flat"),
    ],
)
def test_a_calibration_that_is_none_cannot_be_written(calibration: Calibration, message: str) -> None:
    with pytest.raises(BadInputError, match=message):
        unsigned("linear", calibration=calibration)


def test_a_model_that_differs_from_its_library_cannot_be_written() -> None:
    with pytest.raises(BadInputError, match=r"scores a golden vector otherwise than in training: expected .* for row 2"):
        unsigned("supervised", golden_raw=golden_raw("supervised") + np.array([0, 0, 2e-8, 0, 0, 0]))
    unsigned("supervised", golden_raw=golden_raw("supervised") + 1e-10)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"features": ("amount", "place", "unheard_of")}, "needs a feature that does not exist: got unheard_of"),
        ({"features": ("store", "place", "amount")}, "features in another order: expected amount, place, store, got store"),
        ({"golden_rows": GOLDEN_ROWS[:, :2]}, "the golden vectors have another form"),
        ({"golden_rows": GOLDEN_ROWS[:0], "golden_raw": golden_raw("linear")[:0]}, "the golden vectors have another form"),
        ({"cards": {"notes.txt": b""}}, "the model has a file that is not known"),
        ({"cards": {"card.md": bytes(1 + (1 << 20))}}, "a file of the model is too large"),
    ],
)
def test_what_could_not_be_read_cannot_be_written(changes: dict[str, object], message: str) -> None:
    with pytest.raises(BadInputError, match=message):
        unsigned("linear", **changes)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "this is not a model's bundle"),
        (b"SFMODEL1", "cut short or damaged"),
        (b"SFMODEL1\x90", "cut short or damaged"),
        (b"SFMODEL1\x81\xa1a\xc4\x01", "cut short or damaged"),
        (b"SFMODEL1\x82\xa1b\xc4\x00\xa1a\xc4\x00", "in the order of their names"),
        (b"SFMODEL1\x82\xa1a\xc4\x00\xa1a\xc4\x00", "each once"),
        (b"SFMODEL1\x80\x80", "damaged"),
        (b"SFMODEL1\x81\xa1\xff\xc4\x00", "damaged"),
        (bytes(MAX_BUNDLE_BYTES + 1), "the model is too large"),
    ],
)
def test_bytes_that_are_no_bundle_are_refused(data: bytes, message: str) -> None:
    with pytest.raises(BadInputError, match=message):
        unbundle(data, "model/3")


def test_every_feature_of_the_set_has_words_with_a_place_for_its_value() -> None:
    assert set(WORDS) == set(FEATURE_NAMES)
    for name in FEATURE_NAMES:
        for value in (0.0, 1.0, -3.25, 1e9, 1e300, float("nan"), float("inf"), float("-inf")):
            assert "{" not in reason(name, value, 3.0)
    assert reason("spend_rate_1d_log10", 1.0, 12.0) == "spending of 1 day 10 times that of 30 days: risk times 12"
    assert reason("is_new_store", 1.0, 1.2) == "store is new to the customer (yes): raises the risk by 20 %"
