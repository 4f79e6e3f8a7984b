"""Checks on single fields: each returns what the engine needs, or raises with a code and a message."""

import re
from datetime import UTC, datetime
from math import isfinite

from streamflow.contracts.preview import is_card_number
from streamflow.contracts.rejection import Code
from streamflow.contracts.transaction import MAX_AMOUNT_DECIMALS, MAX_AMOUNT_INTEGER_DIGITS, MAX_ID_CHARACTERS
from streamflow.validate.document import show

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLAIN_AMOUNT = re.compile(rf"\d{{1,{MAX_AMOUNT_INTEGER_DIGITS}}}(?:\.\d{{1,{MAX_AMOUNT_DECIMALS}}})?", re.ASCII).fullmatch
_SIGNED_DECIMAL = re.compile(r"[+-]?\d+(?:\.\d+)?", re.ASCII).fullmatch
# Each digit can be matched in one way only: with `\d+\.?\d*` 60 000 digits would take the pattern a quarter of a minute.
_EXPONENT = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)[eE][+-]?\d+", re.ASCII).fullmatch
_NOT_FINITE = re.compile(r"[+-]?(?:s?nan|inf(?:inity)?)", re.IGNORECASE).fullmatch
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(Z|[+-]\d\d:?[0-5]\d)?", re.ASCII).fullmatch


class FieldError(Exception):
    """A field that does not hold what its contract says."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def check_text(name: str, text: str, *, refuse_card_numbers: bool) -> None:
    """Check an id or short text: 1 to 64 printable characters, no card number.

    Examples
    --------
    >>> check_text("store_id", "store-017", refuse_card_numbers=True)
    """
    if 0 < len(text) <= MAX_ID_CHARACTERS and text.isprintable() and not text.isspace():
        if refuse_card_numbers and len(text) > 12 and text[0] <= "9" and is_card_number(text):
            raise FieldError(Code.CARD_NUMBER, f"expected an id as {name}, got a card number {show(text)}; send a token instead")
        return
    if not text or text.isspace():
        raise FieldError(Code.EMPTY_ID, f"expected {name} to have 1 to {MAX_ID_CHARACTERS} characters, got {show(text)}")
    if len(text) > MAX_ID_CHARACTERS:
        raise FieldError(Code.ID_TOO_LONG, f"expected {name} to have at most {MAX_ID_CHARACTERS} characters, got {len(text)}: {show(text)}")
    at = next(place for place, character in enumerate(text) if not character.isprintable())
    raise FieldError(Code.CONTROL_CHARACTER, f"expected printable characters in {name}, got U+{ord(text[at]):04X} at {at} of {show(text)}")


def read_amount(text: str) -> float:
    """Return an amount in major units, exact to the cent (the digits fit a double).

    Examples
    --------
    >>> read_amount("12.50")
    12.5
    """
    if _PLAIN_AMOUNT(text):
        amount = float(text)
        if amount > 0:
            return amount
        raise FieldError(Code.AMOUNT_NOT_POSITIVE, f"expected amount to be greater than 0, got {show(text)}")
    if _EXPONENT(text):
        raise FieldError(Code.AMOUNT_EXPONENT, f"expected amount without an exponent, got {show(text)}")
    if _NOT_FINITE(text):
        raise FieldError(Code.AMOUNT_NOT_FINITE, f"expected amount to be finite, got {show(text)}")
    if not _SIGNED_DECIMAL(text):
        raise FieldError(Code.AMOUNT_NOT_DECIMAL, f"expected amount as decimal digits with a point, got {show(text)}")
    if text[0] == "-":
        raise FieldError(Code.AMOUNT_NOT_POSITIVE, f"expected amount to be greater than 0, got {show(text)}")
    if text[0] == "+":
        raise FieldError(Code.AMOUNT_NOT_DECIMAL, f"expected amount without a sign, got {show(text)}")
    limits = f"at most {MAX_AMOUNT_INTEGER_DIGITS} integer digits and {MAX_AMOUNT_DECIMALS} decimals"
    raise FieldError(Code.AMOUNT_TOO_MANY_DIGITS, f"expected amount with {limits}, got {show(text)}")


def check_location(latitude: float | None, longitude: float | None) -> None:
    """Check a place on the globe in degrees: both coordinates or neither."""
    if latitude is None or longitude is None:
        if latitude is not longitude:
            got = "latitude" if longitude is None else "longitude"
            raise FieldError(Code.LOCATION_INCOMPLETE, f"expected both latitude and longitude or neither, got {got} alone")
        return
    for name, degrees, limit in (("latitude", latitude, 90), ("longitude", longitude, 180)):
        if not isfinite(degrees) or not -limit <= degrees <= limit:
            raise FieldError(Code.LOCATION_OUT_OF_RANGE, f"expected {name} between -{limit} and {limit} degrees, got {show(degrees)}")


def read_timestamp(text: str) -> datetime:
    """Return an ISO 8601 time with zone (extended form) as UTC.

    Examples
    --------
    >>> read_timestamp("2026-11-23T10:00:00-03:00").isoformat()
    '2026-11-23T13:00:00+00:00'
    """
    if len(text) == 24 and text[4:20:3] == "--T::." and text[23] == "Z":
        try:  # the commonest shape, read without the pattern below
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise FieldError(Code.TIMESTAMP_INVALID, f"expected a time that exists, got {show(text)}") from None
        return _not_before_epoch(moment, text)
    match = _TIMESTAMP(text)
    if match is None:
        raise FieldError(Code.TIMESTAMP_INVALID, f"expected timestamp like 2026-11-23T10:00:00Z, got {show(text)}")
    if match[1] is None:
        raise FieldError(Code.TIMESTAMP_NO_ZONE, f"expected timestamp with Z or an offset such as -03:00, got {show(text)}")
    try:
        moment = datetime.fromisoformat(text)
        moment = moment if match[1] == "Z" else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise FieldError(Code.TIMESTAMP_INVALID, f"expected a time that exists, got {show(text)}") from None
    return _not_before_epoch(moment, text)


def _not_before_epoch(moment: datetime, text: str) -> datetime:
    if moment < EPOCH:
        raise FieldError(Code.TIMESTAMP_INVALID, f"expected a time after 1970, got {show(text)}")
    return moment
