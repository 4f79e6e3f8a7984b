"""Records that are wrong, each in one way, and the code with which they must be refused."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import msgspec

from streamflow.contracts.rejection import Code

Fields = dict[str, Any]
Wrong = tuple[bytes | None, bytes | None]


class Kind(NamedTuple):
    """A way to be wrong.

    Parameters
    ----------
    code : Code
        The code of the dead letter that the record must become.
    spoil : callable
        Takes the fields of a sound transaction and its key, gives the record's key and value.
    needs_key : bool
        Whether the fault lies in what only a Kafka record has: key, null value, or the broker's time.
    """

    code: Code
    spoil: Callable[[Fields, bytes], Wrong]
    needs_key: bool = False


_encode: Final = msgspec.json.encode


def _with(**changes: Any) -> Callable[[Fields, bytes], Wrong]:
    return lambda fields, key: (key, _encode(fields | changes))


def _without(name: str) -> Callable[[Fields, bytes], Wrong]:
    return lambda fields, key: (key, _encode({field: value for field, value in fields.items() if field != name}))


def _replaced(old: bytes, new: bytes) -> Callable[[Fields, bytes], Wrong]:
    return lambda fields, key: (key, _encode(fields).replace(old, new, 1))


def _truncated(fields: Fields, key: bytes) -> Wrong:
    value = _encode(fields)
    return key, value[: len(value) * 2 // 3]


def _lone_latitude(fields: Fields, key: bytes) -> Wrong:
    return key, _encode({field: value for field, value in fields.items() if field != "longitude"} | {"latitude": -23.5})


def _no_zone(fields: Fields, key: bytes) -> Wrong:
    return key, _encode(fields | {"timestamp": fields["timestamp"].removesuffix("Z")})


def _other_customer(fields: Fields, key: bytes) -> Wrong:
    return key + b"-x", _encode(fields)


KINDS: Final[dict[str, Kind]] = {
    "not_json": Kind(Code.NOT_JSON, lambda fields, key: (key, b"payment " + fields["transaction_id"].encode() + b" received")),
    "truncated": Kind(Code.NOT_JSON, _truncated),
    "bad_utf8": Kind(Code.NOT_UTF8, _replaced(b'"store-', b'"\xff\xfestore-')),
    "not_an_object": Kind(Code.NOT_AN_OBJECT, lambda fields, key: (key, b"[" + _encode(fields) + b"]")),
    "empty_value": Kind(Code.EMPTY_VALUE, lambda fields, key: (key, b"")),
    "too_deep": Kind(Code.TOO_DEEP, _replaced(b"{", b'{"basket":' + b"[" * 64 + b"]" * 64 + b",")),
    "duplicate_field": Kind(Code.DUPLICATE_FIELD, _replaced(b"{", b'{"currency":"USD",')),
    "lone_surrogate": Kind(Code.LONE_SURROGATE, _replaced(b'"store-', b'"\\ud83dstore-')),
    "amount_is_a_number": Kind(Code.WRONG_TYPE, lambda fields, key: (key, _encode(fields | {"amount": float(fields["amount"])}))),
    "store_is_a_number": Kind(Code.WRONG_TYPE, _with(store_id=17)),
    "missing_amount": Kind(Code.MISSING_FIELD, _without("amount")),
    "missing_timestamp": Kind(Code.MISSING_FIELD, _without("timestamp")),
    "missing_store": Kind(Code.MISSING_FIELD, _without("store_id")),
    "empty_store": Kind(Code.EMPTY_ID, _with(store_id="")),
    "overlong_id": Kind(Code.ID_TOO_LONG, _with(transaction_id="tx-" + "9" * 80)),
    "control_character": Kind(Code.CONTROL_CHARACTER, _with(store_id="store-\x00017")),
    "card_number": Kind(Code.CARD_NUMBER, _with(transaction_id="4111111111111111")),
    "comma_amount": Kind(Code.AMOUNT_NOT_DECIMAL, _with(amount="12,50")),
    "nan_amount": Kind(Code.AMOUNT_NOT_FINITE, _with(amount="NaN")),
    "exponent_amount": Kind(Code.AMOUNT_EXPONENT, _with(amount="1e3")),
    "zero_amount": Kind(Code.AMOUNT_NOT_POSITIVE, _with(amount="0.00")),
    "negative_amount": Kind(Code.AMOUNT_NOT_POSITIVE, lambda fields, key: (key, _encode(fields | {"amount": "-" + fields["amount"]}))),
    "three_decimals": Kind(Code.AMOUNT_TOO_MANY_DIGITS, _with(amount="10.001")),
    "unknown_currency": Kind(Code.CURRENCY_UNKNOWN, _with(currency="ZZZ")),
    "latitude_outside": Kind(Code.LOCATION_OUT_OF_RANGE, _with(latitude=123.4, longitude=-46.6)),
    "lone_latitude": Kind(Code.LOCATION_INCOMPLETE, _lone_latitude),
    "no_time_zone": Kind(Code.TIMESTAMP_NO_ZONE, _no_zone),
    "impossible_date": Kind(Code.TIMESTAMP_INVALID, _with(timestamp="2026-02-30T10:00:00Z")),
    "new_schema": Kind(
        Code.SCHEMA_UNSUPPORTED,
        lambda fields, key: (key, _encode({"schema_version": 9, "customer_id": fields["customer_id"], "cents": 995})),
    ),
    "future_time": Kind(Code.FUTURE_TIMESTAMP, _with(timestamp="2099-01-01T00:00:00.000Z"), needs_key=True),
    "key_mismatch": Kind(Code.KEY_MISMATCH, _other_customer, needs_key=True),
    "null_key": Kind(Code.NULL_KEY, lambda fields, key: (None, _encode(fields)), needs_key=True),
    "null_value": Kind(Code.NULL_VALUE, lambda fields, key: (key, None), needs_key=True),
}
"""Every kind by name."""

KIND_NAMES: Final = tuple(KINDS)
FILE_KINDS: Final = tuple(name for name, kind in KINDS.items() if not kind.needs_key)
"""Kinds that a line of a file can carry, which has neither key nor broker time."""
