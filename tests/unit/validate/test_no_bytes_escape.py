"""For any bytes there is an answer, and it can be shown and sent."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from streamflow.contracts.preview import mask_card_numbers
from streamflow.contracts.record import Record
from streamflow.contracts.rejection import Code, Rejection
from streamflow.route import DeadLetter
from streamflow.validate import Validator, ValidTransaction
from tests.unit.factories import TEN_O_CLOCK_MS, record_of
from tests.unit.validate.documents import any_json, damaged_documents, dumped

VALIDATORS = [Validator(), Validator(key_source="payload", pan_check="off")]
keys = st.none() | st.binary(max_size=20) | st.just(b"cust-1")


def check(record: Record) -> None:
    for validator in VALIDATORS:
        answer = validator.validate(record)
        if isinstance(answer, Rejection):
            assert answer.code in Code
            assert answer.code != Code.INTERNAL_ERROR
            assert 0 < len(answer.message) < 500
            assert mask_card_numbers(answer.message) == answer.message
            headers = dict(DeadLetter(record, answer).headers())
            assert headers["streamflow.code"] == answer.code.encode()
        else:
            assert isinstance(answer, ValidTransaction)
            assert answer.amount > 0
            assert 0 <= answer.event_time_ms <= record.timestamp_ms + 300_000


@settings(max_examples=300)
@given(st.none() | st.binary(max_size=300), keys)
def test_any_bytes_are_a_transaction_or_a_rejection(value: bytes | None, key: bytes | None) -> None:
    check(record_of(value, key=key))


@settings(max_examples=200)
@given(any_json, keys)
def test_any_json_and_what_python_takes_for_json_is_a_transaction_or_a_rejection(value: object, key: bytes | None) -> None:
    """Python writes NaN and Infinity, too."""
    check(record_of(json.dumps(value).encode(), key=key))


@settings(max_examples=300)
@given(damaged_documents(), st.integers(0, 2 * TEN_O_CLOCK_MS), keys)
def test_any_damage_to_a_field_is_a_transaction_or_a_rejection(document: dict[str, object], arrived_ms: int, key: bytes | None) -> None:
    check(record_of(dumped(document), key=key, timestamp_ms=arrived_ms))
    check(record_of(json.dumps(document).encode(), key=key, timestamp_ms=arrived_ms))


@given(st.sampled_from([b"[", b"{", b'{"a":', b"[[{", b'"', b"\\", b"1", b"-", b"\xff", b"\x00", b"\xed\xa0\x80"]), st.integers(1, 60_000))
def test_any_piece_repeated_is_a_rejection(piece: bytes, times: int) -> None:
    record = record_of((piece * times)[:65_536])
    check(record)
    assert isinstance(VALIDATORS[0].validate(record), Rejection)
