"""`streamflow top` and `streamflow trace` on the running stack."""

import json
from typing import Any, Final

import msgspec
import pytest

from streamflow.contracts.catalogue import ALERTS, DLQ, SCORED, Topic
from streamflow.contracts.log_line import LogLine
from streamflow.contracts.record import HeaderList, decode_headers
from tests.integration.job.live_job import wait_until
from tests.integration.observe.prometheus import WatchedPrometheus
from tests.integration.store_jobs.warehouse_jobs import WarehouseJobs

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]

PARENT: Final = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
HEADERS: Final[HeaderList] = [("shop", b"7"), ("traceparent", PARENT), ("tracestate", b"vendor=1")]
CARRIED: Final = HEADERS[1:]

Payment = tuple[bytes, bytes, HeaderList]


def headers_of(jobs: WarehouseJobs, topic: Topic, words: bytes) -> list[HeaderList]:
    return [list(decode_headers(record.headers)) for record in jobs.topic(topic) if words in (record.value or b"")]


def traced(jobs: WarehouseJobs, transaction_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = jobs.command("trace", transaction_id)
    return found


def paid(jobs: WarehouseJobs, customer_id: str, headers: HeaderList, **changes: Any) -> Payment:
    key, value, _ = jobs.payment(customer_id, **changes)
    return key, value, headers


def burst(jobs: WarehouseJobs, customer_id: str, transaction_id: str, headers: HeaderList) -> list[Payment]:
    """Return payments within ten seconds, of which the last one is an alert."""
    ids = [*(f"{transaction_id}-before-{number}" for number in range(9)), transaction_id]
    times = [f"2026-03-01T12:00:{second:02}Z" for second in range(10)]
    return [paid(jobs, customer_id, headers, transaction_id=name, timestamp=time) for name, time in zip(ids, times, strict=True)]


def test_a_trace_context_goes_with_decision_alert_and_dead_letter_and_nothing_else_does(jobs: WarehouseJobs) -> None:
    dead = paid(jobs, "cust-traced", HEADERS, transaction_id="tx-dead", amount="many")
    plain = paid(jobs, "cust-traced", [("traceparent", b"cust-traced")], transaction_id="tx-plain")
    jobs.await_answers(jobs.send([*burst(jobs, "cust-traced", "tx-traced", HEADERS), dead, plain]))
    assert headers_of(jobs, SCORED, b'"tx-traced"') == [CARRIED]
    assert headers_of(jobs, ALERTS, b'"tx-traced"') == [CARRIED]
    assert headers_of(jobs, SCORED, b"tx-plain") == [[]]
    # A dead letter is the record as it came, with the reason behind.
    assert headers_of(jobs, DLQ, b"tx-dead")[0][: len(HEADERS)] == HEADERS


def test_trace_shows_each_stage_with_its_place_and_time(jobs: WarehouseJobs) -> None:
    jobs.await_answers(jobs.send(burst(jobs, "cust-way", "tx-way", HEADERS)))
    stages = ["paid", "in", "decided", "alert", "stored"]
    wait_until(lambda: [stage["stage"] for stage in traced(jobs, "tx-way")[0]["stages"]] == stages, "the row is there")
    (way,) = traced(jobs, "tx-way")
    assert way["trace_parent"] == PARENT.decode()
    assert way["stages"][1]["where"] == way["source"]
    times = [stage["time_ms"] for stage in way["stages"]]
    assert times[1:] == sorted(times[1:])
    assert way["stages"][2]["facts"]["outcome"] in ("review", "block")
    assert "50.00" not in json.dumps(way)


def test_trace_finds_what_died_and_what_came_twice(jobs: WarehouseJobs) -> None:
    twice = jobs.payment("cust-twice", transaction_id="tx-twice")
    jobs.await_answers(jobs.send([twice, twice, jobs.payment("cust-twice", transaction_id="tx-many", amount="many")]))
    (dead,) = traced(jobs, "tx-many")
    assert dead["stages"][-1]["stage"] == "dead letter"
    assert dead["stages"][-1]["facts"] == {"code": "AMOUNT_NOT_DECIMAL"}
    assert dead["trace_parent"] is None
    ways = traced(jobs, "tx-twice")
    assert len(ways) == 2
    assert sorted("duplicate" in way["stages"][2]["facts"].get("marks", "") for way in ways) == [False, True]


def test_what_is_no_decision_is_passed_over(prometheus: WatchedPrometheus, jobs: WarehouseJobs) -> None:
    place = jobs.send(burst(jobs, "cust-spoilt", "tx-spoilt", []))[-1]
    jobs.await_answers([place])
    spoilt = b'{"source": {"offset": %d}, "outcome": "\xff"}' % place.offset
    # A topic that nobody else of this session reads to its end by decoding every record.
    jobs.send([(b"cust-spoilt", spoilt, [])], topic=ALERTS)
    assert [stage["stage"] for stage in traced(jobs, "tx-spoilt")[0]["stages"]][:4] == ["paid", "in", "decided", "alert"]
    shown = jobs.command("top", "--once")["newest_frauds"]
    assert shown
    assert all(fraud["transaction_id"] for fraud in shown)


def test_an_unknown_transaction_is_said_to_be_one(jobs: WarehouseJobs) -> None:
    result = jobs.cli("trace", "tx-nobody-sent")
    assert result.returncode == 3
    assert "no such transaction" in result.stderr


def test_drift_is_measured_against_the_model_that_decides(prometheus: WatchedPrometheus, jobs: WarehouseJobs) -> None:
    jobs.decide(jobs.payment("cust-drift"))
    prometheus.wait_for('streamflow_drift_index{number="ml_score"}')
    found = jobs.command("drift", "--since", "1d")
    numbers = {number["name"]: number for number in found["numbers"]}
    assert set(numbers) == {"amount_ratio", "hour", "ml_score", "rules_score"}
    assert found["reference_payments"] == 5_000
    assert found["payments"] > 0
    # The reference's payments were fifty times the customers' means.
    assert numbers["amount_ratio"]["index"] > 1
    assert numbers["amount_ratio"]["settled"]
    (shown,) = prometheus.query('streamflow_drift_index{number="amount_ratio", settled="yes"}')
    assert shown.value > 1
    assert "amount_ratio" in jobs.cli("drift").stdout


def test_every_process_of_ours_logs_in_one_form(prometheus: WatchedPrometheus, jobs: WarehouseJobs) -> None:
    for process in ("taskmanager", "jobmanager", "kafka", "zookeeper", "probe"):
        lines = [json.loads(line) for line in jobs.cli("logs", process, "--lines", "3000", "--json").stdout.splitlines()]
        assert lines
        always = {"process", *(field.name for field in msgspec.structs.fields(LogLine) if field.required)}
        assert all(always <= set(line) <= {"process", *LogLine.__struct_fields__} for line in lines), process
    # The model that decides here was pushed.
    assert "is active from" in jobs.cli("logs", "taskmanager", "--lines", "3000").stdout


def test_top_says_how_it_goes(prometheus: WatchedPrometheus, jobs: WarehouseJobs) -> None:
    jobs.await_answers(jobs.send(burst(jobs, "cust-top", "tx-top", [])))
    prometheus.wait_for('slo:error_budget_remaining_ratio{slo="freshness"}')
    prometheus.wait_for("sum(rate(streamflow_visible_latency_seconds_count[1m])) > 0")
    shown = jobs.command("top", "--once")
    now = shown["now"]
    assert now["payments_per_second"] > 0
    assert set(now["decisions_per_second"]) == {"approve", "review", "block"}
    assert 0 < now["wait_p50_seconds"] <= now["wait_p99_seconds"]
    detector = next(job for job in now["jobs"] if job["name"] == "fraud-detector")
    assert detector["state_bytes"] > 0
    assert None not in detector.values()
    assert "freshness" in {budget["name"] for budget in now["budgets"]}
    assert "Watchdog" in {alert["name"] for alert in now["firing"]}
    newest = {fraud["transaction_id"] for fraud in shown["newest_frauds"]}
    assert "tx-top" in newest
    assert not any(name.startswith("canary") for name in newest)
    assert "Objectives over 30 days" in jobs.cli("top", "--once").stdout
