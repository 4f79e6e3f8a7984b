"""A label says all of it, or says what is wrong with it."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from streamflow.contracts.errors import BadInputError
from streamflow.contracts.label import LABEL_SOURCES, MAX_COMMENT_CHARACTERS, decode_label, encode_label
from streamflow.contracts.schemas import json_schemas

SOUND = {
    "transaction_id": "tx-7-42",
    "customer_id": "cust-000123",
    "store_id": "store-017",
    "is_fraud": True,
    "source": "chargeback",
    "known_at": "2026-01-09T09:00:00.123-03:00",
    "event_time": "2026-01-01T12:00:00Z",
}
SCHEMA = Draft202012Validator(json_schemas()["label.json"], format_checker=Draft202012Validator.FORMAT_CHECKER)


def document(**fields: Any) -> bytes:
    return json.dumps({name: value for name, value in (SOUND | fields).items() if value != "left out"}).encode()


def test_times_are_read_as_utc_and_written_so() -> None:
    label = decode_label(document())
    assert label.known_at.isoformat() == "2026-01-09T12:00:00.123000+00:00"
    assert (label.known_at_ms, label.event_time_ms) == (1_767_960_000_123, 1_767_268_800_000)
    assert decode_label(encode_label(label)) == label


def test_a_label_is_known_in_the_millisecond_after_a_fraction_never_before() -> None:
    label = decode_label(document(known_at="2026-01-09T12:00:00.123001Z", event_time="2026-01-01T12:00:00.000999Z"))
    assert (label.known_at_ms, label.event_time_ms) == (1_767_960_000_124, 1_767_268_800_000)


def test_what_is_not_known_is_left_out() -> None:
    assert set(json.loads(encode_label(decode_label(document(comment=None, scenario=None))))) == set(SOUND)


@pytest.mark.parametrize("source", LABEL_SOURCES)
def test_every_source_is_one(source: str) -> None:
    assert decode_label(document(source=source)).source == source


def test_an_analyst_may_answer_while_the_shops_clock_is_ahead() -> None:
    assert decode_label(document(known_at="2026-01-01T11:55:00Z")).is_fraud


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"transaction_id": "left out"}, "missing required field `transaction_id`"),
        ({"store_id": "left out"}, "missing required field `store_id`"),
        ({"event_time": "left out"}, "missing required field `event_time`"),
        ({"customer_id": ""}, r"length >= 1.*customer_id"),
        ({"customer_id": "c" * 65}, r"length <= 64.*customer_id"),
        ({"customer_id": "  "}, "customer_id holds invisible characters"),
        ({"store_id": "store\u202e17"}, r"store_id holds invisible characters: got .*202e"),
        ({"customer_id": "4111111111111111"}, r"card number stands where an id belongs: got customer_id 411111\*+1111"),
        ({"comment": "card 4111 1111 1111 1111"}, r"comment holds a card number: got card 411111\*+1111"),
        ({"comment": "c" * (MAX_COMMENT_CHARACTERS + 1)}, r"length <= 500.*comment"),
        ({"is_fraud": 1}, r"Expected `bool`.*is_fraud"),
        ({"is_fraud": None}, r"Expected `bool`.*is_fraud"),
        ({"source": "rumour"}, r"Invalid enum value 'rumour'.*source"),
        ({"known_at": "2026-01-09T12:00:00"}, r"timezone.*known_at"),
        ({"known_at": "yesterday"}, r"RFC3339.*known_at"),
        ({"known_at": 1_767_960_000}, r"known_at"),
        ({"known_at": "2026-01-01T11:54:59Z"}, r"known before the transaction was made: expected known_at from 2026-01-01T12:00"),
        ({"event_time": "1969-12-31T23:59:59Z"}, "event_time cannot be"),
        ({"known_at": "9999-12-31T23:59:59-12:00"}, "known_at cannot be"),
    ],
)
def test_what_is_wrong_is_named(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInputError, match=message) as raised:
        decode_label(document(**fields), "labels, line 7")
    assert "(labels, line 7)" in str(raised.value)
    assert "4111111111111111" not in str(raised.value).replace(" ", "")


@pytest.mark.parametrize(
    "fields",
    [
        {"transaction_id": "left out"},
        {"customer_id": ""},
        {"customer_id": "  "},
        {"store_id": "s" * 65},
        {"is_fraud": 1},
        {"source": "rumour"},
        {"comment": "c" * 501},
    ],
)
def test_the_schema_refuses_what_it_can_say(fields: dict[str, Any]) -> None:
    assert SCHEMA.is_valid(json.loads(document()))
    assert not SCHEMA.is_valid(json.loads(document(**fields)))


@pytest.mark.parametrize("value", [None, b"", b"null", b"[]", b"{", b"\xff", b'"tx"', b"[" * 100_000])
def test_what_is_no_object_is_no_label(value: bytes | None) -> None:
    with pytest.raises(BadInputError, match="this is not a label"):
        decode_label(value)
