"""Whatever the contracts admit is in bronze, field by field, whatever dies meanwhile."""

import json
import signal
import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from streamflow.contracts.catalogue import ALERTS, LABELS, MAX_RECORD_BYTES, SCORED, TRANSACTION_PROCESSOR, Header
from streamflow.contracts.decision import Decision
from streamflow.contracts.label import decode_label
from streamflow.contracts.preview import preview
from streamflow.contracts.record import HeaderList, Record
from streamflow.contracts.tables import ALERTS_TABLE, DEAD_LETTERS, DECISIONS, LABELS_TABLE, UNREADABLE
from streamflow.simulate import Plan
from tests.integration.job.accounting import last_headers
from tests.integration.job.live_job import wait_until
from tests.integration.store_jobs.warehouse_jobs import WarehouseJobs

pytestmark = [pytest.mark.stack, pytest.mark.timeout(1500)]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EVENTS, EVENTS_A_SECOND = 6_000, 400
HOSTILE_EXTRA = {
    "nul": "a\0b",
    "quotes": "'; DROP TABLE bronze.decisions; -- \\u0000 \\",
    "\0": "\U0001f4a5",
    "number": 1e308,
    "small": 5e-324,
    "nested": [[{"a": [None, True, {}]}], "\ttab\r\n"],
}


def expected_decision(record: Record) -> dict[str, Any]:
    """Return the row of a decision by the contract's own reader."""
    answer, transaction = Decision.from_json(record.value or b"")
    fields = msgspec.structs.asdict(transaction) | msgspec.structs.asdict(answer)
    row = {column.name: fields.get(column.name) for column in DECISIONS.columns if column.name != "loaded_at"}
    row |= {f"source_{name}": value for name, value in msgspec.structs.asdict(answer.source).items()}
    row |= {name: msgspec.json.decode(msgspec.json.encode(fields[name])) for name in ("rules", "reasons", "features")}
    row |= {"decision_id": uuid.UUID(answer.decision_id), "amount": Decimal(transaction.amount), "outcome": answer.outcome.value}
    return row | {"review_threshold": answer.thresholds.review, "block_threshold": answer.thresholds.block}


def test_hostile_payments_are_stored_field_by_field(jobs: WarehouseJobs) -> None:
    changes: list[dict[str, Any]] = [
        {},
        {"extra_field": HOSTILE_EXTRA},
        {"store_id": "\U0001f6d2-é", "product_id": "متجر", "payment_method": "עברית"},
        {"amount": "999999999999.99", "currency": "JPY", "latitude": -90, "longitude": 180.0},
        {"amount": "0.01", "schema_version": 2**62},
        {"timestamp": "1970-01-01T00:00:00Z"},
        {"timestamp": "2025-03-30T02:30:00.123456+01:00"},
        {"timestamp": "2025-12-31T23:59:59.999Z"},
    ]
    places = jobs.send(jobs.payment(f"cust-\U0001f600-{number}", **change) for number, change in enumerate(changes))
    jobs.await_answers(places)
    jobs.await_stored()
    wanted = {row["decision_id"]: row for row in map(expected_decision, jobs.topic(SCORED))}
    stored = {row["decision_id"]: row for row in jobs.table(DECISIONS)}
    assert stored.keys() == wanted.keys()
    for identity, row in stored.items():
        extra = row["extra"]
        assert row | {"extra": extra and json.loads(extra)} == wanted[identity]
    alerts = {uuid.UUID(Decision.from_json(record.value or b"").answer.decision_id) for record in jobs.topic(ALERTS)}
    rows = jobs.table(ALERTS_TABLE)
    assert {row["decision_id"] for row in rows} == alerts
    assert rows == [{name: wanted[row["decision_id"]][name] for name in row} for row in rows]


def test_dead_letters_of_any_size_and_any_bytes_are_stored_with_a_safe_preview(jobs: WarehouseJobs) -> None:
    records: list[tuple[bytes | None, bytes | None, HeaderList]] = [
        (b"cust-dead", b"", []),
        (b"cust-dead", None, []),
        (None, b"{}", []),
        (b"\0\xff key 4111111111111111", b"\0\xff\xfe paid with 4111 1111 1111 1111 \x1b[31m", [(Header.CODE, b"\xff\0 not ours")]),
        (b"cust-dead", b"\xf0\x9f\x98\x80" * 3_000, []),
        (b"cust-dead", b"4111111111111111" * 65_536, []),
        (b"cust-dead", b"\0" * (MAX_RECORD_BYTES - 1_024), []),
    ]
    jobs.send(records)
    jobs.await_stored()
    letters = {}
    for record in jobs.dead.records:
        headers = last_headers(record)
        letters[headers[Header.PARTITION], headers[Header.OFFSET]] = record, headers
    rows = jobs.table(DEAD_LETTERS)
    assert len(rows) == len(letters) >= len(records)
    for row in rows:
        record, headers = letters[str(row["source_partition"]).encode(), str(row["source_offset"]).encode()]
        assert row["record_key"] == (None if record.key is None else preview(record.key))
        assert row["preview"] == (None if record.value is None else preview(record.value))
        assert row["value_bytes"] == (None if record.value is None else len(record.value))
        assert (row["code"], row["message"], row["stage"]) == tuple(
            headers[name].decode() for name in (Header.CODE, Header.MESSAGE, Header.STAGE)
        )
        assert row["source_timestamp"] == EPOCH + timedelta(milliseconds=int(headers[Header.TIMESTAMP_MS]))


def test_labels_are_stored_and_one_that_is_none_waits_with_the_reason(jobs: WarehouseJobs) -> None:
    label = {
        "transaction_id": "tx-ü",
        "customer_id": "cust-1",
        "store_id": "store-1",
        "is_fraud": True,
        "source": "chargeback",
        "known_at": "2026-03-01T01:02:03.123456+05:30",
        "event_time": "2026-02-01 00:00:00Z",
    }
    good = [label, label | {"comment": "NUL \0 and \U0001f600", "scenario": "card_testing"}, label | {"new field": [1]}]
    bad = [label | {"comment": "4111111111111111"}, label | {"known_at": "yesterday"}, label | {"is_fraud": "yes"}]
    places = jobs.send([(b"cust-1", msgspec.json.encode(document), []) for document in [*good, *bad]], topic=LABELS)
    jobs.await_stored()
    records = {(record.partition, record.offset): record for record in jobs.topic(LABELS)}
    stored = {(row["label_partition"], row["label_offset"]): row for row in jobs.table(LABELS_TABLE)}
    assert stored.keys() >= set(map(tuple, places[:3]))
    for place, row in stored.items():
        fields = msgspec.structs.asdict(decode_label(records[place].value))
        fields["comment"] = fields["comment"] and fields["comment"].replace("\0", "\\x00")
        assert {name: row[name] for name in fields} == fields

    def refused() -> dict[tuple[int, int], str]:
        rows = jobs.table(UNREADABLE, f"topic = '{LABELS.name}'")
        return {(row["topic_partition"], row["topic_offset"]): row["why"] for row in rows}

    wait_until(lambda: refused().keys() == set(map(tuple, places[3:])), "bad labels are kept")
    assert all(refused().values())
    assert "4111111111111111" not in str(jobs.table(UNREADABLE))


def test_nothing_is_lost_or_doubled_when_postgres_stops_and_every_taskmanager_is_killed(jobs: WarehouseJobs) -> None:
    alerts = len(jobs.topic(ALERTS))
    plan = Plan(events=EVENTS, customers=200, days=0.2, seed=7, malformed_ratio=0.02, repeated_ratio=0.02)
    with jobs.load(plan, rate=EVENTS_A_SECOND):
        wait_until(lambda: len(jobs.stored()[DECISIONS.full_name]) > EVENTS // 10, "rows come")
        jobs.stack.supervisor.stop_process("postgres")
        # Alerts go on without the database: more of them come than lay there when it stopped.
        before = len(jobs.topic(ALERTS))
        wait_until(lambda: len(jobs.topic(ALERTS)) > max(before, alerts), "alerts while PostgreSQL is down")
        jobs.stack.kill("taskmanager-1", signal.SIGKILL)
        jobs.stack.supervisor.start_process("postgres")
        jobs.stack.wait_ready(["postgres"])
        jobs.await_running()
        for number in (2, 3):
            jobs.stack.kill(f"taskmanager-{number}", signal.SIGKILL)
        jobs.await_running()
    stored, expected = jobs.await_stored(), jobs.expected()
    for table, wanted in expected.items():
        assert Counter(stored[table]) == Counter(wanted), table


def test_a_stopped_processor_goes_on_where_it_stood(jobs: WarehouseJobs) -> None:
    (stopped,) = jobs.command("job", "stop", TRANSACTION_PROCESSOR.name)["savepoints"]
    assert stopped["job"] == TRANSACTION_PROCESSOR.name
    before = jobs.rows("SELECT count(*) AS rows, max(loaded_at) AS newest FROM bronze.decisions")
    jobs.decide(*(jobs.payment("cust-waiting") for _ in range(3)))
    assert jobs.rows("SELECT count(*) AS rows, max(loaded_at) AS newest FROM bronze.decisions") == before
    (submitted,) = jobs.command("job", "submit")["submitted"]
    assert (submitted["job"], submitted["restored_from"]) == (TRANSACTION_PROCESSOR.name, stopped["path"])
    stored, expected = jobs.await_stored(), jobs.expected()
    assert Counter(stored[DECISIONS.full_name]) == Counter(expected[DECISIONS.full_name])
