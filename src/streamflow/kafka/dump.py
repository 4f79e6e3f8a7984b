"""Whole Kafka records as JSON lines: nothing of a record is lost on the way to a file and back."""

from collections.abc import Iterable, Iterator

import msgspec

from streamflow.contracts.errors import BadInputError
from streamflow.contracts.json_errors import UNREADABLE_JSON
from streamflow.contracts.record import Record, decode_headers, encode_headers


class DumpLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One record; bytes are base64 in JSON, and null is Kafka's null."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key_base64: bytes | None
    headers: list[tuple[str, bytes | None]]
    value_base64: bytes | None


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(DumpLine).decode


def dump_line(record: Record) -> bytes:
    r"""Return a record as one line of JSON, without the line feed.

    Examples
    --------
    >>> dump_line(Record("t", 0, 7, 1000, None, b"\xff")).decode()
    '{"topic":"t","partition":0,"offset":7,"timestamp_ms":1000,"key_base64":null,"headers":[],"value_base64":"/w=="}'
    """
    headers = list(decode_headers(record.headers))
    return _encode(DumpLine(record.topic, record.partition, record.offset, record.timestamp_ms, record.key, headers, record.value))


def parse_dump_line(line: bytes, where: str = "") -> Record:
    """Return the record that `dump_line` wrote.

    Raises
    ------
    BadInputError
        If the line is not a dumped record; the message names the field.
    """
    try:
        parsed = _decode(line)
    except UNREADABLE_JSON as error:
        raise BadInputError(
            "this line is not a dumped record",
            expected="a line of `streamflow topic dump`",
            got=str(error),
            where=where,
        ) from error
    headers = encode_headers(parsed.headers)
    return Record(parsed.topic, parsed.partition, parsed.offset, parsed.timestamp_ms, parsed.key_base64, parsed.value_base64, headers)


def read_dump(stream: Iterable[bytes], where: str) -> Iterator[Record]:
    """Yield the records of a dump, line after line; empty lines are passed over."""
    for number, line in enumerate(stream, 1):
        if not line.isspace():
            yield parse_dump_line(line, f"{where}, line {number}")
