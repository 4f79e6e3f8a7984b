"""Checks on the record itself: key, presence and size of its value."""

from streamflow.contracts.catalogue import MAX_BATCHED_RECORD_BYTES
from streamflow.contracts.record import Record
from streamflow.contracts.rejection import Code, Rejection


def too_large_message(limit_bytes: int, size_bytes: int | str) -> str:
    """Return the message of a `TOO_LARGE` dead letter; the JVM side of the job fills the same template."""
    return f"expected a value of at most {limit_bytes} bytes, got {size_bytes}"


def refuse_unreadable(record: Record, *, key_required: bool = True, max_value_bytes: int = MAX_BATCHED_RECORD_BYTES) -> Rejection | None:
    """Return why a record cannot be read at all, or None where its value is worth reading.

    Examples
    --------
    >>> refuse_unreadable(Record("transactions.raw", 0, 7, 0, b"cust-1", None)).code
    <Code.NULL_VALUE: 'NULL_VALUE'>
    """
    value = record.value
    if value is None:
        return Rejection(Code.NULL_VALUE, "expected a transaction, got a null value", "ingest")
    if len(value) > max_value_bytes:
        return Rejection(Code.TOO_LARGE, too_large_message(max_value_bytes, len(value)), "ingest")
    if record.key is None and key_required:
        return Rejection(Code.NULL_KEY, "expected the customer id as the record's key, got a null key", "ingest")
    if not value or value.isspace():
        return Rejection(Code.EMPTY_VALUE, f"expected a transaction, got {len(value)} bytes without content", "ingest")
    return None
