"""Documents for properties: valid ones, ones that are wrong in some field, and any JSON at all."""

import json
from typing import Any

from hypothesis import strategies as st

from streamflow.contracts.currency import CURRENCY_CODES
from streamflow.contracts.record import Record
from tests.unit.factories import TEN_O_CLOCK_MS, iso, record_of

INT64 = 2**63
ids = st.text(min_size=1, max_size=64).filter(lambda text: text.isprintable() and not text.isspace())
latitudes = st.floats(-90, 90)
longitudes = st.floats(-180, 180)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-INT64, INT64 - 1) | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)


@st.composite
def valid_documents(draw: st.DrawFn) -> dict[str, Any]:
    """Return documents that hold what the contract says, with and without the optional fields, in any order."""
    fields: dict[str, Any] = {
        "schema_version": 1,
        "transaction_id": draw(ids),
        "customer_id": "cust-1",
        "store_id": draw(ids),
        "amount": draw(st.decimals("0.01", "999999999999.99", places=2).map(str)),
        "currency": draw(st.sampled_from(sorted(CURRENCY_CODES))),
        "timestamp": iso(draw(st.integers(0, TEN_O_CLOCK_MS))),
    }
    if draw(st.booleans()):
        fields |= {"latitude": draw(latitudes | st.integers(-90, 90)), "longitude": draw(longitudes | st.integers(-180, 180))}
    for name in ("product_id", "payment_method"):
        if draw(st.booleans()):
            fields[name] = draw(ids)
    return dict(draw(st.permutations(list(fields.items()))))


@st.composite
def damaged_documents(draw: st.DrawFn) -> dict[str, Any]:
    """Return documents some of whose fields hold anything, are missing, or that the contract does not know."""
    document = draw(valid_documents())
    names = st.sampled_from(["schema_version", *document, "latitude", "product_id", "extra", "amounts", ""])
    for name in draw(st.lists(names, min_size=1, max_size=3)):
        if draw(st.booleans()):
            document[name] = draw(json_values | st.integers() | st.integers(0, 3) | st.text(max_size=70))
        else:
            document.pop(name, None)
    return document


def dumped(document: Any) -> bytes:
    """Write JSON as Python does, but with lone surrogates replaced: bytes cannot carry them unescaped."""
    return json.dumps(document, ensure_ascii=False).encode(errors="replace")


def with_escapes(document: dict[str, Any]) -> bytes:
    r"""Write the same document with every character of its texts as a \u escape; only the slow reader takes it."""

    def escaped(text: str) -> str:
        units = text.encode("utf-16-be", "surrogatepass")
        return '"' + "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2)) + '"'

    def written(value: Any) -> str:
        if isinstance(value, str):
            return escaped(value)
        if isinstance(value, dict):
            return "{" + ",".join(f"{escaped(name)}:{written(inner)}" for name, inner in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ",".join(map(written, value)) + "]"
        return json.dumps(value)

    return written(document).encode()


def kafka_record(value: bytes) -> Record:
    return record_of(value, timestamp_ms=TEN_O_CLOCK_MS)
