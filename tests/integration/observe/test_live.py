"""What is watched on the running stack: every metric is there, numbers are exact, and failures do not make them lie."""

import json
import math
import re
import time
import urllib.request
from typing import Final

import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from scripts.dashboards.grafana import ANNOTATIONS
from scripts.dashboards.source import dashboards
from streamflow.contracts.flink_metrics import FLINK_METRICS
from streamflow.contracts.instruments import Instrument
from streamflow.contracts.job_metrics import JOB_METRICS
from streamflow.contracts.probe_metrics import PROBE_METRICS
from streamflow.contracts.tables import DECISIONS
from streamflow.observe.recording import raw_name, recorded_name
from streamflow.simulate import Plan
from streamflow.stack.config import CHECKOUT
from tests.integration.job.live_job import disordered_traffic, wait_until
from tests.integration.observe.prometheus import WatchedPrometheus
from tests.integration.store_jobs.warehouse_jobs import WarehouseJobs

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

EVENTS: Final = 3_000
_NAME: Final = re.compile(r"\b(?:streamflow_|flink_|slo:|up\b|prometheus_)[\w:]*")


def probe(jobs: WarehouseJobs) -> dict[tuple[str, ...], float]:
    """Return what the probe says now, by name and values of labels."""
    with urllib.request.urlopen(jobs.stack.endpoints().probe, timeout=20) as response:  # noqa: S310 - our own http address
        families = list(text_string_to_metric_families(response.read().decode()))
    return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}


def answered(jobs: WarehouseJobs) -> float:
    return sum(value for (name, *_), value in probe(jobs).items() if name == "streamflow_answers_total")


def unaccounted(jobs: WarehouseJobs) -> float:
    return sum(value for (name, *_), value in probe(jobs).items() if name == "streamflow_unaccounted_offsets")


def settle(jobs: WarehouseJobs) -> None:
    """Wait until the probe has seen an answer to every record that it has seen."""

    def is_even() -> bool:
        found = probe(jobs)
        return answered(jobs) >= found["streamflow_records_total", "transactions.raw"]

    jobs.await_answers()
    wait_until(is_even, "the probe has seen every answer")


def scraped_names(instrument: Instrument) -> set[str]:
    return {f"{instrument.name}_bucket"} if instrument.kind == "histogram" else {instrument.name}


def test_every_metric_that_the_catalogue_rules_and_alerts_name_is_scraped(prometheus: WatchedPrometheus, jobs: WarehouseJobs) -> None:
    with jobs.load(disordered_traffic(EVENTS, seed=11)):
        pass
    settle(jobs)
    expected = {raw_name(item) for item in JOB_METRICS} | {recorded_name(item) for item in (*JOB_METRICS, *FLINK_METRICS)}
    expected |= {item.raw for item in FLINK_METRICS}
    expected |= {name for item in PROBE_METRICS for name in scraped_names(item)}
    for group in prometheus.ask("rules")["groups"]:
        for rule in group["rules"]:
            assert rule["health"] == "ok", rule
            # Alerts are series too, but not such as anything is made of.
            expected |= {rule["name"]} if rule["type"] == "recording" else set()
            expected |= set(_NAME.findall(rule["query"]))
    expected |= {name for page in dashboards() for panel in page.panels for query in panel.queries for name in _NAME.findall(query.expr)}
    wait_until(lambda: not expected - prometheus.names(), f"scraped: {sorted(expected - prometheus.names())}")


def empty_panels(prometheus: WatchedPrometheus) -> list[str]:
    """Return the queries of dashboards that give nothing, or no number, now or over the last minute."""
    now = time.time()
    empty = []
    for page in dashboards():
        for query in (query for panel in page.panels for query in panel.queries):
            newest = prometheus.query(page.ask(query))
            courses = prometheus.span(page.ask(query), now - 60, now, 15)
            if not (courses and newest) or all(math.isnan(found.value) for found in newest):
                empty.append(f"{page.name}: {page.ask(query)}")
    return empty


def test_every_panel_shows_data_and_goes_on_when_the_job_restarts(prometheus: WatchedPrometheus, jobs: WarehouseJobs) -> None:
    with jobs.load(disordered_traffic(EVENTS, seed=13), rate=100):
        wait_until(lambda: not empty_panels(prometheus), f"every panel has data: {empty_panels(prometheus)}")
        jobs.stack.kill("taskmanager-1")
        jobs.await_running()
        wait_until(lambda: not empty_panels(prometheus), f"every panel has data: {empty_panels(prometheus)}")
    prometheus.wait_for(ANNOTATIONS[0][1])
    for _, expression, _ in ANNOTATIONS:
        prometheus.query(expression)


def test_every_rule_of_the_checkout_is_loaded(prometheus: WatchedPrometheus) -> None:
    loaded = {rule["name"] for group in prometheus.ask("rules")["groups"] for rule in group["rules"]}
    written = (CHECKOUT / "observability" / "rules").glob("*.yml")
    names = {name for path in written for name in re.findall(r"^ +- (?:record|alert): (\S+)$", path.read_text(), flags=re.MULTILINE)}
    assert names == loaded


def test_records_are_counted_one_by_one_whatever_they_are(prometheus: WatchedPrometheus, jobs: WarehouseJobs) -> None:
    settle(jobs)
    before = probe(jobs)
    places = jobs.send([jobs.payment("cust-counted"), jobs.payment("cust-counted"), (b"cust-counted", b"no JSON", [])])
    jobs.await_answers(places)
    settle(jobs)
    after = probe(jobs)

    def more(*name: str) -> float:
        return after[name] - before[name]

    canaries = more("streamflow_canary_sent_total")
    assert more("streamflow_dead_letters_total", "NOT_JSON") == more("streamflow_answers_total", "rejected") == 1
    assert sum(more("streamflow_decisions_total", outcome) for outcome in ("approve", "review", "block")) == 2
    assert 2 <= more("streamflow_answers_total", "decided") <= 2 + canaries + 1
    assert after["streamflow_canary_answers_total", "wrong"] == after["streamflow_canary_answers_total", "missing"] == 0


def test_a_healthy_stack_fires_the_watchdog_alone(prometheus: WatchedPrometheus, jobs: WarehouseJobs) -> None:
    settle(jobs)
    prometheus.wait_for('ALERTS{alertname="Watchdog", alertstate="firing"}')
    assert prometheus.firing() == {"Watchdog": "heartbeat"}


def test_after_a_killed_taskmanager_nothing_is_counted_twice_and_nothing_is_owed(
    prometheus: WatchedPrometheus, jobs: WarehouseJobs
) -> None:
    settle(jobs)
    before = probe(jobs)
    with jobs.load(Plan(events=EVENTS, customers=200, seed=12), rate=500):
        jobs.stack.kill("taskmanager-1")
    jobs.await_running()
    settle(jobs)
    # Shown once a second: what was overdue while the job was away is so until then.
    wait_until(lambda: unaccounted(jobs) == 0, "nothing is owed")
    after = probe(jobs)
    decided = sum(
        after["streamflow_decisions_total", outcome] - before["streamflow_decisions_total", outcome]
        for outcome in ("approve", "review", "block")
    )
    assert decided == EVENTS
    assert after["streamflow_missing_alerts",] == 0
    # The job's own counters began anew; a rate over them is never below 0, and there is one series whatever the attempt.
    lows = prometheus.query("min_over_time(streamflow_job_decisions:rate1m[10m])")
    assert {labels["outcome"] for labels, _ in lows} == {"approve", "review", "block"}
    assert len(lows) == 3
    assert all(low >= 0 for _, low in lows)


def test_recorded_rates_stay_right_when_the_job_is_rescaled(prometheus: WatchedPrometheus, jobs: WarehouseJobs) -> None:
    jobs.command("up", "flink", "--taskmanagers", "4")
    jobs.command("up", "observability")
    jobs.command("job", "stop", "fraud-detector")
    jobs.command("job", "submit", "fraud-detector", "--parallelism", "2")
    try:
        with jobs.load(Plan(events=10_000, customers=500, seed=14), rate=100):
            # Two subtasks with counters of their own are one number, give or take the canary and a batch.
            prometheus.wait_for("abs(sum(streamflow_job_decisions:rate1m) - 100) < 5")
            prometheus.wait_for("abs(sum(rate(streamflow_decisions_total[1m])) - 100) < 5")
        assert len(prometheus.query("streamflow_job_decisions:rate1m")) == 3
        settle(jobs)
    finally:
        jobs.command("job", "stop", "fraud-detector")
        jobs.command("job", "submit", "fraud-detector", "--parallelism", "1")
    lows = prometheus.query("min_over_time(streamflow_job_decisions:rate1m[10m])")
    assert all(low >= 0 for _, low in lows)


def test_the_probe_goes_on_after_the_broker_was_away(prometheus: WatchedPrometheus, jobs: WarehouseJobs) -> None:
    settle(jobs)
    jobs.stack.kill("kafka")
    jobs.stack.wait_ready(["kafka"])
    jobs.await_running()
    before = answered(jobs)
    jobs.decide(jobs.payment("cust-after"))
    wait_until(lambda: answered(jobs) > before, "the probe counts on")
    prometheus.wait_for('streamflow_probe_up_to_date{source="kafka"} == 1')


def test_a_row_that_is_missing_in_postgresql_is_noticed_until_it_is_there(prometheus: WatchedPrometheus, jobs: WarehouseJobs) -> None:
    """The row is taken away while the writer's answer is young, so that the probe finds it missing at its first look."""
    settle(jobs)
    (decision,) = jobs.decide(jobs.payment("cust-robbed"))
    where = f"decision_id = '{decision['decision_id']}'"
    wait_until(lambda: len(jobs.table(DECISIONS, where)) == 1, "the row is there")
    with psycopg.connect(jobs.settings.local_stack().endpoints().postgres_dsn) as connection:
        connection.execute(f"CREATE TABLE public.robbed AS SELECT * FROM {DECISIONS.full_name} WHERE {where}")  # noqa: S608
        connection.execute(f"DELETE FROM {DECISIONS.full_name} WHERE {where}")  # noqa: S608
    wait_until(lambda: probe(jobs)["streamflow_store_missing_rows", "decisions"] == 1, "the probe misses the row")
    with psycopg.connect(jobs.settings.local_stack().endpoints().postgres_dsn) as connection:
        connection.execute(f"INSERT INTO {DECISIONS.full_name} SELECT * FROM public.robbed")  # noqa: S608
        connection.execute("DROP TABLE public.robbed")
    wait_until(lambda: probe(jobs)["streamflow_store_missing_rows", "decisions"] == 0, "the probe finds the row")


def test_alertmanager_gets_what_fires(prometheus: WatchedPrometheus, jobs: WarehouseJobs) -> None:
    url = f"{jobs.stack.endpoints().alertmanager}/api/v2/alerts"

    def names() -> set[str]:
        with urllib.request.urlopen(url, timeout=20) as response:  # noqa: S310 - our own http address
            return {alert["labels"]["alertname"] for alert in json.load(response)}

    wait_until(lambda: "Watchdog" in names(), "the Alertmanager has the watchdog's alert")
