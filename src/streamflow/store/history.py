"""The warehouse as a history: the payments of bronze as the records that they were, and the labels on them."""

from collections.abc import Generator, Iterator
from typing import Any, Final

import msgspec

from streamflow.contracts.label import Label
from streamflow.contracts.record import Record
from streamflow.contracts.tables import DECISIONS, LABELS_TABLE
from streamflow.contracts.transaction import Transaction
from streamflow.store.audit.content import milliseconds
from streamflow.store.query import run_query

# What bronze keeps in another form than the shop wrote it.
_REWRITTEN: Final = {"amount": "amount", "timestamp": "event_time", "extra": "extra"}
_PLACE: Final = ("source_topic", "source_partition", "source_offset", "source_timestamp")
_AS_WRITTEN: Final = tuple(name for name in Transaction.__struct_fields__ if name not in _REWRITTEN)
# Within a partition the offsets are the order, whatever the broker's clock did; between partitions, the time that each had come to.
_PAYMENTS: Final = (
    f"SELECT {', '.join((*_PLACE, *_REWRITTEN.values(), *_AS_WRITTEN))} FROM {DECISIONS.full_name}"  # noqa: S608 - names of the catalogue
    " ORDER BY max(source_timestamp) OVER (PARTITION BY source_topic, source_partition ORDER BY source_offset),"
    " source_topic, source_partition, source_offset"
)
_LABELS: Final = f"SELECT {', '.join(Label.__struct_fields__)} FROM {LABELS_TABLE.full_name}"  # noqa: S608 - names of the catalogue
_encode: Final = msgspec.json.Encoder().encode


def count_payments(dsn: str, timeout_seconds: int) -> int:
    """Return how many payments there are."""
    with run_query(dsn, f"SELECT count(*) FROM {DECISIONS.full_name}", timeout_seconds) as found:  # noqa: S608 - a name of the catalogue
        return int(next(found.rows)[0])


def read_payments(dsn: str, timeout_seconds: int) -> Generator[Record, None, None]:
    """Yield the record behind each decision, in the order in which they came. Memory: some thousand rows.

    The payload is written anew: the amount with two decimals, the time in UTC. So a payment that came twice, once as 12.5 and once as
    12.50, was another payment under the same id for the stream, and is a repeat here.

    Parameters
    ----------
    dsn : str
        As the role that reads.
    timeout_seconds : int
        How long the server may work on the whole of it.
    """
    with run_query(dsn, _PAYMENTS, timeout_seconds) as found:
        for row in found.rows:
            topic, partition, offset, timestamp, amount, event_time, extra, *written = row
            fields: dict[str, Any] = {name: value for name, value in zip(_AS_WRITTEN, written, strict=True) if value is not None}
            fields["amount"] = str(amount)
            fields["timestamp"] = event_time.isoformat()
            if extra is not None:
                fields = msgspec.json.decode(extra) | fields
            key = fields["customer_id"].encode()
            yield Record(topic, partition, offset, milliseconds(timestamp), key, _encode(fields))


def read_labels(dsn: str, timeout_seconds: int) -> Iterator[Label]:
    """Yield every label, in no order."""
    with run_query(dsn, _LABELS, timeout_seconds) as found:
        for row in found.rows:
            yield Label(*row)
