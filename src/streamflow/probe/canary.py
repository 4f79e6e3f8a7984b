"""The canary: an ordinary payment of a customer who does not exist, every few seconds, whose decision is known to have to come."""

import secrets
from datetime import UTC, datetime
from typing import Final

import msgspec
from confluent_kafka import Producer

from streamflow.contracts import probe_metrics as metrics
from streamflow.contracts.catalogue import RAW
from streamflow.contracts.trace_context import TRACE_PARENT
from streamflow.kafka.client import BackgroundErrors, ClientConfig, properties
from streamflow.probe.books import Seen
from streamflow.probe.meters import Meters

STORE: Final = "streamflow-canary"
MISSING_AFTER_MS: Final = 60_000
_encode: Final = msgspec.json.Encoder().encode


class Canary:
    """Sends payments and checks what comes back.

    Parameters
    ----------
    config : mapping
        confluent-kafka's properties.
    meters : Meters
        Where it counts.
    customer_id : str
        Of the canary; decisions on it are marked.
    interval_ms : int
        Between two payments; 0 sends none.
    run_id : str
        Tells this process's payments from those of others, which are none of its business.
    """

    def __init__(self, config: ClientConfig, meters: Meters, *, customer_id: str, interval_ms: int, run_id: str) -> None:
        self._meters, self._customer_id, self._interval_ms, self._run_id = meters, customer_id, interval_ms, run_id
        self._producer = Producer(properties(config, BackgroundErrors(), acks="all", linger_ms=0, partitioner="murmur2_random"))
        self._sent: dict[str, tuple[int, dict[str, object]]] = {}
        self._number = 0
        self._due_ms = 0

    def step(self, now_ms: int) -> None:
        """Send a payment if one is due, and give up those whose decisions are too late."""
        self._producer.poll(0)
        for transaction_id in [name for name, (sent_ms, _) in self._sent.items() if now_ms - sent_ms > MISSING_AFTER_MS]:
            del self._sent[transaction_id]
            self._meters.add(metrics.CANARY_ANSWERS, 1, metrics.MISSING)
        if self._interval_ms and now_ms >= self._due_ms:
            self._due_ms = now_ms + self._interval_ms
            self._send(now_ms)

    def _send(self, now_ms: int) -> None:
        self._number += 1
        payment: dict[str, object] = {
            "schema_version": 1,
            "transaction_id": f"canary-{self._run_id}-{self._number}",
            "customer_id": self._customer_id,
            "store_id": STORE,
            "amount": "1.00",
            "currency": "BRL",
            "timestamp": datetime.fromtimestamp(now_ms / 1000, UTC).isoformat(timespec="milliseconds"),
        }
        try:
            trace = f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01".encode()
            self._producer.produce(RAW.name, _encode(payment), self._customer_id.encode(), headers=[(TRACE_PARENT, trace)])
        except BufferError:
            # The broker has been away for long: what waits already says so.
            return
        self._sent[str(payment["transaction_id"])] = now_ms, payment
        self._meters.add(metrics.CANARY_SENT)

    def check(self, seen: Seen, value: bytes, now_ms: int) -> None:
        """Compare a decision on the canary with what was sent."""
        found = self._sent.pop(seen.transaction_id, None)
        if found is None:
            return
        sent_ms, payment = found
        self._meters.observe(metrics.CANARY_LATENCY, (now_ms - sent_ms) / 1000)
        said = msgspec.json.decode(value)
        right = not seen.duplicate and all(said.get(name) == told for name, told in payment.items())
        self._meters.add(metrics.CANARY_ANSWERS, 1, metrics.RIGHT if right else metrics.WRONG)

    def close(self) -> None:
        """Wait a moment for what is on its way."""
        self._producer.flush(1.0)
