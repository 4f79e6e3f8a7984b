"""Headers between confluent-kafka's form and the list of names and bytes that StreamFlow uses."""

from collections.abc import Iterable

from streamflow.contracts.record import HeaderList, decode_headers

_ClientHeaders = dict[str, str | bytes | None] | list[tuple[str, str | bytes | None]]


def from_client(headers: _ClientHeaders | None) -> HeaderList:
    """Return a message's headers: order, repeated names and null values kept.

    Examples
    --------
    >>> from_client([("trace", b"a"), ("trace", None)]), from_client(None)
    ([('trace', b'a'), ('trace', None)], [])
    """
    pairs = headers.items() if isinstance(headers, dict) else headers or ()
    return [(name, value.encode() if isinstance(value, str) else value) for name, value in pairs]


def to_client(headers: Iterable[tuple[str, bytes | None]]) -> list[tuple[str, str | bytes | None]]:
    """Return headers in the form that a producer takes."""
    return list(headers)


def last(headers: Iterable[tuple[str, bytes | None]], name: str) -> str | None:
    """Return the last value of a header as text, None where there is none.

    Examples
    --------
    >>> last([("code", b"a"), ("code", b"b")], "code"), last([], "code")
    ('b', None)
    """
    found = None
    for header, value in headers:
        if header == name and value is not None:
            found = value.decode(errors="backslashreplace")
    return found


def added_from(headers: bytes, name: str) -> tuple[HeaderList, HeaderList]:
    """Return a record's own headers, and those that were added to it: from the last header of this name on.

    Examples
    --------
    >>> from streamflow.contracts.record import encode_headers
    >>> added_from(encode_headers([("code", b"a"), ("trace", b"1"), ("code", b"b"), ("why", b"c")]), "code")
    ([('code', b'a'), ('trace', b'1')], [('code', b'b'), ('why', b'c')])
    """
    pairs = list(decode_headers(headers))
    begin = max((place for place, (header, _) in enumerate(pairs) if header == name), default=len(pairs))
    return pairs[:begin], pairs[begin:]
