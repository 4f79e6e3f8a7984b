"""Models as folders, and keys as files."""

from pathlib import Path

import pytest

from streamflow.contracts.errors import BadInputError
from streamflow.control.model_files import read_key_file, read_model_folder, trusted_key, write_keys
from streamflow.score.model import MAX_BUNDLE_BYTES, read_model
from tests.unit.tiny_models import KEYS, model_files


def test_a_private_key_is_for_its_owner_alone_and_nothing_is_written_over(tmp_path: Path) -> None:
    private, public = write_keys(KEYS, tmp_path / "ana.v1")
    assert (private.name, public.name) == ("ana.v1.key", "ana.v1.pub")
    assert private.stat().st_mode & 0o777 == 0o600
    assert (read_key_file(private), read_key_file(public)) == KEYS
    for left in (private, public):
        left.unlink()
        with pytest.raises(BadInputError, match="there already"):
            write_keys(KEYS, tmp_path / "ana.v1")
        left.write_text("kept")
    assert private.read_text() == public.read_text() == "kept"


def test_a_trusted_key_is_given_by_its_digits_or_by_its_file(tmp_path: Path) -> None:
    _, public = write_keys(KEYS, tmp_path / "ana")
    assert trusted_key(str(public)) == trusted_key(KEYS.public.hex().upper()) == KEYS.public.hex()


@pytest.mark.parametrize("text", ["", "/nonexistent.pub", "00" * 31, "zz" * 32])
def test_anything_else_is_no_key(text: str) -> None:
    with pytest.raises(BadInputError, match="64 hexadecimal digits"):
        trusted_key(text)


def test_a_file_without_a_key_is_named_and_not_repeated(tmp_path: Path) -> None:
    file = tmp_path / "ana.pub"
    file.write_text("secret")
    with pytest.raises(BadInputError, match=r"this is not a key.*6 characters.*ana\.pub") as raised:
        trusted_key(str(file))
    assert "secret" not in str(raised.value)
    file.write_bytes(b"\xff")
    with pytest.raises(BadInputError, match="cannot be read"):
        trusted_key(str(file))


def test_a_folder_may_hold_plots_beside_a_model(tmp_path: Path) -> None:
    for name, data in {**model_files(card=b"# card"), "roc.png": b"png"}.items():
        (tmp_path / name).write_bytes(data)
    assert read_model_folder(tmp_path) == model_files(card=b"# card")
    read_model(read_model_folder(tmp_path), [KEYS.public])


def test_what_is_no_model_or_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"a folder with manifest\.json"):
        read_model_folder(tmp_path)
    (tmp_path / "manifest.json").write_text("{}")
    (tmp_path / "arrays.npz").mkdir()
    with pytest.raises(BadInputError, match=r"cannot be read.*arrays\.npz"):
        read_model_folder(tmp_path)
    (tmp_path / "arrays.npz").rmdir()
    with (tmp_path / "arrays.npz").open("wb") as file:
        file.truncate(MAX_BUNDLE_BYTES + 1)
    with pytest.raises(BadInputError, match="too large"):
        read_model_folder(tmp_path)
