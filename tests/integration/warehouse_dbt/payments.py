"""Payments, verdicts and customers that a warehouse must be able to bear, decided by the real engine."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

from streamflow.contracts.record import Record
from streamflow.control.documents import default_rules, fixed_control
from streamflow.engine import Decided, Engine, MemoryStates

Payment = tuple[str, dict[str, Any]]
"""Its name in the tests, and the fields that differ from an ordinary one."""

HOSTILE: Final[tuple[Payment, ...]] = (
    ("unknown customer and store", {"customer_id": "cust-nobody", "store_id": "store-nowhere"}),
    ("no optional field", {"product_id": None, "payment_method": None, "latitude": None, "longitude": None}),
    ("twelve digits", {"customer_id": "cust-rich", "amount": "999999999999.99"}),
    ("twelve digits again", {"customer_id": "cust-rich", "amount": "999999999999.99"}),
    ("last moment of a year", {"timestamp": "2024-12-31T23:59:59.999Z"}),
    ("first moment of a year", {"timestamp": "2025-01-01T00:00:00.000Z"}),
    ("first moment of a year, written elsewhere", {"timestamp": "2024-12-31T21:00:00.000-03:00"}),
    ("before the clocks go back", {"timestamp": "2025-10-26T00:30:00Z"}),
    ("after the clocks went back", {"timestamp": "2025-10-26T01:30:00Z"}),
    ("in the hour that does not exist", {"timestamp": "2025-03-30T01:30:00Z"}),
    ("leap day", {"timestamp": "2024-02-29T12:00:00Z"}),
    ("1970", {"timestamp": "1970-01-01T00:00:00Z"}),
    ("emoji", {"customer_id": "cust-😀🛒", "store_id": "loja-é-ß", "product_id": "🧨"}),
    ("right to left", {"customer_id": "لقمة-7", "store_id": "חנות-5"}),
    ("quotes", {"customer_id": "o'neil\"; drop table gold.fct_transactions; --", "store_id": "{{ ref('x') }}"}),
    ("currency without a rate", {"customer_id": "cust-abroad", "currency": "XAF", "amount": "12.30"}),
    ("another currency", {"customer_id": "cust-abroad", "currency": "EUR", "amount": "12.30"}),
    ("test in production", {"customer_id": "streamflow-canary", "amount": "5000.00"}),
    ("label before its payment", {"customer_id": "cust-early"}),
    ("verdict that changes", {"customer_id": "cust-changed"}),
)
REPEATED: Final = "twelve digits"
"""Sent twice: the second is a repeat."""


def hostile_decisions(topic: str = "transactions.raw", partition: int = 9) -> Iterator[bytes]:
    """Yield the decision of every hostile payment, and of the one that is sent again."""
    engine, states = Engine(fixed_control(default_rules())), MemoryStates()
    repeated = next(payment for payment in HOSTILE if payment[0] == REPEATED)
    for offset, (name, changes) in enumerate([*HOSTILE, repeated]):
        fields = {
            "schema_version": 1,
            "transaction_id": f"hostile {name}",
            "customer_id": f"cust-{name}",
            "store_id": "store-001",
            "product_id": "prod-1",
            "amount": "10.00",
            "currency": "BRL",
            "payment_method": "pix",
            "timestamp": "2026-01-10T12:00:00Z",
        } | changes
        payload = {name: value for name, value in fields.items() if value is not None}
        timestamp_ms = int(datetime(2026, 4, 1, tzinfo=UTC).timestamp() * 1000) + offset
        record = Record(topic, partition, offset, timestamp_ms, str(fields["customer_id"]).encode(), json.dumps(payload).encode())
        answer = engine.process(record, states)
        assert isinstance(answer, Decided), (name, answer)
        yield answer.value


def label(transaction_id: str, *, is_fraud: bool, known_at: str, source: str = "analyst", **changes: str) -> bytes:
    """Return a label on a payment as the topic holds it."""
    fields = {"customer_id": "cust", "store_id": "store-001", "event_time": "2026-01-10T12:00:00Z", **changes}
    return json.dumps({"transaction_id": transaction_id, "is_fraud": is_fraud, "source": source, "known_at": known_at, **fields}).encode()


def lines(values: Iterable[bytes]) -> list[bytes]:
    """Return JSON lines without their ends."""
    return [value.rstrip(b"\n") for value in values]
