"""What is said of a record before its value is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamflow.contracts.catalogue import MAX_BATCHED_RECORD_BYTES
from streamflow.contracts.rejection import Code
from streamflow.ingest import refuse_unreadable
from tests.unit.factories import record, record_of

LIMIT = 100


def code_of(value: bytes | None, key: bytes | None = b"k", **options: bool) -> Code | None:
    rejection = refuse_unreadable(record_of(value, key=key), max_value_bytes=LIMIT, **options)
    return None if rejection is None else rejection.code


def test_an_ordinary_record_is_worth_reading() -> None:
    assert refuse_unreadable(record()) is None


@pytest.mark.parametrize(("size", "code"), [(LIMIT, None), (LIMIT + 1, Code.TOO_LARGE)])
def test_a_value_may_be_as_long_as_the_limit_and_no_longer(size: int, code: Code | None) -> None:
    assert code_of(b"x" * size) == code


def test_the_limit_is_64_kib_unless_it_is_set() -> None:
    assert MAX_BATCHED_RECORD_BYTES == 65_536
    assert refuse_unreadable(record_of(b"x" * 65_536)) is None
    rejection = refuse_unreadable(record_of(b"x" * 65_537))
    assert rejection is not None
    assert rejection.message == "expected a value of at most 65536 bytes, got 65537"


@pytest.mark.parametrize(
    ("value", "key", "code"),
    [
        (None, None, Code.NULL_VALUE),
        (b"x" * (LIMIT + 1), None, Code.TOO_LARGE),
        (b" " * (LIMIT + 1), b"k", Code.TOO_LARGE),
        (b"", None, Code.NULL_KEY),
        (b"", b"k", Code.EMPTY_VALUE),
        (b" \t\r\n", b"k", Code.EMPTY_VALUE),
        (b"\x00", b"k", None),
        (b"x", b"", None),
    ],
)
def test_the_first_thing_that_is_wrong_names_the_code(value: bytes | None, key: bytes | None, code: Code | None) -> None:
    assert code_of(value, key) == code


def test_a_null_key_is_no_matter_where_the_payload_names_the_customer() -> None:
    assert code_of(b"x", None, key_required=False) is None


@given(st.none() | st.binary(max_size=2 * LIMIT), st.none() | st.binary(max_size=4))
def test_every_refusal_is_of_the_ingest_stage_and_says_what_was_expected(value: bytes | None, key: bytes | None) -> None:
    rejection = refuse_unreadable(record_of(value, key=key), max_value_bytes=LIMIT)
    if rejection is None:
        assert value
        assert value.strip()
        assert key is not None
        assert len(value) <= LIMIT
    else:
        assert rejection.stage == "ingest"
        assert rejection.message.startswith("expected ")
        assert ", got " in rejection.message
