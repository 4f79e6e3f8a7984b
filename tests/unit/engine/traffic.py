"""A short, dense stream of records of every kind: what properties of the whole engine are tried on."""

from random import Random

import msgspec

from streamflow.contracts.record import Record
from streamflow.control.documents import fixed_control
from streamflow.engine import Decided, Engine, MemoryStates
from streamflow.route import DeadLetter
from tests.data.hostile import hostile_cases
from tests.unit.factories import DAY_MS, HOUR_MS, MINUTE_MS, TEN_O_CLOCK_MS, iso, payment, record_of

CUSTOMERS = 12
PARTITIONS = 4
CONTROL = fixed_control()


def mixed_records(count: int = 1500, seed: int = 7) -> list[Record]:
    """Return honest and fraudulent payments with late, repeated and hostile ones in between; a customer keeps to its partition."""
    draw = Random(seed)  # noqa: S311 - a test's traffic, not a secret
    hostile = hostile_cases()
    clock_ms = TEN_O_CLOCK_MS
    records: list[Record] = []
    for offset in range(count):
        clock_ms += draw.choice([0, 1, 1000, MINUTE_MS, HOUR_MS, 100 * DAY_MS if draw.random() < 0.01 else 20 * MINUTE_MS])
        kind = draw.random()
        if kind < 0.1 and records:
            value = draw.choice(records[-40:])
        elif kind < 0.3:
            value = draw.choice(hostile).record()
        else:
            value = _payment(draw, offset, clock_ms)
        records.append(value._replace(partition=_partition(value.key), offset=offset, timestamp_ms=clock_ms))
    return records


def _payment(draw: Random, offset: int, clock_ms: int) -> Record:
    customer_id = f"cust-{draw.randrange(CUSTOMERS)}"
    where = draw.choice([{}, {"latitude": -23.5, "longitude": -46.6}, {"latitude": -8.0, "longitude": -34.9}])
    fields = payment(
        transaction_id=f"txn-{draw.randrange(offset + 1) if draw.random() < 0.05 else offset}",
        customer_id=customer_id,
        amount=f"{draw.choice([10, 20, 30, 500])}.{draw.randrange(100):02d}",
        currency=draw.choice(["BRL", "BRL", "USD", "CHF"]),
        timestamp=iso(clock_ms - draw.choice([0, 0, 0, 5 * MINUTE_MS, 3 * DAY_MS])),
        **where,
    )
    return record_of(msgspec.json.encode(fields), key=customer_id.encode())


def _partition(key: bytes | None) -> int:
    return sum(key or b"") % PARTITIONS


def shown(result: Decided | DeadLetter) -> bytes:
    if isinstance(result, Decided):
        return b"decided %b %d %b" % (result.key, result.is_alert, result.value)
    return f"dead {result.rejection} {result.record}".encode()


def answers(records: list[Record], states: MemoryStates | None = None) -> list[bytes]:
    engine, states = Engine(CONTROL), MemoryStates() if states is None else states
    return [shown(engine.process(record, states)) for record in records]


RECORDS = mixed_records()
ANSWERS = answers(RECORDS)
