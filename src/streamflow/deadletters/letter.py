"""A record of the dead-letter topic, read back: what came, where from, and why it was refused."""

import re
from typing import Final, NamedTuple

from streamflow.contracts.catalogue import Header
from streamflow.contracts.errors import BadInputError
from streamflow.contracts.preview import preview
from streamflow.contracts.record import HeaderList, Record
from streamflow.kafka.headers import added_from, last

UNKNOWN_CODE: Final = "(none)"
"""Stands for the code of a record that StreamFlow did not write."""

_SOURCE_ID: Final = re.compile(r"([A-Za-z0-9._-]{1,249})/(\d{1,9})/(\d{1,18})", re.ASCII)
_PLACE: Final = re.compile(r"(\d{1,9}):(\d{1,18})", re.ASCII)
_SHOWN_BYTES: Final = 80


class Source(NamedTuple):
    """Where a record lay that died; its dead letters share it, however often the job wrote them."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"


class Place(NamedTuple):
    """Where a dead letter lies in the dead-letter topic."""

    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.partition}:{self.offset}"


class Letter(NamedTuple):
    """A dead letter.

    Parameters
    ----------
    record
        As it lies in the dead-letter topic: key and value are the original ones.
    headers
        The original headers, without those that say why it died.
    code, message, stage, schema_version
        Why it died; None where the record carries no such header.
    source
        Where it came from, and `time_ms` when it arrived there (the broker's time); without a source, when it died.
    """

    record: Record
    headers: HeaderList
    code: str
    message: str
    stage: str
    schema_version: str | None
    source: Source | None
    time_ms: int

    @property
    def place(self) -> Place:
        """Where it lies."""
        return Place(self.record.partition, self.record.offset)

    @property
    def name(self) -> str:
        """What a person calls it by: its source, else its place."""
        return str(self.source or self.place)


def parse_letter(record: Record) -> Letter:
    """Read a record of the dead-letter topic.

    Headers of StreamFlow's that the record carried before it died belong to the original ones: the added ones begin with the
    last code.

    Examples
    --------
    >>> from streamflow.contracts.record import encode_headers
    >>> from streamflow.contracts.rejection import Code, Rejection
    >>> from streamflow.route import DeadLetter
    >>> died = Record("transactions.raw", 3, 42, 1000, None, b"?", encode_headers([("trace", b"1")]))
    >>> added = DeadLetter(died, Rejection(Code.NOT_JSON, "expected JSON")).headers()
    >>> letter = parse_letter(Record("streamflow.dlq", 0, 7, 1005, None, b"?", died.headers + encode_headers(added)))
    >>> letter.name, str(letter.place), letter.code, letter.headers, letter.time_ms
    ('transactions.raw/3/42', '0:7', 'NOT_JSON', [('trace', b'1')], 1000)
    """
    own, added = added_from(record.headers, Header.CODE)
    source = _source(added)
    timestamp = last(added, Header.TIMESTAMP_MS)
    return Letter(
        record=record,
        headers=own,
        code=last(added, Header.CODE) or UNKNOWN_CODE,
        message=last(added, Header.MESSAGE) or "",
        stage=last(added, Header.STAGE) or "",
        schema_version=last(added, Header.SCHEMA_VERSION),
        source=source,
        time_ms=int(timestamp) if source is not None and timestamp is not None and timestamp.isdecimal() else record.timestamp_ms,
    )


def _source(added: HeaderList) -> Source | None:
    text = f"{last(added, Header.TOPIC)}/{last(added, Header.PARTITION)}/{last(added, Header.OFFSET)}"
    match = _SOURCE_ID.fullmatch(text)
    return Source(match[1], int(match[2]), int(match[3])) if match else None


def parse_id(text: str) -> Source | Place:
    """Return what a person calls a dead letter by.

    Examples
    --------
    >>> parse_id("transactions.raw/3/42"), parse_id("0:7")
    (Source(topic='transactions.raw', partition=3, offset=42), Place(partition=0, offset=7))
    """
    if match := _SOURCE_ID.fullmatch(text):
        return Source(match[1], int(match[2]), int(match[3]))
    if match := _PLACE.fullmatch(text):
        return Place(int(match[1]), int(match[2]))
    raise BadInputError(
        "this names no dead letter",
        expected="TOPIC/PARTITION/OFFSET of the record that died, or PARTITION:OFFSET of the dead letter itself",
        got=preview(text, _SHOWN_BYTES),
        fix="streamflow dlq list",
    )
