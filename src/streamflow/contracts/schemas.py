"""JSON Schemas of the topics' values, made from the types that read and write them.

What the types do not say is added here: the limits of a transaction's texts and numbers, which the validate stage checks with
codes of its own. A test holds both against each other on the table of hostile records.
"""

import re
from typing import Any, Final

import msgspec

from streamflow.contracts.control import Generation, ListsDocument, RulesDocument
from streamflow.contracts.currency import CURRENCY_CODES
from streamflow.contracts.decision import Answer, Outcome
from streamflow.contracts.label import Label
from streamflow.contracts.metric import Metric
from streamflow.contracts.replay_marker import ReplayMarker
from streamflow.contracts.risk import RiskDocument
from streamflow.contracts.transaction import (
    MAX_AMOUNT_DECIMALS,
    MAX_AMOUNT_INTEGER_DIGITS,
    MAX_EXTRA_BYTES,
    MAX_ID_CHARACTERS,
    SCHEMA_VERSION,
    Transaction,
)

Schema = dict[str, Any]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

# Some dialects of regular expressions, Python's among them, let `$` stand before a last line feed too.
_END: Final = r"$(?!\n)"
_TEXT: Final = {"minLength": 1, "maxLength": MAX_ID_CHARACTERS, "pattern": r"\S"}
_LIMITS: Final[dict[str, Schema]] = {
    "schema_version": {"minimum": SCHEMA_VERSION},
    "transaction_id": _TEXT,
    "customer_id": _TEXT,
    "store_id": _TEXT,
    "product_id": _TEXT,
    "payment_method": _TEXT,
    "amount": {"pattern": rf"^(?=.*[1-9])[0-9]{{1,{MAX_AMOUNT_INTEGER_DIGITS}}}(\.[0-9]{{1,{MAX_AMOUNT_DECIMALS}}})?{_END}"},
    "currency": {"enum": sorted(CURRENCY_CODES)},
    "timestamp": {
        "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:?[0-5][0-9])" + _END,
    },
    "latitude": {"minimum": -90, "maximum": 90},
    "longitude": {"minimum": -180, "maximum": 180},
}
_ANSWER_LIMITS: Final[dict[str, Schema]] = {
    "decision_id": {"format": "uuid"},
    "event_time": {"format": "date-time"},
    "score": {"minimum": 0, "maximum": 1},
}
_BOTH_OR_NEITHER: Final[list[Schema]] = [
    {"required": ["latitude", "longitude"], "properties": {"latitude": {"type": "number"}, "longitude": {"type": "number"}}},
    {"properties": {"latitude": {"type": "null"}, "longitude": {"type": "null"}}},
]
_SECTION: Final = re.compile(r"\n\s*\n\s*Parameters\n\s*-+\n")


def json_schemas() -> dict[str, Schema]:
    """Return the schema of each contract by its file name; each stands alone.

    Examples
    --------
    >>> sorted(json_schemas())[:3]
    ['alert.json', 'control-generation.json', 'control-lists.json']
    """
    return {
        "transaction.json": _transaction(),
        "decision.json": _decision(),
        "alert.json": _alert(),
        "control-rules.json": _schema(RulesDocument),
        "control-lists.json": _schema(ListsDocument),
        "control-generation.json": _schema(Generation),
        "control-risk.json": _schema(RiskDocument),
        "label.json": _label(),
        "metric.json": _schema(Metric),
        "replay-marker.json": _schema(ReplayMarker),
    }


def parameters(docstring: str) -> dict[str, str]:
    r"""Return what a numpydoc text says about each of its parameters.

    Examples
    --------
    >>> parameters("One.\n\n    Parameters\n    ----------\n    a, b : int\n        Both\n        together.\n")
    {'a': 'Both together.', 'b': 'Both together.'}
    """
    _, *section = _SECTION.split(docstring, maxsplit=1)
    lines = section[0].splitlines() if section else []
    margin = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    found: dict[str, str] = {}
    names: list[str] = []
    for line in lines:
        text = line[margin:]
        if text and not text.startswith(" "):
            names = [name.strip() for name in text.partition(" : ")[0].split(",")]
        elif text:
            found |= {name: f"{found.get(name, '')} {text.strip()}".strip() for name in names}
    return found


def summary(docstring: str) -> str:
    """Return what a numpydoc text says before its parameters, on one line."""
    return " ".join(_SECTION.split(docstring, maxsplit=1)[0].split())


def _schema(kind: type[msgspec.Struct]) -> Schema:
    _, components = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    for component in components.values():
        _describe(component)
    root = components.pop(kind.__name__)
    schema = {"$schema": DIALECT, **root, **({"$defs": dict(sorted(components.items()))} if components else {})}
    # Defaults are Python's values: as JSON, a tuple is an array.
    plain: Schema = msgspec.json.decode(msgspec.json.encode(schema))
    return plain


def _describe(component: Schema) -> None:
    """Move the words about parameters from a type's description to its properties."""
    text = component.get("description", "")
    component["description"] = summary(text)
    words = parameters(text)
    if "prefixItems" in component:  # a named tuple: an array whose places have names here only
        for place, item in zip(words.items(), component["prefixItems"], strict=True):
            item["title"], item["description"] = place
        return
    for name, description in words.items():
        component["properties"][name]["description"] = description


def _limit(properties: Schema, limits: dict[str, Schema]) -> None:
    for name, limit in limits.items():
        properties[name] |= limit


def _transaction() -> Schema:
    schema = _schema(Transaction)
    # `extra` is where a decision keeps what the transaction calls otherwise.
    del schema["properties"]["extra"]
    _limit(schema["properties"], _LIMITS)
    words = (
        f"{schema['description']} Unknown fields are allowed, at most {MAX_EXTRA_BYTES} bytes of JSON; a decision keeps them under `extra`."
    )
    return {**schema, "description": words, "anyOf": _BOTH_OR_NEITHER}


def _label() -> Schema:
    schema = _schema(Label)
    _limit(schema["properties"], {name: {"pattern": _TEXT["pattern"]} for name in ("transaction_id", "customer_id", "store_id")})
    return schema


def _decision() -> Schema:
    answer, transaction = _schema(Answer), _schema(Transaction)
    _limit(transaction["properties"], _LIMITS)
    _limit(
        answer["properties"],
        {"decision_id": {"format": "uuid"}, "event_time": {"format": "date-time"}, "score": {"minimum": 0, "maximum": 1}},
    )
    answer["$defs"]["Source"]["properties"]["timestamp"]["format"] = "date-time"
    properties = {**answer["properties"], **transaction["properties"]}
    return {
        "$schema": DIALECT,
        "title": "Decision",
        "description": "The answer to one valid transaction: the fields of the answer, then those of the transaction.",
        "type": "object",
        "properties": properties,
        # A decision is written whole: what does not apply is null.
        "required": list(properties),
        "anyOf": _BOTH_OR_NEITHER,
        "$defs": answer["$defs"],
    }


def _alert() -> Schema:
    schema = _decision()
    schema["properties"]["outcome"] |= {"enum": [Outcome.REVIEW.value, Outcome.BLOCK.value]}
    schema["properties"]["duplicate"] |= {"const": False}
    return {**schema, "title": "Alert", "description": "A decision with outcome review or block that is no repeat, byte for byte."}
