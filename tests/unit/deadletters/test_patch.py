"""Merge patches: RFC 7396, and not a byte more."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamflow.contracts.errors import BadInputError
from streamflow.deadletters.patch import apply_patch, read_patch

scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5)
documents = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=4))
objects = st.dictionaries(st.text(max_size=2), documents, max_size=4)


def merged(target: Any, patch: Any) -> Any:
    """Merge as section 2 of the RFC describes it, on parsed documents."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


@given(objects, objects)
def test_a_patch_gives_what_the_rfc_says(target: dict[str, Any], patch: dict[str, Any]) -> None:
    assert json.loads(apply_patch(json.dumps(target).encode(), patch)) == merged(target, patch)


def test_what_the_patch_does_not_name_keeps_its_bytes() -> None:
    value = '{ "amount": 1.10, "place": {"latitude": -23.550000, "é": 1e2 }, "big": 123456789012345678901234567890 }'.encode()
    patched = apply_patch(value, {"amount": "1.10", "place": {"longitude": 0}})
    expected = '{"amount":"1.10","place":{"latitude":-23.550000,"é":1e2,"longitude":0},"big":123456789012345678901234567890}'
    assert patched.decode() == expected


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b"[]",
        b'"text"',
        b"1",
        b"{",
        b"{} {}",
        b'{"a": 1, "a": 2}',
        b'{"a": {"b": 1, "b": 1}}',
        b'{"a": NaN}',
        b"\xff{}",
        b"[" * 99_999,
    ],
)
def test_a_value_that_is_not_one_clear_object_is_not_patched(value: bytes | None) -> None:
    with pytest.raises(BadInputError, match="cannot be patched"):
        apply_patch(value, {"a": 1})


@pytest.mark.parametrize(
    ("text", "named"), [("[]", "no object"), ("{", "not JSON"), ('{"a": 1, "a": 2}', "twice"), ('{"a": Infinity}', "Infinity")]
)
def test_a_patch_that_is_no_clear_object_is_refused_with_its_file(tmp_path: Path, text: str, named: str) -> None:
    file = tmp_path / "fix.json"
    file.write_text(text)
    with pytest.raises(BadInputError, match=r"fix\.json") as raised:
        read_patch(file)
    assert named in str(raised.value)


def test_a_patch_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="No such file"):
        read_patch(tmp_path / "none.json")
