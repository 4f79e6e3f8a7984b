"""Keys, ids, card numbers, the broker's time, schema versions and unknown fields."""

from typing import Any

import msgspec
import pytest
from hypothesis import given

from streamflow.contracts.rejection import Code, Rejection
from streamflow.validate import Validator, ValidTransaction
from tests.unit.factories import TEN_O_CLOCK_MS, payment, record, record_of, valid
from tests.unit.validate.documents import ids

CARD = "4111111111111111"


def code_of(answer: ValidTransaction | Rejection) -> Code | None:
    return answer.code if isinstance(answer, Rejection) else None


def checked(**changes: Any) -> Code | None:
    return code_of(Validator().validate(record(**changes)))


@given(ids)
def test_a_key_is_the_customers_id_in_utf_8(customer_id: str) -> None:
    assert checked(customer_id=customer_id) in (None, Code.CARD_NUMBER)
    mismatch = record(customer_id=customer_id)._replace(key=customer_id.encode() + b"x")
    assert code_of(Validator().validate(mismatch)) in (Code.KEY_MISMATCH, Code.CARD_NUMBER)


@pytest.mark.parametrize("key", [b"", b"cust-2", b"cust-1 ", b"CUST-1", b"cust-1\x00", b"\xff", b'"cust-1"'])
def test_a_key_that_is_not_exactly_the_customer_is_a_mismatch_and_the_message_says_what_to_do(key: bytes) -> None:
    rejection = Validator().validate(record()._replace(key=key))
    assert isinstance(rejection, Rejection)
    assert rejection.code == Code.KEY_MISMATCH
    assert "ingest.key_source = payload" in rejection.message


@pytest.mark.parametrize("key", [None, b"", b"cust-2", b"\xff"])
def test_no_key_is_looked_at_where_the_payload_names_the_customer(key: bytes | None) -> None:
    assert code_of(Validator(key_source="payload").validate(record()._replace(key=key))) is None


def test_the_future_is_measured_against_the_brokers_time_of_the_same_record() -> None:
    limit_ms = TEN_O_CLOCK_MS - 300_000
    assert checked(arrived_ms=limit_ms) is None
    rejection = Validator().validate(record(arrived_ms=limit_ms - 1))
    assert isinstance(rejection, Rejection)
    assert rejection.code == Code.FUTURE_TIMESTAMP
    assert rejection.message == "expected timestamp at most 300 s after the broker's time, got one 300.001 s after it"


def test_the_past_has_no_limit() -> None:
    assert checked(timestamp="1970-01-01T00:00:00Z") is None


@pytest.mark.parametrize("name", ["transaction_id", "customer_id", "store_id", "product_id", "payment_method"])
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x", None),
        ("x" * 64, None),
        ("漢" * 64, None),
        ("0", None),
        ("two words", None),
        ("x" * 65, Code.ID_TOO_LONG),
        ("", Code.EMPTY_ID),
        ("   ", Code.EMPTY_ID),
        ("a\tb", Code.CONTROL_CHARACTER),
        ("a\u200bb", Code.CONTROL_CHARACTER),
        ("\u202ecust", Code.CONTROL_CHARACTER),
        ("a\x7f", Code.CONTROL_CHARACTER),
        (CARD, Code.CARD_NUMBER),
        ("4111 1111 1111 1111", Code.CARD_NUMBER),
        ("4111111111111112", None),
        ("411111111111", None),
    ],
)
def test_every_id_and_short_text_is_held_to_the_same_rules(name: str, text: str, code: Code | None) -> None:
    assert checked(**{name: text}) == code


def test_a_card_number_is_not_repeated_in_the_message() -> None:
    rejection = Validator().validate(record(store_id=CARD))
    assert isinstance(rejection, Rejection)
    assert CARD not in rejection.message
    assert "411111******1111" in rejection.message


def test_card_numbers_pass_where_the_check_is_off() -> None:
    assert code_of(Validator(pan_check="off").validate(record(store_id=CARD))) is None


@pytest.mark.parametrize("version", [2, 99, 2**31])
def test_a_newer_version_that_reads_as_version_1_is_taken_and_noted(version: int) -> None:
    transaction = valid(schema_version=version, colour="red").transaction
    assert (transaction.schema_version, transaction.extra) == (version, {"colour": "red"})


@pytest.mark.parametrize("change", [{"amount": 12.5}, {"amount": None}, {"currency": "NEW"}, {"store_id": ""}])
def test_a_newer_version_that_does_not_read_as_version_1_is_unsupported(change: dict[str, Any]) -> None:
    rejection = Validator().validate(record(schema_version=2, **change))
    assert isinstance(rejection, Rejection)
    assert (rejection.code, rejection.schema_version) == (Code.SCHEMA_UNSUPPORTED, 2)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"store_id": CARD}, Code.CARD_NUMBER),
        ({"timestamp": "2099-01-01T00:00:00Z"}, Code.FUTURE_TIMESTAMP),
        ({"schema_version": 0}, Code.SCHEMA_UNSUPPORTED),
    ],
)
def test_what_no_version_would_allow_keeps_its_code_in_a_newer_version(changes: dict[str, Any], code: Code) -> None:
    assert checked(**({"schema_version": 2} | changes)) == code


def test_a_key_mismatch_in_a_newer_version_keeps_its_code() -> None:
    assert code_of(Validator().validate(record(schema_version=2)._replace(key=b"x"))) == Code.KEY_MISMATCH


@pytest.mark.parametrize(("room", "code"), [(0, None), (1, Code.EXTRA_TOO_LARGE)])
def test_unknown_fields_may_take_two_kilobytes_as_compact_json(room: int, code: Code | None) -> None:
    text = "x" * (2048 - len('{"note":""}') + room)
    spaced = msgspec.json.format(msgspec.json.encode(payment() | {"note": text}), indent=8)
    assert code_of(Validator().validate(record_of(spaced))) == code


@pytest.mark.parametrize(
    ("where", "code"),
    [
        ((90.0, 180.0), None),
        ((-90, -180), None),
        ((-0.0, 0), None),
        ((90.000001, 0.0), Code.LOCATION_OUT_OF_RANGE),
        ((0.0, -180.000001), Code.LOCATION_OUT_OF_RANGE),
        ((1.0, None), Code.LOCATION_INCOMPLETE),
        ((None, 0.0), Code.LOCATION_INCOMPLETE),
        (("1.0", "2.0"), Code.WRONG_TYPE),
        ((True, False), Code.WRONG_TYPE),
    ],
)
def test_a_place_lies_on_the_globe_and_has_both_coordinates(where: tuple[Any, Any], code: Code | None) -> None:
    assert checked(latitude=where[0], longitude=where[1]) == code
