"""W3C trace context: which of a payment's headers its decision, alert and dead letter carry on."""

import re
from typing import Final

from streamflow.contracts.record import decode_headers, encode_headers

TRACE_PARENT: Final = "traceparent"
TRACE_STATE: Final = "tracestate"
MOST_STATE_BYTES: Final = 512

# Of a version that does not exist yet only the first four fields are known; version ff and ids of zeros are invalid.
_PARENT: Final = re.compile(rb"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?", re.ASCII)
_STATE: Final = re.compile(rb"[\x20-\x7e\t]*", re.ASCII)
_MOST_PARENT_BYTES: Final = 256


def carried(headers: bytes) -> bytes:
    """Return the part of a record's headers that goes on with its answer: a valid trace context, and nothing else.

    Decisions pass a trace context through as it is, for StreamFlow makes no spans of its own. A `traceparent` that is not one is
    dropped with its `tracestate`, as the W3C's recommendation has it, and so is one that comes twice.

    Parameters
    ----------
    headers : bytes
        As `encode_headers` writes them.

    Examples
    --------
    >>> parent = ("traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    >>> list(decode_headers(carried(encode_headers([("shop", b"7"), parent])))) == [parent]
    True
    >>> carried(encode_headers([("traceparent", b"cust-7")]))
    b''
    """
    if b"traceparent" not in headers:
        return b""
    found = list(decode_headers(headers))
    parents = [value for name, value in found if name == TRACE_PARENT]
    if len(parents) != 1 or not parents[0] or len(parents[0]) > _MOST_PARENT_BYTES or not _PARENT.fullmatch(parents[0]):
        return b""
    state = b",".join(value for name, value in found if name == TRACE_STATE and value)
    kept: list[tuple[str, bytes | None]] = [(TRACE_PARENT, parents[0])]
    if state and len(state) <= MOST_STATE_BYTES and _STATE.fullmatch(state):
        kept.append((TRACE_STATE, state))
    return encode_headers(kept)
