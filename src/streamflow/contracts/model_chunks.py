"""A model in the control topic: too large for one record, so its bytes lie there in chunks, each under a key of its own."""

import struct
from typing import Final, NamedTuple

from streamflow.contracts.catalogue import KIBIBYTE
from streamflow.contracts.errors import BadInputError

CHUNK_BYTES: Final = 512 * KIBIBYTE
MAX_CHUNKS: Final = 128
"""So no model is above 64 MiB."""

_COUNT: Final = struct.Struct(">I")


class Chunk(NamedTuple):
    """One chunk of a model: how many there are of it, and its bytes."""

    total: int
    data: bytes


def split_model(bundle: bytes) -> list[bytes]:
    """Return the values of a model's records in order: 4 bytes, big-endian, with the number of chunks, then at most 512 KiB of it.

    Raises
    ------
    BadInputError
        If it is empty or too large.

    Examples
    --------
    >>> [len(value) for value in split_model(bytes(CHUNK_BYTES + 1))], read_chunk(split_model(b"model")[0])
    ([524292, 5], Chunk(total=1, data=b'model'))
    """
    if not 0 < len(bundle) <= MAX_CHUNKS * CHUNK_BYTES:
        got = f"{len(bundle)} bytes"
        raise BadInputError("the model does not fit the control topic", expected=f"1 to {MAX_CHUNKS * CHUNK_BYTES} bytes", got=got)
    chunks = [bundle[start : start + CHUNK_BYTES] for start in range(0, len(bundle), CHUNK_BYTES)]
    return [_COUNT.pack(len(chunks)) + chunk for chunk in chunks]


def read_chunk(value: bytes) -> Chunk:
    """Read the value of a model's record.

    Raises
    ------
    BadInputError
        If it is not what `split_model` makes.
    """
    if not _COUNT.size < len(value) <= _COUNT.size + CHUNK_BYTES:
        expected, got = f"{_COUNT.size + 1} to {_COUNT.size + CHUNK_BYTES} bytes", f"{len(value)} bytes"
        raise BadInputError("a chunk of a model has a wrong size", expected=expected, got=got)
    (count,) = _COUNT.unpack_from(value)
    if not 1 <= count <= MAX_CHUNKS:
        raise BadInputError("a model has too many chunks", expected=f"1 to {MAX_CHUNKS}", got=str(count))
    return Chunk(count, value[_COUNT.size :])
