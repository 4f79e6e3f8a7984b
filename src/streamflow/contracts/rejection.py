"""Every way in which a record can be wrong, as data."""

from enum import StrEnum

import msgspec

from streamflow.contracts.catalogue import Stage


class Code(StrEnum):
    """Stable code of a dead letter; what each means stands in `MEANING`."""

    NULL_KEY = "NULL_KEY"
    NULL_VALUE = "NULL_VALUE"
    EMPTY_VALUE = "EMPTY_VALUE"
    TOO_LARGE = "TOO_LARGE"
    NOT_UTF8 = "NOT_UTF8"
    NOT_JSON = "NOT_JSON"
    NOT_AN_OBJECT = "NOT_AN_OBJECT"
    TOO_DEEP = "TOO_DEEP"
    DUPLICATE_FIELD = "DUPLICATE_FIELD"
    NUMBER_OUT_OF_RANGE = "NUMBER_OUT_OF_RANGE"
    LONE_SURROGATE = "LONE_SURROGATE"
    SCHEMA_UNSUPPORTED = "SCHEMA_UNSUPPORTED"
    MISSING_FIELD = "MISSING_FIELD"
    WRONG_TYPE = "WRONG_TYPE"
    EMPTY_ID = "EMPTY_ID"
    ID_TOO_LONG = "ID_TOO_LONG"
    CONTROL_CHARACTER = "CONTROL_CHARACTER"
    CARD_NUMBER = "CARD_NUMBER"
    AMOUNT_NOT_DECIMAL = "AMOUNT_NOT_DECIMAL"
    AMOUNT_NOT_FINITE = "AMOUNT_NOT_FINITE"
    AMOUNT_EXPONENT = "AMOUNT_EXPONENT"
    AMOUNT_NOT_POSITIVE = "AMOUNT_NOT_POSITIVE"
    AMOUNT_TOO_MANY_DIGITS = "AMOUNT_TOO_MANY_DIGITS"
    CURRENCY_UNKNOWN = "CURRENCY_UNKNOWN"
    LOCATION_OUT_OF_RANGE = "LOCATION_OUT_OF_RANGE"
    LOCATION_INCOMPLETE = "LOCATION_INCOMPLETE"
    TIMESTAMP_NO_ZONE = "TIMESTAMP_NO_ZONE"
    TIMESTAMP_INVALID = "TIMESTAMP_INVALID"
    FUTURE_TIMESTAMP = "FUTURE_TIMESTAMP"
    EXTRA_TOO_LARGE = "EXTRA_TOO_LARGE"
    KEY_MISMATCH = "KEY_MISMATCH"
    INTERNAL_ERROR = "INTERNAL_ERROR"


MEANING: dict[Code, str] = {
    Code.NULL_KEY: "The record has no key, so no customer's order can be kept.",
    Code.NULL_VALUE: "The record has no value (a Kafka tombstone).",
    Code.EMPTY_VALUE: "The value holds no bytes, or only white space.",
    Code.TOO_LARGE: "The value is longer than a batched record may be.",
    Code.NOT_UTF8: "The value is not UTF-8.",
    Code.NOT_JSON: "The value is not one JSON document (RFC 8259).",
    Code.NOT_AN_OBJECT: "The document is not an object.",
    Code.TOO_DEEP: "The document is nested too deeply.",
    Code.DUPLICATE_FIELD: "An object names the same field twice, so its meaning depends on the reader.",
    Code.NUMBER_OUT_OF_RANGE: "A number is too large to be kept exactly.",
    Code.LONE_SURROGATE: "A text holds half of a UTF-16 pair, which no UTF-8 can carry.",
    Code.SCHEMA_UNSUPPORTED: "The schema version is not known, and the fields do not read as version 1.",
    Code.MISSING_FIELD: "A required field is missing.",
    Code.WRONG_TYPE: "A field has another JSON type than the contract says.",
    Code.EMPTY_ID: "An id is empty or blank.",
    Code.ID_TOO_LONG: "An id or short text is longer than its limit.",
    Code.CONTROL_CHARACTER: "An id or short text holds a control or invisible character.",
    Code.CARD_NUMBER: "A card number stands where an id belongs.",
    Code.AMOUNT_NOT_DECIMAL: "The amount is not plain digits with a point.",
    Code.AMOUNT_NOT_FINITE: "The amount is NaN or infinite.",
    Code.AMOUNT_EXPONENT: "The amount is written with an exponent.",
    Code.AMOUNT_NOT_POSITIVE: "The amount is zero or negative.",
    Code.AMOUNT_TOO_MANY_DIGITS: "The amount has more than 12 integer digits or 2 decimals.",
    Code.CURRENCY_UNKNOWN: "The currency is not an ISO 4217 code in use.",
    Code.LOCATION_OUT_OF_RANGE: "Latitude or longitude lies outside the globe.",
    Code.LOCATION_INCOMPLETE: "One of latitude and longitude stands without the other.",
    Code.TIMESTAMP_NO_ZONE: "The timestamp names no time zone.",
    Code.TIMESTAMP_INVALID: "The timestamp is not an ISO 8601 time that exists.",
    Code.FUTURE_TIMESTAMP: "The event lies more than five minutes after the broker's time.",
    Code.EXTRA_TOO_LARGE: "The unknown fields take more room than a record may.",
    Code.KEY_MISMATCH: "The record's key names another customer than its payload.",
    Code.INTERNAL_ERROR: "StreamFlow itself failed on this record; the customer's state is unchanged.",
}


class Rejection(msgspec.Struct, frozen=True):
    """Why a record cannot be scored.

    Parameters
    ----------
    code : Code
        Stable, for machines.
    message : str
        Expected, got, where: for people. At most a few hundred characters, card numbers masked.
    stage : str
        The stage that refused the record.
    schema_version : int, optional
        The version that the payload declares, where that could be read.
    """

    code: Code
    message: str
    stage: Stage = "validate"
    schema_version: int | None = None
