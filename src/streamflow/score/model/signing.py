"""Signatures: who vouches for a model. Ed25519 (RFC 8032) over the bytes of its manifest, which holds the hash of every other file."""

from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from streamflow.contracts.errors import BadInputError
from streamflow.score.model.manifest import MANIFEST, SIGNATURE

KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 96
"""Public key, 32 bytes, then the signature, 64."""


class Keys(NamedTuple):
    """A pair of keys, 32 bytes each. The private one signs and stays secret; the public one is trusted by whoever reads."""

    private: bytes
    public: bytes


def generate_keys() -> Keys:
    """Make a new pair of keys, from the operating system's randomness: the one function here that is not pure, and none scores by it."""
    private = Ed25519PrivateKey.generate()
    return Keys(private.private_bytes_raw(), private.public_key().public_bytes_raw())


def read_key(text: str, where: str) -> bytes:
    """Read a key as settings and key files hold it: 64 hexadecimal digits.

    Examples
    --------
    >>> read_key("0f" * 32 + chr(10), "here").hex() == "0f" * 32
    True
    """
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        # A private key may come along here by mistake, so what came is not repeated.
        expected, got = f"{2 * KEY_BYTES} hexadecimal digits", f"{len(text.strip())} characters"
        raise BadInputError("this is not a key", expected=expected, got=got, where=where, fix="streamflow model keygen")
    return key


def sign(files: Mapping[str, bytes], private_key: bytes) -> dict[str, bytes]:
    """Return the files of a model with their signature, in place of the one before if there is one."""
    private = Ed25519PrivateKey.from_private_bytes(private_key)
    signature = private.public_key().public_bytes_raw() + private.sign(files[MANIFEST])
    return {**files, SIGNATURE: signature}


def verify_signature(files: Mapping[str, bytes], trusted_keys: Collection[bytes], where: str) -> None:
    """Raise BadInputError unless the manifest is signed with one of these keys."""
    signature = files.get(SIGNATURE)
    if signature is None:
        raise BadInputError("the model is not signed", where=where, fix="streamflow model sign")
    if len(signature) != SIGNATURE_BYTES:
        expected, got = f"{SIGNATURE_BYTES} bytes", f"{len(signature)} bytes"
        raise BadInputError("the signature is not one", expected=expected, got=got, where=f"{where}, {SIGNATURE}")
    public = signature[:KEY_BYTES]
    if public not in trusted_keys:
        expected = " or ".join(sorted(key.hex() for key in trusted_keys)) or "none: model.trusted_keys is empty"
        raise BadInputError("the model is signed with a key that is not trusted", expected=expected, got=public.hex(), where=where)
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature[KEY_BYTES:], files[MANIFEST])
    except (InvalidSignature, ValueError):
        raise BadInputError("the signature does not fit the manifest: one of the two was changed", where=where) from None
