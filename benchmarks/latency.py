"""From the moment a record is due to the moment a consumer sees its decision, at a fixed rate."""

import multiprocessing
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from confluent_kafka import Consumer, Producer, TopicPartition

from benchmarks.cluster import ALL, Cluster, checkpoint_interval_ms, running
from benchmarks.machine import calibrate
from benchmarks.results import Result, make
from benchmarks.statistics import percentile
from streamflow.contracts.catalogue import RAW, SCORED
from streamflow.contracts.errors import StreamFlowError
from streamflow.simulate import Plan, batches
from streamflow.simulate.plan import DAY_MS, DEFAULT_START_MS

DRAIN_SECONDS: Final = 30.0
START_DELAY_SECONDS: Final = 1.0
LEAST_SLEEP_SECONDS: Final = 0.0002
PRODUCER_LINGER_MS: Final = 1
HISTORY_DAYS: Final = 30
PERCENTILES: Final = {"p50_ms": 50.0, "p99_ms": 99.0, "p999_ms": 99.9, "max_ms": 100.0}


class _Identity(msgspec.Struct):
    transaction_id: str

    @property
    def number(self) -> int:
        """Place of the record in the traffic."""
        return int(self.transaction_id.rpartition("-")[2])


def bench(
    directory: Path,
    rates: tuple[int, ...] = (1_000, 5_000),
    seconds: int = 30,
    warm_up_seconds: int = 20,
    customers: int = 20_000,
    overrides: dict[str, str] | None = None,
) -> Result:
    """Measure the latency of the job on a stack of its own.

    Parameters
    ----------
    directory : Path
        For the stack's data; deleted in the end.
    rates : tuple of int
        Events a second, one after the other on one running job.
    seconds, warm_up_seconds : int
        How long each rate is measured, and how long it flows before that; the first warm-up is at the highest rate and twice as long.
    customers : int
        How many pay.
    overrides : dict, optional
        `section.key` and value of settings that differ from the defaults.
    """
    calibration = calibrate()
    figures: dict[str, Any] = {}
    with running(directory) as cluster:
        cluster.renew_topics(*ALL)
        with cluster.job(1, overrides or {}) as job_id:
            _measure(cluster, max(rates), 0, 2 * warm_up_seconds, customers, seed=0)
            for place, rate in enumerate(rates):
                figures[f"rate_{rate}"] = _measure(cluster, rate, warm_up_seconds, seconds, customers, seed=1 + place)
            cluster.require_healthy(job_id)
    parameters = {
        "rates": rates,
        "seconds": seconds,
        "warm_up_seconds": warm_up_seconds,
        "customers": customers,
        "checkpoint_interval_ms": checkpoint_interval_ms(overrides or {}),
        "producer_linger_ms": PRODUCER_LINGER_MS,
        "overrides": overrides or {},
    }
    return make("latency", calibration, parameters, figures)


def _measure(cluster: Cluster, rate: int, warm_up_seconds: int, seconds: int, customers: int, seed: int) -> dict[str, Any]:
    events, first = rate * (warm_up_seconds + seconds), rate * warm_up_seconds
    consumer = _consumer_at_end(cluster.kafka)
    # A process of its own: in this one the consumer would hold up the generator's schedule.
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    generator = context.Process(target=generate, args=(theirs, cluster.kafka, rate, events, customers, seed))
    generator.start()
    try:
        seen = np.full(events, np.nan)
        _collect(consumer, seen, rate)
        if not ours.poll(DRAIN_SECONDS):
            raise StreamFlowError("the generator did not end", expected=f"{events} records sent")
        due, handed_over = ours.recv()
    finally:
        consumer.close()
        generator.join(DRAIN_SECONDS)
    return {"records": events - first, **figures_of(due[first:], handed_over[first:], seen[first:])}


def figures_of(due: "np.ndarray[Any, Any]", handed_over: "np.ndarray[Any, Any]", seen: "np.ndarray[Any, Any]") -> dict[str, float]:
    """Return the latency figures of records by when each was due, was handed to the producer, and was seen decided.

    Examples
    --------
    >>> figures_of(np.array([0.0, 1.0]), np.array([0.0, 1.001]), np.array([0.010, 1.020]))["p99_ms"]
    20.0
    """
    latency_ms = sorted(((seen - due) * 1000).tolist())
    lateness_ms = sorted(((handed_over - due) * 1000).tolist())
    sending_ms = sorted(((seen - handed_over) * 1000).tolist())
    return {
        "achieved_rate": round((len(due) - 1) / float(handed_over[-1] - handed_over[0]), 1),
        **{name: round(percentile(latency_ms, percent), 1) for name, percent in PERCENTILES.items()},
        "from_producer_p50_ms": round(percentile(sending_ms, 50), 1),
        "from_producer_p99_ms": round(percentile(sending_ms, 99), 1),
        "generator_lateness_p99_ms": round(percentile(lateness_ms, 99), 1),
        "generator_lateness_max_ms": round(lateness_ms[-1], 1),
    }


def _consumer_at_end(kafka: dict[str, str]) -> Consumer:
    consumer = Consumer({**kafka, "group.id": "benchmarks", "isolation.level": "read_committed", "enable.auto.commit": False})
    partitions = [TopicPartition(SCORED.name, number) for number in range(SCORED.partitions)]
    for place in partitions:
        place.offset = consumer.get_watermark_offsets(place)[1]
    consumer.assign(partitions)
    return consumer


def _collect(consumer: Consumer, seen: "np.ndarray[Any, Any]", rate: int) -> None:
    """Note when each decision is seen for the first time, until all are."""
    decode = msgspec.json.Decoder(_Identity).decode
    deadline = time.monotonic() + len(seen) / rate + 2 * DRAIN_SECONDS
    missing = len(seen)
    while missing:
        message = consumer.poll(0.1)
        now = time.monotonic()
        if now > deadline:
            raise StreamFlowError("decisions are missing", expected=str(len(seen)), got=str(len(seen) - missing))
        if message is None or message.error() is not None:
            continue
        number = decode(message.value() or b"").number
        if np.isnan(seen[number]):
            seen[number] = now
            missing -= 1


def generate(answer: Connection, kafka: dict[str, str], rate: int, events: int, customers: int, seed: int) -> None:
    """Send sound records on a schedule that waits for nobody, and answer with when each was due and was handed over.

    The clock is the machine's monotonic one, which all processes share.
    """
    records: list[tuple[bytes | None, bytes | None]] = []
    # Each after the one before, or its events would all be late.
    start_ms = DEFAULT_START_MS + seed * HISTORY_DAYS * DAY_MS
    for batch in batches(Plan(events=events, customers=customers, seed=seed, days=HISTORY_DAYS, start_ms=start_ms)):
        records += zip(*batch.records(), strict=True)
    producer = Producer({**kafka, "linger.ms": PRODUCER_LINGER_MS, "partitioner": "murmur2_random", "acks": "all"})
    producer.list_topics(RAW.name)
    handed_over = np.empty(events)
    start = time.monotonic() + START_DELAY_SECONDS
    for number, (key, value) in enumerate(records):
        due = start + number / rate
        while (now := time.monotonic()) < due:
            producer.poll(0)
            time.sleep(max(due - now, LEAST_SLEEP_SECONDS))
        producer.produce(RAW.name, value, key)
        handed_over[number] = time.monotonic()
    if producer.flush(DRAIN_SECONDS):
        raise StreamFlowError("the broker did not take every record")
    answer.send((start + np.arange(events) / rate, handed_over))
