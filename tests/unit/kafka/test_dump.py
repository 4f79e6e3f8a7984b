"""A dumped record reads back as the same record."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamflow.contracts.errors import BadInputError
from streamflow.contracts.record import Record, encode_headers
from streamflow.kafka.dump import dump_line, parse_dump_line, read_dump

nullable_bytes = st.none() | st.binary(max_size=200)
headers = st.lists(st.tuples(st.text(max_size=20), nullable_bytes), max_size=5).map(encode_headers)
records = st.builds(
    Record,
    topic=st.text(max_size=50),
    partition=st.integers(0, 2**31 - 1),
    offset=st.integers(0, 2**63 - 1),
    timestamp_ms=st.integers(-1, 2**62),
    key=nullable_bytes,
    value=nullable_bytes,
    headers=headers,
)


@given(records)
def test_a_record_comes_back_from_its_line_as_it_was(record: Record) -> None:
    line = dump_line(record)
    assert b"\n" not in line
    assert parse_dump_line(line) == record


def test_null_and_empty_stay_different_in_key_value_and_headers() -> None:
    names = [("trace", None), ("trace", b""), ("trace", b"1")]
    record = Record("transactions.raw", 0, 0, 0, None, b"", encode_headers(names))
    assert parse_dump_line(dump_line(record)) == record
    assert b'"headers":[["trace",null],["trace",""],["trace","MQ=="]]' in dump_line(record)


def test_empty_lines_of_a_dump_are_passed_over() -> None:
    record = Record("t", 0, 0, 0, None, b"x")
    assert list(read_dump([b"\n", dump_line(record) + b"\n", b"  \r\n"], "dump.jsonl")) == [record]


@pytest.mark.parametrize(
    ("line", "named"),
    [
        (b'{"topic":"t"}', "partition"),
        (b'{"topic":"t","partition":0,"offset":0,"timestamp_ms":0,"key_base64":"?","headers":[],"value_base64":null}', "key_base64"),
        (b'{"topic":"t","partition":0,"offset":"0","timestamp_ms":0,"key_base64":null,"headers":[],"value_base64":null}', "offset"),
        (b'{"topic":"t","partition":0,"offset":0,"timestamp_ms":0,"key_base64":null,"headers":[["a"]],"value_base64":null}', "headers"),
        (b"not json", "malformed"),
        (b"\xff", ""),
    ],
)
def test_a_line_that_is_no_record_is_named_with_its_place_and_field(line: bytes, named: str) -> None:
    with pytest.raises(BadInputError) as raised:
        list(read_dump([b"\n", line], "dump.jsonl"))
    assert "dump.jsonl, line 2" in str(raised.value)
    assert named in str(raised.value)
