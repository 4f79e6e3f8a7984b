"""A model's files as one row of bytes, for the control topic: the same files always give the same bytes."""

from collections.abc import Mapping
from typing import Final

import msgspec

from streamflow.contracts.errors import BadInputError

MAGIC: Final = b"SFMODEL1"
MAX_BUNDLE_BYTES: Final = 24 << 20


def bundle(files: Mapping[str, bytes]) -> bytes:
    """Put files into one row of bytes: 8 bytes that say what it is, then a MessagePack map in the order of the names.

    Examples
    --------
    >>> unbundle(bundle({"signature": b"2", "manifest.json": b"1"}))
    {'manifest.json': b'1', 'signature': b'2'}
    """
    return MAGIC + msgspec.msgpack.encode(dict(sorted(files.items())))


def unbundle(data: bytes, where: str = "model") -> dict[str, bytes]:
    """Take files out of a bundle again.

    Raises
    ------
    BadInputError
        If the bytes are not exactly what `bundle` makes of some files.
    """
    if len(data) > MAX_BUNDLE_BYTES:
        got = f"{len(data)} bytes"
        raise BadInputError("the model is too large", expected=f"at most {MAX_BUNDLE_BYTES} bytes", got=got, where=where)
    if not data.startswith(MAGIC):
        raise BadInputError("this is not a model's bundle", expected=f"it begins with {MAGIC!r}", got=repr(data[:8]), where=where)
    try:
        files = msgspec.msgpack.decode(memoryview(data)[len(MAGIC) :], type=dict[str, bytes])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadInputError("the model's bundle is cut short or damaged", got=str(error), where=where) from None
    if bundle(files) != data:
        raise BadInputError("the model's bundle is damaged", expected="files in the order of their names, each once", where=where)
    return files
