"""A Kafka record as the engine sees it, and the shape of its headers."""

import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_NAME_LENGTH = struct.Struct("<H")
_VALUE_LENGTH = struct.Struct("<i")
_NULL = -1

HeaderList = list[tuple[str, bytes | None]]


class Record(NamedTuple):
    """One record of the raw topic, with everything that a decision may depend on.

    Parameters
    ----------
    topic, partition, offset
        Where the record lies: the identity of its decision or dead letter.
    timestamp_ms
        The broker's time, in milliseconds since the epoch (UTC).
    key, value
        The original bytes, or None for a Kafka null.
    headers
        The original headers in the form of `encode_headers`: the engine carries them, it never reads them.
    """

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: bytes = b""


def encode_headers(headers: Iterable[tuple[str, bytes | None]]) -> bytes:
    """Pack headers into one blob, keeping order, repeated names and null values.

    Each header is a little-endian uint16 name length, the UTF-8 name, an int32 value length (-1 for null) and the value.

    Examples
    --------
    >>> list(decode_headers(encode_headers([("trace", b"a"), ("trace", None)])))
    [('trace', b'a'), ('trace', None)]
    """
    parts: list[bytes] = []
    for name, value in headers:
        name_bytes = name.encode()
        parts += (_NAME_LENGTH.pack(len(name_bytes)), name_bytes)
        parts += (_VALUE_LENGTH.pack(_NULL),) if value is None else (_VALUE_LENGTH.pack(len(value)), value)
    return b"".join(parts)


def decode_headers(blob: bytes) -> Iterator[tuple[str, bytes | None]]:
    """Unpack what `encode_headers` packed."""
    position = 0
    while position < len(blob):
        (length,) = _NAME_LENGTH.unpack_from(blob, position)
        position += _NAME_LENGTH.size
        name = blob[position : position + length].decode(errors="replace")
        position += length
        (length,) = _VALUE_LENGTH.unpack_from(blob, position)
        position += _VALUE_LENGTH.size
        if length == _NULL:
            yield name, None
        else:
            yield name, blob[position : position + length]
            position += length
