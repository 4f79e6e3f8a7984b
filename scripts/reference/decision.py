"""`docs/reference/decision.md`."""

import json
from typing import Any, Final

from scripts.reference.markdown import code, page, table
from streamflow.contracts.decision import Decision
from streamflow.contracts.record import Record
from streamflow.contracts.schemas import json_schemas
from streamflow.contracts.transaction import Transaction
from streamflow.control.documents import fixed_control
from streamflow.engine import Decided, Engine, MemoryStates
from streamflow.offline.explain import explain
from streamflow.score.features import FEATURE_SET_VERSION, FEATURES

_PARTS: Final = {"RuleHit": "An entry of `rules`", "Thresholds": "`thresholds`", "Source": "`source`"}
_FIRST_MS: Final = 1_790_000_000_000
_HOUR_MS: Final = 3_600_000


def decision_page() -> str:
    """Return the page of a decision's fields, with an example that the engine makes."""
    schema = json_schemas()["decision.json"]
    own = set(Transaction.__struct_fields__)
    fields = {name: facts for name, facts in schema["properties"].items() if name not in own}
    value = example()
    return page(
        "A decision",
        "One flat JSON object: what StreamFlow answers, then every field of the transaction "
        "([its schema](../contracts/transaction.json); what is not given is null, unknown fields stand under `extra`). "
        "Schema: [decision.json](../contracts/decision.json). An alert is the same document.",
        _fields_table(fields),
        *(part for name, title in _PARTS.items() for part in (f"## {title}", _fields_table(schema["$defs"][name]["properties"]))),
        "## `features`",
        f"Feature set {FEATURE_SET_VERSION}, in this order. A feature is null where the customer's history says nothing about it. "
        "All but the event's own are taken before the event is learnt.",
        table(("feature", "unit", "formula", "from"), [(code(item.name), item.unit, item.formula, item.source) for item in FEATURES]),
        "## An example",
        "Ten ordinary payments, then this one:",
        f"```json\n{json.dumps(json.loads(value), indent=2)}\n```",
        "`streamflow explain` says it in words:",
        f"```text\n{explain(Decision.from_json(value))}\n```",
    )


def example() -> bytes:
    """Return the decision on the last of eleven payments: eight times the usual amount, far away, half an hour after the tenth."""
    engine, states = Engine(fixed_control()), MemoryStates()
    records = [
        *(_record(number, _FIRST_MS + number * 24 * _HOUR_MS, "100.00", "store-001", (-23.55, -46.63)) for number in range(10)),
        _record(10, _FIRST_MS + 9 * 24 * _HOUR_MS + _HOUR_MS // 2, "800.00", "store-142", (-3.73, -38.52)),
    ]
    answers = [engine.process(record, states) for record in records]
    last = answers[-1]
    assert isinstance(last, Decided)  # noqa: S101 - the payments are ours and valid
    return last.value


def _record(number: int, event_time_ms: int, amount: str, store: str, place: tuple[float, float]) -> Record:
    from streamflow.cli.moments import iso

    payment = {
        "schema_version": 1,
        "transaction_id": f"tx-{number + 1}",
        "customer_id": "cust-000042",
        "store_id": store,
        "amount": amount,
        "currency": "BRL",
        "payment_method": "credit_card",
        "latitude": place[0],
        "longitude": place[1],
        "timestamp": iso(event_time_ms),
    }
    return Record("transactions.raw", 0, number, event_time_ms + 40, b"cust-000042", json.dumps(payment).encode())


def _fields_table(properties: dict[str, dict[str, Any]]) -> str:
    return table(("field", "type", "meaning"), [(code(name), _type(facts), facts.get("description")) for name, facts in properties.items()])


def _type(facts: dict[str, Any]) -> str:
    if "$ref" in facts:
        return {"Outcome": "text"}.get(facts["$ref"].rpartition("/")[2], "object")
    if "anyOf" in facts:
        return " or ".join(_type(option) for option in facts["anyOf"])
    if "enum" in facts:
        return "text"
    if facts["type"] == "array":
        return f"array of {_type(facts['items'])}"
    if facts["type"] == "string":
        return "time (UTC)" if facts.get("format") == "date-time" else "text"
    return str(facts["type"])
