"""Kafka to PostgreSQL: how many decisions a second become rows, and how long after it was made a decision is one."""

import time
from pathlib import Path
from typing import Any, Final

import msgspec
import psutil
import psycopg
from confluent_kafka import Producer

from benchmarks.cluster import ALL, POLL_SECONDS, Cluster
from benchmarks.cpu import CpuTimes, cpu_times
from benchmarks.machine import calibrate
from benchmarks.results import Result, make
from benchmarks.statistics import Sample, percentile, rate, spread, steady_window
from streamflow.contracts.catalogue import FRAUD_DETECTOR, SCORED, TRANSACTION_PROCESSOR
from streamflow.contracts.errors import StreamFlowError
from streamflow.contracts.record import Record
from streamflow.contracts.tables import DECISIONS, MIGRATOR
from streamflow.control.documents import fixed_control
from streamflow.engine import Decided, Engine, MemoryStates
from streamflow.jobs import cancel, submit
from streamflow.kafka.reading import read_to_end
from streamflow.settings import Options, Settings
from streamflow.simulate import Plan, batches
from streamflow.simulate.topic import TopicWriter
from streamflow.store.migrations import migrate

STALL_SECONDS: Final = 120.0
PERCENTILES: Final = {"lag_p50_ms": 50.0, "lag_p99_ms": 99.0, "lag_max_ms": 100.0}
SETTLE_SECONDS: Final = 10.0
"""How long the jobs warm up before the lag counts."""


class Run(msgspec.Struct, frozen=True):
    """One run of the job over the decisions that lay ready."""

    parallelism: int
    rows_per_second: float
    steady_seconds: float
    cpu_microseconds_per_row: dict[str, float]
    other_work_cores: float
    resident_mib: int


class Warehouse:
    """A cluster with PostgreSQL beside it."""

    def __init__(self, directory: Path, taskmanagers: int, overrides: dict[str, str]) -> None:
        self._values = {"stack.directory": str(directory), **overrides}
        self.settings = self.settings_with({})
        self.cluster = Cluster(directory)
        self.cluster.up(taskmanagers)
        self.cluster.stack.up(["postgres"])
        migrate(self.settings.postgres_dsn(MIGRATOR), self.settings.liquibase())
        self.connection = psycopg.connect(self.settings.postgres_dsn(), autocommit=True)

    def settings_with(self, values: dict[str, str]) -> Settings:
        """Return the settings with `section.key` and value of some that differ."""
        return Settings.load(Options(values={**self._values, **values}), {})

    def empty(self) -> None:
        """Delete every row of bronze's decisions, and let PostgreSQL forget what it counted."""
        self.connection.execute("TRUNCATE bronze.decisions, bronze.alerts")
        self.connection.execute("SELECT pg_stat_reset()")

    def inserted(self) -> int:
        """Return how many rows of decisions PostgreSQL has counted; cheaper than counting them."""
        query = (
            "SELECT coalesce(sum(n_tup_ins), 0)::bigint FROM pg_stat_all_tables WHERE schemaname = 'bronze' AND relname LIKE 'decisions%'"
        )
        ((count,),) = self.connection.execute(query).fetchall()
        return int(count)

    def pids(self) -> dict[str, list[int]]:
        """Return the processes that do the work; PostgreSQL's backends are children of its own."""
        found = {}
        for name, pid in self.cluster.pids().items():
            found[name] = [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]
        return found


def bench(
    directory: Path,
    events: int = 500_000,
    lag_rate: int = 1_000,
    lag_seconds: int = 30,
    parallelisms: tuple[int, ...] = (1, 2),
    repeats: int = 3,
    overrides: dict[str, str] | None = None,
) -> Result:
    """Measure the transaction-processor on a stack of its own.

    Parameters
    ----------
    directory : Path
        For the stack's data; deleted in the end.
    events : int
        Decisions that lie ready in the topic.
    lag_rate, lag_seconds : int
        Payments a second and for how long, decided by the fraud-detector while both jobs run.
    parallelisms : tuple of int
        Of the job, when the rows a second are measured; the lag is measured as the settings say.
    repeats : int
        How often the rows a second are measured, into empty tables each time.
    overrides : dict, optional
        `section.key` and value of settings that differ from the defaults.
    """
    calibration = calibrate()
    # The lag takes two: the fraud-detector and the writer.
    warehouse = Warehouse(directory, max(2, *parallelisms), overrides or {})
    try:
        warehouse.cluster.renew_topics(*ALL)
        decisions = _preload(warehouse, events)
        runs = [_run(warehouse, decisions, parallelism) for parallelism in parallelisms * repeats]
        lags = _lags(warehouse, lag_rate, lag_seconds)
    finally:
        warehouse.connection.close()
        warehouse.cluster.stack.down(purge=True)
    figures: dict[str, Any] = {
        "by_parallelism": {
            str(parallelism): _summary([run for run in runs if run.parallelism == parallelism]) for parallelism in parallelisms
        },
        "lag_rows": len(lags),
        **{name: round(percentile(lags, percent)) for name, percent in PERCENTILES.items()},
        "runs": runs,
    }
    parameters = {
        "decisions": decisions,
        "lag_rate": lag_rate,
        "lag_seconds": lag_seconds,
        "parallelisms": parallelisms,
        "repeats": repeats,
        "checkpoint_interval_ms": warehouse.settings.flink.checkpoint_interval_ms,
        "batch_rows": warehouse.settings.store.batch_rows,
        "batch_ms": warehouse.settings.store.batch_ms,
        "overrides": overrides or {},
    }
    return make("warehouse", calibration, parameters, figures)


def _summary(runs: list[Run]) -> dict[str, Any]:
    names = runs[0].cpu_microseconds_per_row
    return {
        "rows_per_second": spread([run.rows_per_second for run in runs]),
        "cpu_microseconds_per_row": {name: spread([run.cpu_microseconds_per_row[name] for run in runs]).median for name in names},
        "other_work_cores": spread([run.other_work_cores for run in runs]),
        "resident_mib": max(run.resident_mib for run in runs),
    }


def _preload(warehouse: Warehouse, events: int) -> int:
    """Write decisions of simulated payments, and return how many."""
    engine, states = Engine(fixed_control()), MemoryStates()
    producer = Producer({**warehouse.cluster.kafka, "linger.ms": 5, "compression.type": "lz4", "queue.buffering.max.messages": 1_000_000})
    count = offset = 0
    for batch in batches(Plan(events=events, customers=20_000)):
        for key, value in zip(*batch.records(), strict=True):
            answer = engine.process(Record("transactions.raw", 0, offset, int(time.time() * 1000), key, value), states)
            offset += 1
            if isinstance(answer, Decided):
                producer.produce(SCORED.name, answer.value, answer.key)
                count += 1
        producer.poll(0)
    if producer.flush(60):
        raise StreamFlowError("the broker did not take all decisions")
    return count


def _run(warehouse: Warehouse, decisions: int, parallelism: int) -> Run:
    settings = warehouse.settings_with({"store.parallelism": str(parallelism)})
    warehouse.cluster.forget_offsets(TRANSACTION_PROCESSOR)
    warehouse.empty()
    samples: list[Sample] = []
    cpu: list[CpuTimes] = []
    submit(settings, TRANSACTION_PROCESSOR, start_from="nothing")
    try:
        pids = {f"{name}/{pid}": pid for name, family in warehouse.pids().items() for pid in family}
        changed = time.monotonic()
        while not samples or samples[-1].done < decisions:
            now, done = time.monotonic(), warehouse.inserted()
            if not samples or done > samples[-1].done:
                changed = now
                samples.append(Sample(now, done))
                cpu.append(cpu_times({name: pid for name, pid in pids.items() if _lives(pid)}))
            elif now - changed > STALL_SECONDS:
                raise StreamFlowError("the job does not go on", expected=f"{decisions} rows", got=str(done))
            time.sleep(POLL_SECONDS)
        resident_mib = warehouse.cluster.resident_bytes() // 2**20
    finally:
        cancel(settings, TRANSACTION_PROCESSOR)
    begin, end = steady_window(samples, decisions)
    rows, seconds = samples[end].done - samples[begin].done, samples[end].seconds - samples[begin].seconds
    used: dict[str, float] = {}
    for name, after in cpu[end].processes.items():
        component = name.partition("/")[0]
        used[component] = used.get(component, 0.0) + after - cpu[begin].processes.get(name, after)
    return Run(
        parallelism=parallelism,
        rows_per_second=round(rate(samples[begin], samples[end])),
        steady_seconds=round(seconds, 1),
        cpu_microseconds_per_row={name: round(1e6 * share / rows, 1) for name, share in used.items()},
        other_work_cores=round((cpu[end].machine - cpu[begin].machine - sum(used.values())) / seconds, 2),
        resident_mib=resident_mib,
    )


def _lives(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def _lags(warehouse: Warehouse, events_per_second: int, seconds: int) -> list[float]:
    """Return how many milliseconds after the producer wrote a decision its row was there, in ascending order."""
    warehouse.cluster.renew_topics(*ALL)
    for job in (FRAUD_DETECTOR, TRANSACTION_PROCESSOR):
        warehouse.cluster.forget_offsets(job)
    warehouse.empty()
    submit(warehouse.settings, FRAUD_DETECTOR, start_from="nothing")
    submit(warehouse.settings, TRANSACTION_PROCESSOR, start_from="nothing")
    begin = time.time() + SETTLE_SECONDS
    events = int(events_per_second * (seconds + SETTLE_SECONDS))
    TopicWriter(warehouse.cluster.kafka, labels_topic=None, rate=events_per_second).send(batches(Plan(events=events, customers=20_000)))
    deadline = time.monotonic() + STALL_SECONDS
    # Every payment is valid and becomes one row; only then does the topic hold all that there are.
    while (there := warehouse.inserted()) < events:
        if time.monotonic() > deadline:
            raise StreamFlowError("rows are missing", expected=str(events), got=str(there))
        time.sleep(POLL_SECONDS)
    written: dict[str, int] = {}
    for record in read_to_end(warehouse.cluster.kafka, SCORED.name):
        written.setdefault(msgspec.json.decode(record.value or b"")["decision_id"], record.timestamp_ms)
    rows = warehouse.connection.execute(f"SELECT decision_id::text, loaded_at FROM {DECISIONS.full_name}").fetchall()  # noqa: S608
    for job in (FRAUD_DETECTOR, TRANSACTION_PROCESSOR):
        cancel(warehouse.settings, job)
    return sorted(
        loaded_at.timestamp() * 1000 - written[decision_id] for decision_id, loaded_at in rows if written[decision_id] >= begin * 1000
    )
