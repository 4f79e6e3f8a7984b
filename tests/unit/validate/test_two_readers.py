"""The fast reader and the slow one say the same of every document."""

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from streamflow.contracts.rejection import Rejection
from streamflow.validate import Validator, ValidTransaction
from streamflow.validate.document import read_document
from tests.unit.factories import payment
from tests.unit.validate.documents import damaged_documents, dumped, json_values, kafka_record, valid_documents, with_escapes

VALIDATE = Validator(pan_check="off").validate
PIECES = [b"", *(bytes([byte]) for byte in b'"\\{}[],: 0-.x\x00\x7f\xc3\n'), b"e9", b"null", b"true", b"Infinity"]
VALUE = msgspec.json.encode(payment(product_id="p", payment_method="card", latitude=-23.5, longitude=-46.625))


def same_by_both_readers(value: bytes) -> None:
    """Hold the validator, which takes the fast reader where it can, against the slow reader alone."""
    answer, slowly = VALIDATE(kafka_record(value)), read_document(value)
    if isinstance(answer, ValidTransaction):
        assert answer.transaction == slowly
    elif isinstance(slowly, Rejection):
        assert answer == slowly
    # else the document reads, and what a field holds was refused; fields are the same for both readers


@given(valid_documents())
def test_a_valid_document_reads_the_same_with_and_without_escapes(document: dict[str, object]) -> None:
    fast, slow = VALIDATE(kafka_record(dumped(document))), VALIDATE(kafka_record(with_escapes(document)))
    assert isinstance(fast, ValidTransaction), fast
    assert fast == slow
    assert fast.transaction == read_document(dumped(document))
    assert fast.transaction.extra is None


@settings(max_examples=200)
@given(damaged_documents())
def test_a_damaged_document_gets_the_same_answer_with_and_without_escapes(document: dict[str, object]) -> None:
    assert VALIDATE(kafka_record(dumped(document))) == VALIDATE(kafka_record(with_escapes(document)))


@pytest.mark.parametrize("coordinate", [2**63 - 1, 2**63, -(2**63) - 1, 2**64, 10**30])
@pytest.mark.parametrize("store_id", ["store-1", "", "x" * 65])
def test_a_coordinate_that_64_bits_cannot_hold_gets_the_same_code_however_the_document_is_written(coordinate: int, store_id: str) -> None:
    document = payment(latitude=1.0, longitude=coordinate, store_id=store_id)
    assert VALIDATE(kafka_record(dumped(document))) == VALIDATE(kafka_record(with_escapes(document)))


@settings(max_examples=300)
@given(st.data())
def test_bytes_that_were_changed_on_the_way_read_the_same(data: st.DataObject) -> None:
    value = bytearray(VALUE)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(value) - 1))
        piece = data.draw(st.sampled_from(PIECES))
        value[at : at + data.draw(st.integers(0, 2))] = piece
    same_by_both_readers(bytes(value))


@given(st.lists(st.sampled_from(VALUE[1:-1].split(b",")), min_size=1, max_size=3), st.data())
def test_a_field_that_stands_twice_is_refused_wherever_it_stands(fields: list[bytes], data: st.DataObject) -> None:
    parts = VALUE[1:-1].split(b",")
    for field in fields:
        parts.insert(data.draw(st.integers(0, len(parts))), field)
    rejection = VALIDATE(kafka_record(b"{" + b",".join(parts) + b"}"))
    assert isinstance(rejection, Rejection)
    assert rejection.code == "DUPLICATE_FIELD"


@given(st.text(max_size=10).filter(lambda name: name not in payment() and name not in VALUE.decode()), json_values)
@example("extra", {"a": 1})
@example("extra", None)
@example("", None)
def test_an_unknown_field_is_kept_under_extra_whatever_it_is_called(name: str, value: object) -> None:
    answer = VALIDATE(kafka_record(dumped(payment() | {name: value})))
    assert isinstance(answer, ValidTransaction), answer
    assert answer.transaction.extra == {name: value}


def test_two_unknown_fields_that_are_one_known_field_short_are_seen() -> None:
    """The fast reader counts quotation marks; a missing optional field must not make room for an unknown one."""
    value = dumped(payment(payment_method=None) | {"payment_methods": "card"})
    answer = VALIDATE(kafka_record(value))
    assert isinstance(answer, ValidTransaction)
    assert (answer.transaction.payment_method, answer.transaction.extra) == (None, {"payment_methods": "card"})


@pytest.mark.parametrize("name", ["product_id", "payment_method"])
def test_null_in_an_optional_field_is_as_good_as_no_field(name: str) -> None:
    value = dumped(payment()).replace(b"{", b'{"%b": null, ' % name.encode(), 1)
    assert VALIDATE(kafka_record(value)) == VALIDATE(kafka_record(dumped(payment())))
