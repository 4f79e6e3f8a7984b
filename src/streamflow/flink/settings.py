"""Everything that a run of a job is told; it comes from the command line as one JSON document."""

from typing import Annotated, Literal

import msgspec

from streamflow.contracts.catalogue import MEBIBYTE
from streamflow.engine import EngineSettings

Milliseconds = Annotated[int, msgspec.Meta(ge=0)]
Count = Annotated[int, msgspec.Meta(ge=1)]

MAX_PARALLELISM = 128
"""Number of Flink's key groups: part of the state's layout, never to be changed."""


class RunSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every job is told.

    Parameters
    ----------
    kafka : dict
        Properties of the Java clients: `bootstrap.servers`, and whatever the broker asks of its clients.
    parallelism : int, optional
        Number of operators of each kind; each wants a TaskManager of its own. None: as many as the cluster says.
    checkpoint_interval_ms : int
        Time between checkpoints.
    stop_at_end : bool
        Stop at the present end of the topics instead of waiting for more.
    """

    kafka: dict[str, str]
    parallelism: Annotated[int, msgspec.Meta(ge=1, le=MAX_PARALLELISM)] | None = 1
    checkpoint_interval_ms: Count = 10_000
    stop_at_end: bool = False


class JobSettings(RunSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of the fraud-detector job. With `exactly_once`, decisions stay invisible until the next checkpoint.

    Parameters
    ----------
    scored_guarantee : {"at_least_once", "exactly_once"}
        How decisions are written. Alerts and dead letters are always written at least once.
    transaction_timeout_ms : int
        With `exactly_once`: longer than a checkpoint and a recovery, at most what the broker allows.
    micro_batch_ms, micro_batch_max_records, micro_batch_max_bytes : int
        How long a record may wait for others, and when a batch is full.
    buckets : int
        Into how many batches the customers of a moment fall; part of the state's layout.
    cache_customers : int
        Most states that each operator keeps in memory in front of RocksDB (about 600 bytes each).
    state_ttl_days : int
        When Flink forgets a customer; only garbage collection, longer than the engine's memory.
    compression : {"none", "lz4", "snappy", "zstd"}
        How the producers compress.
    linger_ms : int
        How long a producer may wait for more records.
    batch_bytes : int
        Most bytes that a producer sends to a partition at once. Kafka's own 16 KiB would hold a dozen decisions, and broker and producers
        would take a tenth of the machine more.
    control_timeout_ms : int
        How long the control topic may take to be read at the start.
    engine : EngineSettings
        See there.
    """

    scored_guarantee: Literal["at_least_once", "exactly_once"] = "at_least_once"
    transaction_timeout_ms: Count = 600_000
    micro_batch_ms: Milliseconds = 5
    micro_batch_max_records: Count = 256
    micro_batch_max_bytes: Count = MEBIBYTE
    buckets: Annotated[int, msgspec.Meta(ge=1, le=MAX_PARALLELISM)] = 16
    cache_customers: Count = 50_000
    state_ttl_days: Count = 120
    compression: Literal["none", "lz4", "snappy", "zstd"] = "lz4"
    linger_ms: Milliseconds = 5
    batch_bytes: Count = MEBIBYTE // 4
    control_timeout_ms: Count = 30_000
    engine: EngineSettings = EngineSettings()


class Database(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a job reaches PostgreSQL.

    Parameters
    ----------
    url : str
        JDBC's address, without password.
    username, password : str
        Of a role that may write bronze and metrics.
    """

    url: str
    username: str
    password: str


class WriterSettings(RunSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of a job that writes tables.

    Parameters
    ----------
    database : Database
        Where they are.
    batch_rows : int
        Most rows of a batch.
    batch_ms : int
        How long a row may wait for others.
    max_retries : int
        How often a batch that fails is tried again, a second later each time; then the job starts again from its last checkpoint, after
        1 to 30 seconds, as often as it takes.
    """

    database: Database
    batch_rows: Count = 2_000
    batch_ms: Count = 200
    max_retries: Milliseconds = 3


class AggregatorSettings(WriterSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of the realtime-aggregator.

    Parameters
    ----------
    lateness_ms : int
        How much earlier than the newest event of its partition an event may be and still be counted.
    idle_ms : int
        After how long without a record a partition no longer holds the windows of the others open.
    """

    lateness_ms: Milliseconds = 60_000
    idle_ms: Count = 30_000
