"""A record that could not be decided: its original bytes, and the reason as headers."""

import msgspec

from streamflow.contracts.catalogue import Header
from streamflow.contracts.record import HeaderList, Record
from streamflow.contracts.rejection import Rejection


class DeadLetter(msgspec.Struct, frozen=True):
    """The record as it came, and why it lies here."""

    record: Record
    rejection: Rejection

    def headers(self) -> HeaderList:
        """Return the headers that are added to the original ones.

        Examples
        --------
        >>> from streamflow.contracts.rejection import Code
        >>> letter = DeadLetter(Record("transactions.raw", 3, 42, 1000, None, b"?"), Rejection(Code.NOT_JSON, "expected JSON"))
        >>> dict(letter.headers())["streamflow.code"]
        b'NOT_JSON'
        """
        record, rejection = self.record, self.rejection
        headers: HeaderList = [
            (Header.CODE, rejection.code.encode()),
            (Header.MESSAGE, rejection.message.encode()),
            (Header.STAGE, rejection.stage.encode()),
            *source_headers(record.topic, record.partition, record.offset, record.timestamp_ms),
        ]
        if rejection.schema_version is not None:
            headers.append((Header.SCHEMA_VERSION, str(rejection.schema_version).encode()))
        return headers


def source_headers(topic: str, partition: int, offset: int, timestamp_ms: int) -> HeaderList:
    """Return the headers that say where a record came from; numbers are decimal text."""
    return [
        (Header.TOPIC, topic.encode()),
        (Header.PARTITION, str(partition).encode()),
        (Header.OFFSET, str(offset).encode()),
        (Header.TIMESTAMP_MS, str(timestamp_ms).encode()),
    ]
