"""Models as folders, and keys as files."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from streamflow.contracts.errors import BadInputError
from streamflow.score.model import ARRAYS, CARDS, MANIFEST, MAX_BUNDLE_BYTES, SIGNATURE, Keys, read_key

PRIVATE_SUFFIX: Final = ".key"
PUBLIC_SUFFIX: Final = ".pub"
_FILES: Final = (MANIFEST, ARRAYS, SIGNATURE, *CARDS)
_ONLY_OWNER: Final = 0o600
_FOR_ALL: Final = 0o644


def read_model_folder(folder: Path) -> dict[str, bytes]:
    """Return the files of a model that a folder holds; other files, such as plots, are passed over.

    Raises
    ------
    BadInputError
        The folder holds no model, or a file that cannot be read or is too large.
    """
    if not (folder / MANIFEST).is_file():
        expected = f"a folder with {MANIFEST}"
        raise BadInputError("there is no model", expected=expected, where=str(folder), fix="streamflow train")
    return {name: _read(folder / name) for name in _FILES if (folder / name).exists()}


def _read(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MAX_BUNDLE_BYTES:
            expected = f"at most {MAX_BUNDLE_BYTES} bytes"
            raise BadInputError("a file of the model is too large", expected=expected, got=f"{size} bytes", where=str(path))
        return path.read_bytes()
    except OSError as error:
        raise BadInputError("a file of the model cannot be read", got=error.strerror or str(error), where=str(path)) from error


def write_signature(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write the signature of signed files into their folder, in place of the one that is there; return where."""
    path = folder / SIGNATURE
    try:
        path.write_bytes(files[SIGNATURE])
    except OSError as error:
        raise BadInputError("the signature cannot be written", got=error.strerror or str(error), where=str(path)) from error
    return path


def write_keys(keys: Keys, name: Path) -> tuple[Path, Path]:
    """Write NAME.key, which its owner alone may read, and NAME.pub, into a folder that is made where it is not there; return both.

    Raises
    ------
    BadInputError
        One of them is there already, or cannot be written.
    """
    private, public = name.with_name(name.name + PRIVATE_SUFFIX), name.with_name(name.name + PUBLIC_SUFFIX)
    if public.exists():
        raise BadInputError("a key is there already and is not written over", where=str(public))
    _create(private, keys.private, _ONLY_OWNER)
    _create(public, keys.public, _FOR_ALL)
    return private, public


def _create(path: Path, key: bytes, mode: int) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="ascii") as file:
            file.write(f"{key.hex()}\n")
    except FileExistsError as error:
        raise BadInputError("a key is there already and is not written over", where=str(path)) from error
    except OSError as error:
        raise BadInputError("a key cannot be written", got=error.strerror or str(error), where=str(path)) from error


def read_key_file(path: Path) -> bytes:
    """Return the key in a file.

    Raises
    ------
    BadInputError
        The file cannot be read or holds no key.
    """
    try:
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError("a key's file cannot be read", got=str(error), where=str(path), fix="streamflow model keygen") from error
    return read_key(text, str(path))


def trusted_key(text: str) -> str:
    """Return a public key as hexadecimal digits, from those digits or the name of a file that holds them.

    Raises
    ------
    BadInputError
        It is neither.

    Examples
    --------
    >>> trusted_key("0F" * 32) == "0f" * 32
    True
    """
    try:
        return read_key(text, "model.trusted_keys").hex()
    except BadInputError:
        if not Path(text).is_file():
            expected = "64 hexadecimal digits, or a file that holds them"
            raise BadInputError("this is not a public key", expected=expected, got=text, where="model.trusted_keys") from None
    return read_key_file(Path(text)).hex()
