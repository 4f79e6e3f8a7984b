"""Risk documents: read strictly, because a wrong number would be in every decision."""

import json
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from streamflow.contracts.risk import RiskDocument, StoreRisk
from streamflow.contracts.schemas import json_schemas

ENTRY: list[Any] = [0.5, 1.5, 1.0, 7.0, 1.0, 27.5, 1_767_268_800_000, 0.2]
SCHEMA = Draft202012Validator(json_schemas()["control-risk.json"])


def document(store: list[Any], **fields: Any) -> bytes:
    return json.dumps({"version": 1, "as_of_ms": 1_767_960_000_000, "stores": {"store-1": store}, **fields}).encode()


@pytest.mark.parametrize("store", [ENTRY, [*ENTRY, None], [*ENTRY, 1_767_268_800_000], [*ENTRY[:6], None, 0.2]])
def test_an_entry_has_eight_numbers_or_nine(store: list[Any]) -> None:
    read = msgspec.json.decode(document(store), type=RiskDocument)
    assert read.stores["store-1"] == StoreRisk(*store)
    assert SCHEMA.is_valid(json.loads(document(store)))
    assert msgspec.json.decode(msgspec.json.encode(read), type=RiskDocument) == read


@pytest.mark.parametrize(
    "store",
    [
        [],
        ENTRY[:7],
        [*ENTRY, None, 1],
        [-1.0, *ENTRY[1:]],
        [2e12, *ENTRY[1:]],
        [None, *ENTRY[1:]],
        [*ENTRY[:7], 1.1],
        [*ENTRY[:6], -1, 0.2],
    ],
)
def test_any_other_entry_is_refused(store: list[Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(document(store), type=RiskDocument)
    assert not SCHEMA.is_valid(json.loads(document(store)))


@pytest.mark.parametrize("fields", [{"version": 0}, {"as_of_ms": -1}, {"customers": [""]}, {"stores": {"s" * 65: ENTRY}}, {"stars": 1}])
def test_any_other_field_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(document(ENTRY, **fields), type=RiskDocument)
    assert not SCHEMA.is_valid(json.loads(document(ENTRY, **fields)))


def test_an_infinite_number_is_refused() -> None:
    with pytest.raises(msgspec.MsgspecError):
        msgspec.json.decode(document(ENTRY).replace(b"27.5", b"1e999"), type=RiskDocument)
