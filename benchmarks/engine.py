"""The engine alone: bytes to bytes, one core, no Kafka and no Flink."""

import gc
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import count
from typing import Any, Final, TypeVar

from benchmarks.machine import calibrate
from benchmarks.results import Result, make
from benchmarks.statistics import percentile, spread
from streamflow.contracts.catalogue import RAW
from streamflow.contracts.record import Record
from streamflow.control.documents import fixed_control
from streamflow.control.shipped import shipped_model
from streamflow.engine import Decided, Engine, MemoryStates
from streamflow.score.control import ControlLog
from streamflow.score.features import Observation, observe
from streamflow.score.model import read_model
from streamflow.score.scorer import judge
from streamflow.score.state import NEW_STATE
from streamflow.simulate import Plan, batches
from streamflow.validate import ValidTransaction

PARTITION_STRIDE: Final = 4
WARM_UP_SHARE: Final = 0.1
CHUNK: Final = 256
"""Events that are timed together: as many as the job's batches hold at most."""

QUIET_PERCENT: Final = 10
"""Which of the chunks, in ascending order, stands for a machine that nobody else disturbs."""

STAGES: Final = (
    "microseconds_per_event",
    "validate_microseconds",
    "observe_microseconds",
    "rules_microseconds",
    "route_and_encode_microseconds",
)

T = TypeVar("T")


def records(events: int, customers: int) -> list[Record]:
    """Return simulated records as the job would get them; a customer's stay in one partition."""
    found: list[Record] = []
    for batch in batches(Plan(events=events, customers=customers)):
        keys, values = batch.records()
        for key, value, timestamp_ms in zip(keys, values, batch.timestamps_ms(), strict=True):
            partition = len(key or b"") and (key or b"")[-1] % PARTITION_STRIDE
            found.append(Record(RAW.name, partition, len(found), timestamp_ms, key, value))
    return found


def bench(events: int = 200_000, customers: int = 20_000, repeats: int = 5) -> Result:
    """Measure the engine; times are CPU time of this process.

    Parameters
    ----------
    events, customers : int
        Size of the simulated traffic.
    repeats : int
        How often everything is measured anew, with fresh states.
    """
    calibration = calibrate()
    traffic = records(events, customers)
    control = fixed_control()
    valid = [item for record in traffic if isinstance(item := Engine(control).validate(record), ValidTransaction)]
    gc.collect()
    gc.freeze()  # the job holds no hundred thousand records that a collection would walk through
    series: dict[str, list[float]] = {name: [] for name in STAGES}
    quiet: list[float] = []
    with_model: list[float] = []
    shipped = shipped_model()
    model = read_model(shipped.files, [bytes.fromhex(shipped.trusted_key)])
    states, sizes, alerts = MemoryStates(), [0], 0
    for _ in range(repeats):
        states, engine = MemoryStates(), Engine(control)
        whole = _chunk_means(traffic, partial(_process, engine, states))
        scored = _score_chunk_means(valid, control)
        checked = _mean(_chunk_means(traffic, partial(_validate, engine)))
        quiet.append(percentile(sorted(whole), QUIET_PERCENT))
        with_model.append(_mean(_chunk_means(traffic, partial(_process, Engine(fixed_control(model=model)), MemoryStates()))))
        parts = (_mean(whole), checked, *map(_mean, scored))
        for name, value in zip(STAGES, (*parts, parts[0] - sum(parts[1:])), strict=True):
            series[name].append(value)
    gc.unfreeze()
    states, engine = MemoryStates(), Engine(control)
    answers = [answer for record in traffic if isinstance(answer := engine.process(record, states), Decided)]
    sizes, alerts = [len(answer.value) for answer in answers], sum(answer.is_alert for answer in answers)
    figures: dict[str, Any] = {
        **{name: spread(values) for name, values in series.items()},
        "quiet_microseconds_per_event": spread(quiet),
        "with_model_microseconds": spread(with_model),
        "decisions": len(sizes),
        "alerts": alerts,
        "bytes_per_event": round(sum(len(record.value or b"") for record in traffic) / len(traffic)),
        "bytes_per_decision": round(sum(sizes) / len(sizes)),
        "bytes_per_state": round(sum(map(len, states.values())) / len(states)),
        "largest_state_bytes": max(map(len, states.values())),
    }
    return make("engine", calibration, {"events": events, "customers": customers, "repeats": repeats}, figures)


def _process(engine: Engine, states: MemoryStates, chunk: Sequence[Record]) -> None:
    for record in chunk:
        engine.process(record, states)


def _validate(engine: Engine, chunk: Sequence[Record]) -> None:
    for record in chunk:
        engine.validate(record)


def _chunk_means(items: Sequence[T], work: Callable[[Sequence[T]], None]) -> list[float]:
    """Return what an item costs in each chunk, in microseconds of CPU time; the first chunks are left out."""
    means = []
    for start in range(0, len(items) - CHUNK + 1, CHUNK):
        chunk = items[start : start + CHUNK]
        begin = time.process_time_ns()
        work(chunk)
        means.append((time.process_time_ns() - begin) / 1000 / CHUNK)
    return means[int(len(means) * WARM_UP_SHARE) :]


def _score_chunk_means(valid: Sequence[ValidTransaction], control: ControlLog) -> tuple[list[float], list[float]]:
    """Return what the state and the features cost an event, and what the rules do."""
    controls = control.active_at(0)
    rates = controls.rules.rates
    states: dict[str, bytes] = {}
    rule_means: list[float] = []
    numbers = count()

    def observe_and_judge(chunk: Sequence[ValidTransaction]) -> None:
        observed = []
        for item in chunk:
            number = next(numbers)  # no payment is a repeat
            customer_id = item.transaction.customer_id
            rate = rates.get(item.transaction.currency)
            state = states.get(customer_id, NEW_STATE)
            seen = observe(item, state, (number, number), rate, controls.lists, controls.risk, item.event_time_ms)
            if isinstance(seen, Observation):
                states[customer_id] = seen.learnt(0, 0)
                observed.append(seen)
        begin = time.process_time_ns()
        for seen in observed:
            judge(seen, controls)
        rule_means.append((time.process_time_ns() - begin) / 1000 / len(chunk))

    both = _chunk_means(valid, observe_and_judge)
    rules = rule_means[-len(both) :]
    return [whole - part for whole, part in zip(both, rules, strict=True)], rules


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
