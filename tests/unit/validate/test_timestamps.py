"""Times: with a zone, existing, and the same moment however they are written."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamflow.contracts.rejection import Code
from streamflow.validate import ValidTransaction
from streamflow.validate.fields import FieldError, read_timestamp
from tests.unit.factories import TEN_O_CLOCK_MS, iso, valid

moments = st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))
offsets = st.integers(-23 * 60 - 59, 23 * 60 + 59)


@given(moments, offsets)
def test_a_moment_is_the_same_in_every_zone_and_comes_back_in_utc(moment: datetime, minutes: int) -> None:
    local = moment.astimezone(timezone(timedelta(minutes=minutes)))
    read = read_timestamp(local.isoformat())
    assert read == moment
    assert read.utcoffset() == timedelta(0)


@given(moments.map(lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)))
def test_the_commonest_shape_reads_like_every_other(moment: datetime) -> None:
    """It has a short way of its own."""
    text = moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}"
    assert read_timestamp(text + "Z") == read_timestamp(text + "+00:00") == read_timestamp(text + "000Z") == moment


@given(st.integers(0, TEN_O_CLOCK_MS))
def test_the_event_time_in_milliseconds_is_exact(time_ms: int) -> None:
    read: ValidTransaction = valid(timestamp=iso(time_ms))
    assert read.event_time_ms == time_ms
    assert read.transaction.timestamp == iso(time_ms), "what the shop wrote is kept"


@pytest.mark.parametrize(
    ("text", "expected_ms"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:00.000999Z", 0),
        ("1970-01-01T00:00:00.001999Z", 1),
        ("1970-01-01T02:00:00+02:00", 0),
        ("1969-12-31T21:00:00-03:00", 0),
        ("2024-02-29T12:00:00Z", 1_709_208_000_000),
        ("2026-11-23T10:00Z", TEN_O_CLOCK_MS),
        ("2026-11-23T10:00:00-0000", TEN_O_CLOCK_MS),
        ("2026-11-23T15:30:00.123456789+05:30", TEN_O_CLOCK_MS + 123),
    ],
)
def test_every_documented_form_is_read(text: str, expected_ms: int) -> None:
    assert valid(timestamp=text).event_time_ms == expected_ms


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2026-11-23T10:00:00", Code.TIMESTAMP_NO_ZONE),
        ("2026-11-23T10:00:00.000", Code.TIMESTAMP_NO_ZONE),
        ("2026-02-29T10:00:00.000Z", Code.TIMESTAMP_INVALID),
        ("2026-13-01T10:00:00.000Z", Code.TIMESTAMP_INVALID),
        ("2026-11-23T24:00:00.000Z", Code.TIMESTAMP_INVALID),
        ("2026-11-23T10:60:00.000Z", Code.TIMESTAMP_INVALID),
        ("2026-11-23T23:59:60.000Z", Code.TIMESTAMP_INVALID),
        ("2026-11-23T10:00:00.0a0Z", Code.TIMESTAMP_INVALID),
        ("+026-11-23T10:00:00.000Z", Code.TIMESTAMP_INVALID),
        ("2026-11-23T10:00:00+24:00", Code.TIMESTAMP_INVALID),
        ("0000-11-23T10:00:00Z", Code.TIMESTAMP_INVALID),
        ("0001-01-01T00:00:00+01:00", Code.TIMESTAMP_INVALID),
        ("9999-12-31T23:59:59-01:00", Code.TIMESTAMP_INVALID),
        ("1969-12-31T23:59:59.999Z", Code.TIMESTAMP_INVALID),
        ("2026-11-23 10:00:00Z", Code.TIMESTAMP_INVALID),
        ("2026-11-23T10:00:00z", Code.TIMESTAMP_INVALID),
        ("20261123T100000Z", Code.TIMESTAMP_INVALID),
        ("2026-W48-1T10:00:00Z", Code.TIMESTAMP_INVALID),
        ("2026-11-23", Code.TIMESTAMP_INVALID),
        ("2026-11-23T10:00:00Z\n", Code.TIMESTAMP_INVALID),
        ("1795428000", Code.TIMESTAMP_INVALID),
        ("", Code.TIMESTAMP_INVALID),
        ("\u0662\u0660\u0662\u0666-11-23T10:00:00.000Z", Code.TIMESTAMP_INVALID),
    ],
)
def test_anything_else_has_its_own_code(text: str, code: Code) -> None:
    with pytest.raises(FieldError) as raised:
        read_timestamp(text)
    assert raised.value.code == code


@given(st.text(alphabet="0123456789-:.TZ+ ", min_size=15, max_size=32))
def test_any_text_is_a_moment_after_1970_or_refused(text: str) -> None:
    try:
        moment = read_timestamp(text)
    except FieldError:
        return
    assert moment >= datetime(1970, 1, 1, tzinfo=UTC)
