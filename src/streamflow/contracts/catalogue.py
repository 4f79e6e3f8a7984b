"""Names that more than one part of the system must agree on, each written here and nowhere else.

Topics, operator uids, header names and limits. The local stack creates the topics from
`TOPICS`; the jobs take uids and headers from here; reference docs are generated from it.
"""

from typing import Final, Literal

import msgspec

KIBIBYTE: Final = 1024
MEBIBYTE: Final = 1024 * KIBIBYTE
DAY_MS: Final = 86_400_000

MAX_RECORD_BYTES: Final = 10 * MEBIBYTE
"""Largest record the raw topic takes; larger ones are refused by the broker, so the producer knows."""

MAX_BATCHED_RECORD_BYTES: Final = 64 * KIBIBYTE
"""Larger records go from the source straight to the dead letters and never reach Python."""

DEAD_LETTER_HEADROOM_BYTES: Final = 128 * KIBIBYTE
"""Room for the error headers on top of the largest record, so that a dead letter always fits."""

MAX_PREVIEW_BYTES: Final = 10 * KIBIBYTE
"""How much of a dead letter is ever shown or stored as text."""


class Topic(msgspec.Struct, frozen=True, kw_only=True):
    """A Kafka topic: what it carries and how the broker keeps it."""

    name: str
    what: str
    key: str
    value: str
    partitions: int = 4
    retention_days: int | None = 7
    cleanup: Literal["delete", "compact"] = "delete"
    broker_time: bool = False
    max_record_bytes: int = MEBIBYTE

    def config(self) -> dict[str, str]:
        """Return the topic's settings under Kafka's own names.

        Examples
        --------
        >>> CONTROL.config()["cleanup.policy"], CONTROL.config()["message.timestamp.type"]
        ('compact', 'LogAppendTime')
        """
        return {
            "cleanup.policy": self.cleanup,
            "retention.ms": "-1" if self.retention_days is None else str(self.retention_days * DAY_MS),
            "message.timestamp.type": "LogAppendTime" if self.broker_time else "CreateTime",
            "max.message.bytes": str(self.max_record_bytes),
        }


RAW: Final = Topic(
    name="transactions.raw",
    what="Every transaction as the shop sent it.",
    key="customer_id",
    value="Transaction",
    broker_time=True,
    max_record_bytes=MAX_RECORD_BYTES,
)
SCORED: Final = Topic(name="transactions.scored", what="One decision for every valid transaction.", key="customer_id", value="Decision")
ALERTS: Final = Topic(
    name="fraud.alerts",
    what="Decisions with outcome review or block that are not repeats.",
    key="customer_id",
    value="Alert",
    retention_days=30,
)
DLQ: Final = Topic(
    name="streamflow.dlq",
    what="Records that could not be read, byte for byte, with the reason in their headers.",
    key="the original key",
    value="the original bytes",
    retention_days=30,
    max_record_bytes=MAX_RECORD_BYTES + DEAD_LETTER_HEADROOM_BYTES,
)
CONTROL: Final = Topic(
    name="streamflow.control",
    what="Versions of rules, lists, risk snapshots and models, and the generations that make them active together.",
    key="rules/N, lists/N, risk/N, model/N/I or generation/N",
    value="ControlDocument",
    partitions=1,
    retention_days=None,
    cleanup="compact",
    broker_time=True,
    max_record_bytes=MAX_RECORD_BYTES,
)
REPLAYS: Final = Topic(
    name="streamflow.replays",
    what="Which records were sent again from the dead letters, so that none is sent twice.",
    key="topic/partition/offset of the record that died",
    value="ReplayMarker",
    partitions=1,
    retention_days=None,
    cleanup="compact",
)
LABELS: Final = Topic(
    name="transactions.labels",
    what="What became known about a transaction later: chargebacks and analysts' verdicts.",
    key="customer_id",
    value="Label",
    retention_days=None,
)
METRICS: Final = Topic(
    name="metrics.realtime",
    what="Counts over the decisions of each minute, and of five minutes from each minute on.",
    key="the window's begin and length, dimension, value and currency, as JSON",
    value="Metric",
    retention_days=30,
)
TOPICS: Final = (RAW, SCORED, ALERTS, DLQ, CONTROL, REPLAYS, LABELS, METRICS)


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A Flink job: its name on the cluster, its consumer group, and whether it writes tables of PostgreSQL."""

    name: str
    what: str
    writes_tables: bool = False

    @property
    def group_id(self) -> str:
        """Kafka consumer group whose committed offsets the job starts from."""
        return f"streamflow.{self.name}"


FRAUD_DETECTOR: Final = Job(name="fraud-detector", what="transactions.raw -> validate, score, route -> decisions, alerts, dead letters")
TRANSACTION_PROCESSOR: Final = Job(
    name="transaction-processor",
    what="decisions, alerts, dead letters, labels -> the tables of bronze in PostgreSQL",
    writes_tables=True,
)
REALTIME_AGGREGATOR: Final = Job(
    name="realtime-aggregator",
    what="transactions.scored -> counts over windows of event time: metrics.realtime, the topic and the table",
    writes_tables=True,
)
JOBS: Final = (FRAUD_DETECTOR, TRANSACTION_PROCESSOR, REALTIME_AGGREGATOR)


class Header:
    """Names of the headers that StreamFlow adds to a dead letter or a replayed record."""

    CODE: Final = "streamflow.code"
    MESSAGE: Final = "streamflow.message"
    STAGE: Final = "streamflow.stage"
    TOPIC: Final = "streamflow.source.topic"
    PARTITION: Final = "streamflow.source.partition"
    OFFSET: Final = "streamflow.source.offset"
    TIMESTAMP_MS: Final = "streamflow.source.timestamp_ms"
    SCHEMA_VERSION: Final = "streamflow.schema_version"
    REPLAY_OF: Final = "streamflow.replay_of"


HEADER_MEANING: Final = {
    Header.CODE: "Why the record died; the stable code.",
    Header.MESSAGE: "The same for people: expected, got, where. Card numbers are masked.",
    Header.STAGE: "The stage that refused it.",
    Header.TOPIC: "Topic that the record lay in.",
    Header.PARTITION: "Its partition, as decimal text.",
    Header.OFFSET: "Its offset, as decimal text.",
    Header.TIMESTAMP_MS: "The broker's time of the record, milliseconds since the epoch (UTC), as decimal text.",
    Header.SCHEMA_VERSION: "The version that the payload declares; only where that could be read.",
    Header.REPLAY_OF: "On a record that was sent again: PARTITION:OFFSET of the dead letter.",
}


Stage = Literal["ingest", "validate", "score", "route"]
STAGES: Final = ("ingest", "validate", "score", "route", "store", "transform", "serve", "observe")
