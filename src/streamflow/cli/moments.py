"""Times as people read and write them; the command line is where the clock is read."""

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Final

from streamflow.contracts.errors import BadInputError
from streamflow.contracts.preview import preview

_DURATION: Final = re.compile(r"([1-9]\d{0,5})([smhdw])", re.ASCII)
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SHOWN_BYTES: Final = 80


def now_ms() -> int:
    """Return this machine's time in milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


def iso(timestamp_ms: int | None) -> str:
    """Return a time as ISO 8601 in UTC, to the millisecond; a dash where there is none.

    Examples
    --------
    >>> iso(1_700_000_000_123), iso(None)
    ('2023-11-14T22:13:20.123Z', '-')
    """
    if timestamp_ms is None:
        return "-"
    moment = _EPOCH + timedelta(milliseconds=timestamp_ms)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def span(seconds: float | None) -> str:
    """Return a span of time in the unit that suits it; a dash where there is none.

    Examples
    --------
    >>> span(0.0123), span(75), span(7_300), span(None)
    ('12 ms', '75 s', '2.0 h', '-')
    """
    if seconds is None:
        return "-"
    size = abs(seconds)
    if 0 < size < 1:
        return f"{seconds * 1000:.0f} ms"
    if size < 300:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if size < 7_200 else f"{seconds / 3_600:.1f} h"


def parse_time_ms(text: str, now_ms: int, *, option: str, sign: int = 1) -> int:
    """Return milliseconds since the epoch for `7d` (from now, or before now with sign -1) or an ISO 8601 time with a zone.

    Examples
    --------
    >>> parse_time_ms("2h", 0, option="--expires"), parse_time_ms("1970-01-01T00:00:01Z", 0, option="--expires")
    (7200000, 1000)
    """
    match = _DURATION.fullmatch(text)
    if match is not None:
        return now_ms + sign * int(timedelta(**{_UNITS[match[2]]: int(match[1])}) / timedelta(milliseconds=1))
    expected = "a duration such as 30m, 12h, 7d, 2w, or an ISO 8601 time with a zone such as 2026-01-31T12:00:00Z"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInputError(f"{option} is no time", expected=expected, got=preview(text, _SHOWN_BYTES)) from error
    if moment.tzinfo is None:
        raise BadInputError(f"{option} names no time zone", expected=expected, got=text)
    return round((moment - _EPOCH) / timedelta(milliseconds=1))
