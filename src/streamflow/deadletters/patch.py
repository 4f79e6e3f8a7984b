"""JSON merge patches (RFC 7396) that leave every byte alone that they do not name."""

import json
from pathlib import Path
from typing import Any, Never

import msgspec

from streamflow.contracts.errors import BadInputError

Patch = dict[str, Any]

_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def read_patch(path: Path) -> Patch:
    """Read a patch: a JSON object whose members replace those of the payload; null removes one.

    Raises
    ------
    BadInputError
        If the file cannot be read or holds no such object.
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        raise BadInputError("the patch cannot be read", got=error.strerror or str(error), where=str(path)) from error
    try:
        patch = _parse(text)
    except ValueError as error:
        raise BadInputError("the patch is not JSON", got=str(error), where=str(path)) from error
    if not isinstance(patch, dict):
        raise BadInputError("the patch is no object", expected='such as {"currency": "BRL"}', got=type(patch).__name__, where=str(path))
    return patch


def apply_patch(value: bytes | None, patch: Patch) -> bytes:
    """Return a JSON object with the patch applied; what the patch does not name keeps its bytes and its place.

    Raises
    ------
    BadInputError
        If the value is not one JSON object, or names a field twice, so that nobody knows which is meant.

    Examples
    --------
    >>> apply_patch(b'{"amount": 10.50, "latitude": 1e0, "note": "x"}', {"amount": "10.50", "note": None})
    b'{"amount":"10.50","latitude":1e0}'
    """
    if value is None:
        raise BadInputError("a null value cannot be patched", expected="a JSON object")
    try:
        if not isinstance(_parse(value), dict):
            raise ValueError("it is not an object")
        return _merged(value, patch)
    except (ValueError, RecursionError) as error:
        raise BadInputError("the value cannot be patched", expected="one JSON object", got=str(error)) from error


def _merged(value: bytes | None, patch: Any) -> bytes:
    if not isinstance(patch, dict):
        return msgspec.json.encode(patch)
    members = _members(value) if value is not None and value.lstrip().startswith(b"{") else {}
    for name, change in patch.items():
        if change is None:
            members.pop(name, None)
        else:
            present = members.get(name)
            members[name] = msgspec.Raw(_merged(None if present is None else bytes(present), change))
    return msgspec.json.encode(members)


def _parse(text: bytes) -> Any:
    return json.loads(text.decode(), object_pairs_hook=_unique, parse_constant=_refuse)


def _unique(pairs: list[tuple[str, Any]]) -> Patch:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a field stands twice")
    return found


def _refuse(constant: str) -> Never:
    raise ValueError(f"{constant} is not JSON")
