"""Kafka to Kafka: how many decisions a second the whole path makes on one machine."""

import time
from pathlib import Path
from typing import Any, Final

import msgspec
from confluent_kafka import Consumer, TopicPartition

from benchmarks.cluster import ALL, OUTPUTS, POLL_SECONDS, Cluster, Ends, checkpoint_interval_ms, running
from benchmarks.cpu import CpuTimes, cpu_times
from benchmarks.machine import calibrate
from benchmarks.results import Result, make
from benchmarks.statistics import Sample, rate, spread, steady_window
from streamflow.contracts.catalogue import RAW, SCORED
from streamflow.contracts.errors import StreamFlowError
from streamflow.control.model_versions import push_model
from streamflow.control.shipped import ShippedModel, shipped_model
from streamflow.simulate import Plan, batches
from streamflow.simulate.topic import TopicWriter

STALL_SECONDS: Final = 120.0
BYTES_READ: Final = 2_000
"""Decisions that are read back to weigh them."""


class Run(msgspec.Struct, frozen=True):
    """One run of the job over the records that lay ready."""

    customers: int
    model: str | None
    parallelism: int
    decisions_per_second: float
    steady_seconds: float
    steady_decisions: int
    start_seconds: float
    cpu_microseconds_per_decision: float
    cpu_microseconds_by_process: dict[str, float]
    cpu_share_by_thread: dict[str, dict[str, float]]
    other_work_cores: float
    resident_mib: int
    checkpoints: dict[str, Any]


def bench(
    directory: Path,
    events: int = 2_000_000,
    customers: tuple[int, ...] = (20_000, 1_000_000),
    parallelisms: tuple[int, ...] = (1, 2),
    repeats: int = 3,
    overrides: dict[str, str] | None = None,
) -> Result:
    """Measure the job on a stack of its own.

    The first run is not counted: in it the JVMs of broker and TaskManagers, which stay, compile what they run.

    Parameters
    ----------
    directory : Path
        For the stack's data; deleted in the end.
    events : int
        Records that lie ready in the raw topic.
    customers, parallelisms : tuple of int
        Which sizes are measured; each with each.
    repeats : int
        How often, with fresh state each time.
    overrides : dict, optional
        `section.key` and value of settings that differ from the defaults.
    """
    calibration = calibrate()
    runs: list[Run] = []
    preload_rates, decision_bytes = [], 0.0
    with running(directory, max(parallelisms)) as cluster:
        # The size that is measured with the model too comes last, because a model stays in the control topic.
        for count in reversed(customers):
            cluster.renew_topics(*ALL)
            sent = TopicWriter(cluster.kafka, labels_topic=None).send(batches(Plan(events=events, customers=count)))
            preload_rates.append(sent.events_per_second)
            # One size only: what a model costs does not depend on how many customers there are.
            for model in (None, shipped_model()) if count == customers[0] else (None,):
                warm_up = () if runs else (max(parallelisms),)
                for parallelism in (*warm_up, *parallelisms * repeats):
                    runs.append(_run(cluster, events, count, parallelism, overrides or {}, model))
                    decision_bytes = _mean_bytes(cluster)
                    cluster.renew_topics(*(topic for topic in ALL if topic is not RAW))
                del runs[: len(warm_up)]
    figures: dict[str, Any] = {}
    for count in customers:
        figures[f"customers_{count}"] = _summary([run for run in runs if run.customers == count and run.model is None], parallelisms)
    figures["with_model"] = _summary([run for run in runs if run.model is not None], parallelisms)
    figures |= {"bytes_per_decision": round(decision_bytes), "preload_events_per_second": round(min(preload_rates)), "runs": runs}
    parameters = {
        "events": events,
        "customers": customers,
        "parallelisms": parallelisms,
        "repeats": repeats,
        "checkpoint_interval_ms": checkpoint_interval_ms(overrides or {}),
        "overrides": overrides or {},
    }
    return make("throughput", calibration, parameters, figures)


def _run(cluster: Cluster, events: int, customers: int, parallelism: int, overrides: dict[str, str], model: ShippedModel | None) -> Run:
    cluster.forget_offsets()
    if model is not None:
        push_model(cluster.kafka, model.files, [model.trusted_key])
        overrides = {**overrides, "model.trusted_keys": model.trusted_key}
    ends = Ends(cluster.kafka)
    samples: list[Sample] = []
    cpu: list[CpuTimes] = []
    submitted = time.monotonic()
    first_seen = 0.0
    with cluster.job(parallelism, overrides) as job_id:
        pids = cluster.pids()
        changed = time.monotonic()
        while not samples or samples[-1].done < events:
            now = time.monotonic()
            done = ends.total(OUTPUTS)
            if done and not first_seen:
                first_seen = now
            if not samples or done > samples[-1].done:
                changed = now
                samples.append(Sample(now, done))
                cpu.append(cpu_times(pids))
            elif now - changed > STALL_SECONDS:
                cluster.require_healthy(job_id)
                raise StreamFlowError("the job does not go on", expected=f"{events} decisions", got=str(done))
            time.sleep(POLL_SECONDS)
        cluster.require_healthy(job_id)
        checkpoints = cluster.checkpoints(job_id)
        resident_mib = cluster.resident_bytes() // 2**20
    ends.close()
    begin, end = steady_window(samples, events)
    decisions = samples[end].done - samples[begin].done
    seconds = samples[end].seconds - samples[begin].seconds
    by_process = {name: cpu[end].processes[name] - cpu[begin].processes[name] for name in pids}
    ours = sum(by_process.values())
    machine = cpu[end].machine - cpu[begin].machine
    return Run(
        customers=customers,
        model=None if model is None else model.name,
        parallelism=parallelism,
        decisions_per_second=round(rate(samples[begin], samples[end])),
        steady_seconds=round(seconds, 1),
        steady_decisions=decisions,
        start_seconds=round(first_seen - submitted, 1),
        cpu_microseconds_per_decision=round(ours / decisions * 1e6, 1),
        cpu_microseconds_by_process={name: round(used / decisions * 1e6, 1) for name, used in by_process.items()},
        cpu_share_by_thread={name: _shares(cpu[begin], cpu[end], name) for name in pids if by_process[name] > ours / 10},
        other_work_cores=round(max(0.0, machine - ours) / seconds, 2),
        resident_mib=resident_mib,
        checkpoints=checkpoints,
    )


def _shares(begin: CpuTimes, end: CpuTimes, process: str) -> dict[str, float]:
    """Return which part of a process's time each kind of its threads took, the large ones."""
    used = {kind: seconds - begin.threads[process].get(kind, 0.0) for kind, seconds in end.threads[process].items()}
    total = sum(used.values()) or 1.0
    return {kind: round(seconds / total, 3) for kind, seconds in sorted(used.items(), key=lambda pair: -pair[1]) if seconds / total >= 0.01}


def _summary(runs: list[Run], parallelisms: tuple[int, ...]) -> dict[str, Any]:
    """Return the figures of the parallelism whose median is the best, and the medians of all."""
    medians = {
        str(parallelism): spread([run.decisions_per_second for run in runs if run.parallelism == parallelism])
        for parallelism in parallelisms
    }
    best = max(medians, key=lambda name: medians[name].median)
    of_best = sorted((run for run in runs if str(run.parallelism) == best), key=lambda run: run.decisions_per_second)
    middle = of_best[len(of_best) // 2]
    return {
        "decisions_per_second": medians[best],
        "parallelism": int(best),
        "decisions_per_second_by_parallelism": medians,
        "start_seconds": spread([run.start_seconds for run in of_best]),
        "cpu_microseconds_per_decision": spread([run.cpu_microseconds_per_decision for run in of_best]),
        "cpu_microseconds_by_process": middle.cpu_microseconds_by_process,
        "cpu_share_by_thread": middle.cpu_share_by_thread,
        "other_work_cores": spread([run.other_work_cores for run in of_best]),
        "resident_mib": max(run.resident_mib for run in runs),
        "state_bytes": middle.checkpoints["state_bytes"],
    }


def _mean_bytes(cluster: Cluster) -> float:
    consumer = Consumer({**cluster.kafka, "group.id": "benchmarks", "auto.offset.reset": "earliest"})
    consumer.assign([TopicPartition(SCORED.name, 0, 0)])
    sizes = [len(message.value() or b"") for message in consumer.consume(BYTES_READ, timeout=10) if message.error() is None]
    consumer.close()
    return sum(sizes) / len(sizes)
