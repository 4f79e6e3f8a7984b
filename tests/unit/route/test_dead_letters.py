"""What is added to a record that dies."""

import pytest

from streamflow.contracts.catalogue import Header
from streamflow.contracts.record import Record, encode_headers
from streamflow.contracts.rejection import Code, Rejection
from streamflow.route import DeadLetter

DIED = Record("transactions.raw", 3, 2**40, 1_795_428_000_123, b"\xff\x00", b"\xfe", encode_headers([("trace", b"1")]))


def test_the_headers_say_why_and_where_in_a_fixed_order() -> None:
    letter = DeadLetter(DIED, Rejection(Code.WRONG_TYPE, "expected ç, got 漢", schema_version=2))
    assert letter.headers() == [
        (Header.CODE, b"WRONG_TYPE"),
        (Header.MESSAGE, "expected ç, got 漢".encode()),
        (Header.STAGE, b"validate"),
        (Header.TOPIC, b"transactions.raw"),
        (Header.PARTITION, b"3"),
        (Header.OFFSET, b"1099511627776"),
        (Header.TIMESTAMP_MS, b"1795428000123"),
        (Header.SCHEMA_VERSION, b"2"),
    ]


def test_a_schema_version_that_could_not_be_read_is_left_out() -> None:
    names = [name for name, _ in DeadLetter(DIED, Rejection(Code.NOT_JSON, "m")).headers()]
    assert Header.SCHEMA_VERSION not in names


@pytest.mark.parametrize("key", [None, b"", b"\xff\x00"])
def test_the_record_is_kept_as_it_came(key: bytes | None) -> None:
    record = DIED._replace(key=key)
    assert DeadLetter(record, Rejection(Code.NOT_UTF8, "m")).record is record
