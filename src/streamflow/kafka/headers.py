"""Headers between confluent-kafka's form and the list of names and bytes that StreamFlow uses."""

from collections.abc import Iterable

from streamflow.contracts.record import HeaderList

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
