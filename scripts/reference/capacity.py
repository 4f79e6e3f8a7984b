"""`docs/reference/capacity.md`: what a rate of payments takes, reckoned from measured figures and named assumptions."""

import math
from pathlib import Path
from typing import Any, Final, NamedTuple

from benchmarks import results
from benchmarks.results import RESULTS, Result
from scripts.reference.markdown import page, table
from streamflow.contracts.catalogue import ALERTS, RAW, SCORED
from streamflow.flink.settings import MAX_PARALLELISM

RATES: Final = (1_000, 10_000, 100_000, 1_000_000)
NAMES: Final = ("throughput", "engine", "warehouse", "dbt")
BUSY_RATIO: Final = 0.6
"""Share of a core that is planned with: the rest is for peaks, restarts and what has to be caught up."""

MEAN_RATIO: Final = 1 / 3
"""The mean rate of a day over that of its busiest time."""

REPLICAS: Final = 3
BROKER_CORES: Final = 4
DAILY_PAYMENTS: Final = 2.0
MOST_CUSTOMERS: Final = 2_000_000_000
POSTGRES_CORES: Final = 32
POSTGRES_BYTES: Final = 50e12
WAREHOUSE_DAYS: Final = 90
CHECKPOINTS: Final = 3
_DAY_SECONDS: Final = 86_400
_MICRO: Final = 1e-6


class Measured(NamedTuple):
    """What was measured, a decision: CPU in microseconds, sizes in bytes; times of two TaskManagers, or of one process.

    Parameters
    ----------
    detector_us, model_us : float
        Of the fraud-detector with a million customers, by rules; and what a model adds.
    broker_us, writer_us, postgres_us : float
        Of one broker without replicas, of the job that writes rows, and of PostgreSQL.
    raw_bytes, decision_bytes, alert_ratio : float
        Of records, and the share of alerts.
    state_bytes : float
        A customer, as a checkpoint holds it.
    row_bytes : float
        In bronze, silver and gold, indexes included.
    """

    detector_us: float
    model_us: float
    broker_us: float
    writer_us: float
    postgres_us: float
    raw_bytes: float
    decision_bytes: float
    alert_ratio: float
    state_bytes: float
    row_bytes: float


class Need(NamedTuple):
    """What a rate takes.

    Parameters
    ----------
    rate : int
        Payments a second, at the busiest time that is planned for.
    detectors, writers : int
        TaskManagers of one slot and one core, of the fraud-detector and of the transaction-processor.
    brokers : int
        Of four cores.
    topic_bytes, checkpoint_bytes, warehouse_bytes : float
        On disk: all replicas over the topics' retention; three checkpoints; 90 days of the warehouse.
    postgres_cores : float
        Busy with inserts alone.
    """

    rate: int
    detectors: int
    brokers: int
    writers: int
    topic_bytes: float
    checkpoint_bytes: float
    postgres_cores: float
    warehouse_bytes: float

    @property
    def beyond(self) -> str:
        """What StreamFlow does not do as it is, in words."""
        found = []
        if self.detectors > MAX_PARALLELISM:
            found.append(f"more than {MAX_PARALLELISM} TaskManagers")
        if self.postgres_cores > POSTGRES_CORES * BUSY_RATIO:
            found.append("one PostgreSQL cannot take every decision")
        if self.warehouse_bytes > POSTGRES_BYTES:
            found.append(f"one PostgreSQL holds {POSTGRES_BYTES / self.warehouse_bytes * WAREHOUSE_DAYS:.1f} days")
        return "; ".join(found) or "-"


def measured(folder: Path = RESULTS) -> Measured:
    """Return the figures of the last benchmarks."""
    throughput, engine, warehouse, dbt = (results.read(name, folder).figures for name in NAMES)
    rows = dbt["10000000"]
    written = warehouse["by_parallelism"]["1"]["cpu_microseconds_per_row"]
    detector = _of(throughput["customers_1000000"], "taskmanager")
    return Measured(
        detector_us=detector,
        model_us=engine["with_model_microseconds"]["median"] - engine["microseconds_per_event"]["median"],
        broker_us=_of(throughput["customers_1000000"], "kafka") + written["kafka"],
        writer_us=sum(cost for name, cost in written.items() if name.startswith("taskmanager")),
        postgres_us=written["postgres"],
        raw_bytes=engine["bytes_per_event"],
        decision_bytes=engine["bytes_per_decision"],
        alert_ratio=engine["alerts"] / engine["decisions"],
        state_bytes=throughput["customers_1000000"]["state_bytes"] / 1_000_000,
        row_bytes=sum(rows["bytes"].values()) / rows["decisions"],
    )


def need(rate: int, found: Measured) -> Need:
    """Return what a rate takes."""
    daily_payments = rate * MEAN_RATIO * _DAY_SECONDS
    customers = min(daily_payments / DAILY_PAYMENTS, MOST_CUSTOMERS)
    kept_bytes = (
        found.raw_bytes * (RAW.retention_days or 0)
        + found.decision_bytes * (SCORED.retention_days or 0)
        + found.decision_bytes * found.alert_ratio * (ALERTS.retention_days or 0)
    )
    return Need(
        rate=rate,
        detectors=_cores(rate, found.detector_us + found.model_us),
        # A follower does about what a leader does with a record.
        brokers=max(REPLICAS, math.ceil(_cores(rate, found.broker_us * REPLICAS) / BROKER_CORES)),
        writers=_cores(rate, found.writer_us),
        topic_bytes=daily_payments * kept_bytes * REPLICAS,
        checkpoint_bytes=customers * found.state_bytes * CHECKPOINTS,
        postgres_cores=rate * found.postgres_us * _MICRO,
        warehouse_bytes=daily_payments * WAREHOUSE_DAYS * found.row_bytes,
    )


def capacity_pages(folder: Path = RESULTS) -> dict[str, str]:
    """Return the page by its path in the checkout; none where something was not measured."""
    if not all((folder / f"{name}.json").exists() for name in NAMES):
        return {}
    found = measured(folder)
    where: Result = results.read("throughput", folder)
    text = page(
        "Capacity",
        f"What a rate of payments takes at its busiest, reckoned from `benchmarks/results` ({where.machine.cores} cores of "
        f"{where.machine.cpu}, {where.date[:10]}) by `scripts/reference/capacity.py`. Nothing above some 40 000 a second was ever run: "
        "what is beyond is arithmetic. Measure your own: `make bench`.",
        table(
            (
                "payments a second",
                "TaskManagers of the fraud-detector",
                "brokers of four cores",
                "TaskManagers of the transaction-processor",
                "topics on disk",
                "checkpoints",
                "PostgreSQL's cores for inserts",
                f"warehouse, {WAREHOUSE_DAYS} days",
                "what it cannot do as it is",
            ),
            [_row(need(rate, found)) for rate in RATES],
        ),
        "## From what",
        table(("figure", "measured"), _figures(found)),
        "## Assumptions",
        f"""- A core is planned to be busy for {BUSY_RATIO:.0%}: the rest is for peaks, restarts and what has to be caught up.
- The mean rate of a day is a third of that of its busiest time; disks are for the mean, processes for the busiest.
- A TaskManager has one slot, one core and 1.5 GiB; twice as many take twice as many payments. Measured with two on one machine only.
- Partitions of `transactions.raw`: at least as many as TaskManagers of the fraud-detector. `flink.buckets` is part of the state's
  layout and has to be at least as large ([ADR 3](../adr/0003-keys-and-buckets.md)): choose both for the coming years.
- {REPLICAS} replicas of each record, uncompressed, for the topics' retention. A replica costs a broker what the first one does.
- A customer pays {DAILY_PAYMENTS:g} times a day, and there are at most {MOST_CUSTOMERS:,} of them.
- {CHECKPOINTS} checkpoints, none of which shares a file with another; incremental ones do.
- The warehouse keeps {WAREHOUSE_DAYS} days, indexes included, without free space and replicas. One PostgreSQL has {POSTGRES_CORES} cores
  and {POSTGRES_BYTES / 1e12:.0f} TB; what is more has to be thinned out, or to go elsewhere by a job of your own.""",
    )
    return {"docs/reference/capacity.md": text}


def size(amount: float) -> str:
    """Return bytes for people.

    Examples
    --------
    >>> size(3e9), size(2.5e12), size(4.2e15)
    ('3.0 GB', '2.5 TB', '4.2 PB')
    """
    for unit, factor in (("PB", 1e15), ("TB", 1e12)):
        if amount >= factor:
            return f"{amount / factor:.1f} {unit}"
    return f"{amount / 1e9:.1f} GB"


def _row(found: Need) -> tuple[str, ...]:
    return (
        f"{found.rate:,}",
        f"{found.detectors}",
        f"{found.brokers}",
        f"{found.writers}",
        size(found.topic_bytes),
        size(found.checkpoint_bytes),
        f"{found.postgres_cores:.1f}",
        size(found.warehouse_bytes),
        found.beyond,
    )


def _figures(found: Measured) -> list[tuple[str, str]]:
    return [
        ("fraud-detector, a decision with a million customers", f"{found.detector_us:.1f} us"),
        ("what a model adds", f"{found.model_us:.1f} us"),
        ("broker, a decision in and out, and read again by the writer", f"{found.broker_us:.1f} us"),
        ("transaction-processor, a row", f"{found.writer_us:.1f} us"),
        ("PostgreSQL, a row", f"{found.postgres_us:.1f} us"),
        ("record, decision", f"{found.raw_bytes:.0f}, {found.decision_bytes:.0f} bytes"),
        ("share of alerts", f"{found.alert_ratio:.2%}"),
        ("state of a customer", f"{found.state_bytes:.0f} bytes"),
        ("a decision in bronze, silver and gold", f"{found.row_bytes:.0f} bytes"),
    ]


def _of(figures: dict[str, Any], process: str) -> float:
    """Return the CPU of processes whose names begin so."""
    return float(sum(cost for name, cost in figures["cpu_microseconds_by_process"].items() if name.startswith(process)))


def _cores(rate: float, microseconds: float) -> int:
    return max(1, math.ceil(rate * microseconds * _MICRO / BUSY_RATIO))
