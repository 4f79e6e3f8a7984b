"""The bytes that cross between Java and Python; `Frames.java` is the other side.

Everything is little endian, and -1 is the length of a null. A batch is an int32 count and so many records: int32 partition,
int64 offset, int64 timestamp, int32 lengths of key, value and headers, then these three. A result is one byte of targets, the
same three lengths, key, value and headers; results follow each other without a count.
"""

import struct
from enum import IntFlag
from functools import partial
from typing import Final

from streamflow.contracts.record import Record

_COUNT: Final = struct.Struct("<i")
_RECORD: Final = struct.Struct("<iqqiii")
_RESULT: Final = struct.Struct("<Biii")
_NULL: Final = -1
_record: Final = partial(tuple.__new__, Record)
"""Makes a record of its fields in half the time that the named tuple's own constructor takes."""


class Target(IntFlag):
    """Where a result goes; a decision that is an alert too goes to both."""

    SCORED = 1
    ALERTS = 2
    DEAD_LETTERS = 4


# Plain numbers: an IntFlag would cost more than all the rest of a result.
SCORED: Final = int(Target.SCORED)
SCORED_AND_ALERT: Final = int(Target.SCORED | Target.ALERTS)
DEAD_LETTER: Final = int(Target.DEAD_LETTERS)


def decode_batch(topic: str, batch: bytes) -> list[Record]:
    """Return the records of a batch, in their order. O(bytes).

    Examples
    --------
    >>> record = Record("transactions.raw", 3, 42, 1_000, b"cust-1", None)
    >>> decode_batch("transactions.raw", encode_batch([record])) == [record]
    True
    """
    records: list[Record] = []
    append, unpack, make, lengths_bytes = records.append, _RECORD.unpack_from, _record, _RECORD.size
    position = _COUNT.size
    for _ in range(_COUNT.unpack_from(batch)[0]):
        partition, offset, timestamp_ms, key_length, value_length, headers_length = unpack(batch, position)
        start = position + lengths_bytes
        key = value = None
        if key_length != _NULL:
            position = start + key_length
            key = batch[start:position]
            start = position
        if value_length != _NULL:
            position = start + value_length
            value = batch[start:position]
            start = position
        position = start + headers_length
        append(make((topic, partition, offset, timestamp_ms, key, value, batch[start:position] if headers_length else b"")))
    return records


def encode_batch(records: list[Record]) -> bytes:
    """Return the batch that Java would make of these records."""
    parts = [_COUNT.pack(len(records))]
    for record in records:
        key, value, headers = record.key, record.value, record.headers
        parts += (
            _RECORD.pack(record.partition, record.offset, record.timestamp_ms, _length(key), _length(value), len(headers)),
            key or b"",
            value or b"",
            headers,
        )
    return b"".join(parts)


def pack_result(targets: int, key: bytes | None, value: bytes | None, headers: bytes = b"") -> tuple[bytes, bytes, bytes, bytes]:
    """Return one result, a Kafka record and where it goes, as the parts that its bytes are joined from.

    Examples
    --------
    >>> b"".join(pack_result(SCORED, b"k", b"v")).hex(" ", 1)
    '01 01 00 00 00 01 00 00 00 00 00 00 00 6b 76'
    """
    if key is None or value is None:
        return _RESULT.pack(targets, _length(key), _length(value), len(headers)), key or b"", value or b"", headers
    return _RESULT.pack(targets, len(key), len(value), len(headers)), key, value, headers


def _length(data: bytes | None) -> int:
    return _NULL if data is None else len(data)
