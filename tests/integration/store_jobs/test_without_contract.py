"""Records that are not what their contract says block nobody. Last of this folder: other tests read the topics by their contracts."""

from typing import Any

import msgspec
import pytest

from streamflow.contracts.catalogue import ALERTS, DLQ, SCORED, Topic
from streamflow.contracts.record import HeaderList
from streamflow.contracts.tables import DECISIONS, UNREADABLE
from tests.integration.job.live_job import wait_until
from tests.integration.store_jobs.warehouse_jobs import WarehouseJobs

NOT_IN_ALERTS = {"/amount", "/rules", "/feature_set_version", "64 bits can hold"}

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]


def spoilt(decision: dict[str, Any]) -> dict[str, bytes | None]:
    """Return values that nobody can store, by what is wrong with them."""
    document = msgspec.json.encode(decision)
    changes: dict[str, dict[str, Any]] = {
        "/decision_id": {"decision_id": "no-uuid"},
        "/amount": {"amount": "1234567890123.00"},
        "/score": {"score": "0.5"},
        "/event_time": {"event_time": "2026-02-30T00:00:00Z"},
        "/customer_id": {"customer_id": "c" * 3_000},
        "/rules": {"rules": "none"},
        "/feature_set_version": {"feature_set_version": 2**40},
    }
    values: dict[str, bytes | None] = {name: msgspec.json.encode(decision | change) for name, change in changes.items()}
    values["a null value"] = None
    values["expected JSON"] = document[:-10]
    values["more behind it"] = document + b"{}"
    values["half of a pair"] = document.replace(decision["customer_id"].encode(), b"\\ud83d")
    values["64 bits can hold"] = document.replace(b'"features":[', b'"features":[1e999,')
    values["a JSON object"] = b"[]"
    return values


def test_what_nobody_can_store_is_kept_with_the_reason_and_those_behind_it_are_stored(jobs: WarehouseJobs) -> None:
    (decision,) = jobs.decide(jobs.payment("cust-spoilt"))
    values = spoilt(decision)

    def broken(topic: Topic) -> list[tuple[bytes | None, bytes | None, HeaderList]]:
        # Names of its own for each record, so that none replaces another.
        return [(f"{topic.name} {name}".encode(), value, []) for name, value in values.items()]

    jobs.send(broken(SCORED), topic=SCORED)
    # An alert's row is narrow: what is wrong elsewhere in it does not matter.
    values = {name: value for name, value in values.items() if name not in NOT_IN_ALERTS}
    alerts = broken(ALERTS)
    jobs.send(alerts, topic=ALERTS)
    jobs.send([(b"cust-spoilt", b"no headers", [])], topic=DLQ)

    def kept() -> dict[str, str]:
        return {row["record_key"]: row["why"] for row in jobs.table(UNREADABLE, "topic <> 'transactions.labels'")}

    wait_until(lambda: len(kept()) == len(spoilt(decision)) + len(alerts) + 1, "the spoilt records are kept")
    for name in spoilt(decision):
        assert name in kept()[f"{SCORED.name} {name}"]
    (behind,) = jobs.send([(b"cust-spoilt", *jobs.payment("cust-spoilt")[1:])])
    wait_until(
        lambda: bool(jobs.table(DECISIONS, f"source_partition = {behind.partition} AND source_offset = {behind.offset}")),
        "a sound decision behind them is stored",
    )
