"""Reads a value slowly and exactly: what is wrong with it, or the fields that the fast reader would not take.

The fast reader (:mod:`streamflow.validate.validator`) covers the plain case. Everything else comes here: unknown fields,
escapes, and every kind of damage, each with the code of the first thing that is wrong.
"""

import json
from typing import Any, Never

import msgspec

from streamflow.contracts.preview import preview
from streamflow.contracts.rejection import Code, Rejection
from streamflow.contracts.transaction import MAX_DEPTH, MAX_EXTRA_BYTES, SCHEMA_VERSION, Transaction

_INT64_LIMIT = 2**63
_SHOWN_BYTES = 80
_FIELDS = {field.name: field for field in msgspec.structs.fields(Transaction) if field.name != "extra"}
_NUMBER_FIELDS = ("latitude", "longitude")


class _RefusedError(Exception):
    """Carries a rejection out of the JSON parser's hooks."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _RefusedError(Code.DUPLICATE_FIELD, f"expected each field once, got {show(twice)} {names.count(twice)} times")
    return document


def _constant(text: str) -> Never:
    raise _RefusedError(Code.NOT_JSON, f"expected a JSON value, got the literal {text}, which JSON does not have")


def _integer(text: str) -> int | float:
    # int() of thousands of digits is slow and Python refuses it; a float of it is refused below as out of range.
    return int(text) if len(text) <= 20 else float("inf")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_constant, parse_int=_integer)


def show(value: object) -> str:
    """Render what came, for a message: bounded, printable, card numbers masked."""
    if isinstance(value, str):
        quoted = preview(value, _SHOWN_BYTES).replace('"', '\\"')
        return f'"{quoted}"'
    return preview(str(value), _SHOWN_BYTES)


def _json_type(value: object) -> str:
    if isinstance(value, bool):
        return "a boolean"
    names = ((str, "a string"), (int, "a number"), (float, "a number"), (list, "an array"), (dict, "an object"))
    return next((name for kind, name in names if isinstance(value, kind)), "null")


def _depth_exceeds(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [child for item in level if isinstance(item, dict | list) for child in (item.values() if isinstance(item, dict) else item)]
        if not level:
            return False
    return any(isinstance(item, dict | list) for item in level)


def _texts_and_numbers(value: Any) -> list[str | float]:
    found: list[str | float] = []
    todo = [value]
    while todo:
        item = todo.pop()
        if isinstance(item, dict):
            found += item.keys()
            todo += item.values()
        elif isinstance(item, list):
            todo += item
        elif isinstance(item, str | int | float):
            found.append(item)
    return found


def _parse(value: bytes) -> dict[str, Any]:
    try:
        text = value.decode()
    except UnicodeDecodeError as error:
        raise _RefusedError(Code.NOT_UTF8, f"expected UTF-8, got byte 0x{value[error.start]:02x} at {error.start}") from None
    if text.startswith("\ufeff"):
        raise _RefusedError(Code.NOT_JSON, "expected a JSON object, got a byte order mark at byte 0")
    try:
        document = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        what = error.msg.lower().removesuffix(" at")
        raise _RefusedError(Code.NOT_JSON, f"expected JSON, got {what} at character {error.pos}") from None
    except RecursionError:
        raise _RefusedError(Code.TOO_DEEP, f"expected at most {MAX_DEPTH} levels, got many more") from None
    if _depth_exceeds(document, MAX_DEPTH):
        raise _RefusedError(Code.TOO_DEEP, f"expected at most {MAX_DEPTH} levels, got more")
    if not isinstance(document, dict):
        raise _RefusedError(Code.NOT_AN_OBJECT, f"expected an object, got {_json_type(document)}")
    return document


def _require_plain(document: dict[str, Any]) -> None:
    for item in _texts_and_numbers(document):
        if isinstance(item, str):
            try:
                item.encode()
            except UnicodeEncodeError as error:
                raise _RefusedError(
                    Code.LONE_SURROGATE, f"expected whole characters, got half of a pair at {error.start} of {show(item)}"
                ) from None
        elif not -_INT64_LIMIT <= item < _INT64_LIMIT and (isinstance(item, int) or item in (float("inf"), float("-inf"))):
            raise _RefusedError(Code.NUMBER_OUT_OF_RANGE, "expected numbers that 64 bits can hold, got a larger one")


def _field(document: dict[str, Any], name: str) -> Any:
    required = _FIELDS[name].required
    if name not in document:
        if required:
            got = f"only {show(', '.join(document))}" if document else "an empty object"
            raise _RefusedError(Code.MISSING_FIELD, f"expected {name}, got {got}")
        return None
    value = document[name]
    if value is None and not required:
        return None
    if name == "schema_version":
        matches, expected = isinstance(value, int) and not isinstance(value, bool), "an integer"
    elif name in _NUMBER_FIELDS:
        matches, expected = isinstance(value, int | float) and not isinstance(value, bool), "a number"
    else:
        matches, expected = isinstance(value, str), "a decimal string" if name == "amount" else "a string"
    if not matches:
        raise _RefusedError(Code.WRONG_TYPE, f"expected {name} to be {expected}, got {_json_type(value)} {show(value)}")
    return float(value) if name in _NUMBER_FIELDS else value


def _extra(document: dict[str, Any]) -> dict[str, Any] | None:
    extra = {name: value for name, value in document.items() if name not in _FIELDS}
    if not extra:
        return None
    size_bytes = len(msgspec.json.encode(extra))
    if size_bytes > MAX_EXTRA_BYTES:
        raise _RefusedError(Code.EXTRA_TOO_LARGE, f"expected at most {MAX_EXTRA_BYTES} bytes of unknown fields, got {size_bytes}")
    return extra


def read_document(value: bytes) -> Transaction | Rejection:
    """Return the transaction that a value holds, its fields not yet checked, or the first thing that is wrong with it.

    Cost: about 20 us; only values that the fast reader does not take come here.

    Examples
    --------
    >>> read_document(b'{"schema_version": 1, "schema_version": 2}').message
    'expected each field once, got "schema_version" 2 times'
    """
    version: int | None = None
    try:
        document = _parse(value)
        _require_plain(document)
        version = _field(document, "schema_version")
        if version < SCHEMA_VERSION:
            raise _RefusedError(Code.SCHEMA_UNSUPPORTED, f"expected schema_version {SCHEMA_VERSION} or newer, got {show(version)}")
        fields = {name: _field(document, name) for name in _FIELDS}
        return Transaction(**fields, extra=_extra(document))
    except _RefusedError as refused:
        return newer(Rejection(refused.code, refused.message, schema_version=version))


def newer(rejection: Rejection) -> Rejection:
    """Say of a document of a newer schema version that it is unsupported, whatever field does not read as version 1."""
    version = rejection.schema_version
    if version is None or version <= SCHEMA_VERSION or rejection.code in (Code.KEY_MISMATCH, Code.FUTURE_TIMESTAMP, Code.CARD_NUMBER):
        return rejection
    return Rejection(
        Code.SCHEMA_UNSUPPORTED,
        f"expected fields that read as schema_version {SCHEMA_VERSION}, got version {show(version)}, where {rejection.message}",
        schema_version=version,
    )
