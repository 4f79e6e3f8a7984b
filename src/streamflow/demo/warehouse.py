"""The demo's warehouse: what it must hold in the end, and from when on the windows are counted."""

import syslog
import time
from collections.abc import Mapping
from typing import Final

import msgspec
from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec
from psycopg import sql

from streamflow.contracts.catalogue import REALTIME_AGGREGATOR, SCORED
from streamflow.contracts.errors import StreamFlowError
from streamflow.contracts.tables import DEAD_LETTERS, DECISIONS, READER, REALTIME
from streamflow.settings import Settings
from streamflow.store.connection import connect

_PATIENCE_SECONDS: Final = 120.0
_POLL_SECONDS: Final = 0.2
_ANSWER_SECONDS: Final = 20.0


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows there are."""

    decisions: int
    dead_letters: int
    windows: int


def count_from_now(settings: Settings) -> None:
    """Let the realtime-aggregator begin at the present end of the decisions: a month of history has no minutes worth a row each."""
    # Its client says, as a piece of information, that it ends with an answer that nobody waits for.
    admin = AdminClient({**settings.kafka_client_config(), "log_level": syslog.LOG_WARNING})
    newest = OffsetSpec.latest()  # type: ignore[no-untyped-call]
    partitions = [TopicPartition(SCORED.name, partition) for partition in range(SCORED.partitions)]
    ends = admin.list_offsets(dict.fromkeys(partitions, newest), request_timeout=_ANSWER_SECONDS)
    offsets = [TopicPartition(place.topic, place.partition, future.result().offset) for place, future in ends.items()]
    request = ConsumerGroupTopicPartitions(REALTIME_AGGREGATOR.group_id, offsets)
    for future in admin.alter_consumer_group_offsets([request], request_timeout=_ANSWER_SECONDS).values():
        future.result()


def await_stored(settings: Settings, wanted: Mapping[str, int]) -> Stored:
    """Wait until bronze holds what the topics hold and windows are being counted, and return how much that is.

    Parameters
    ----------
    settings : Settings
        Say where the warehouse is.
    wanted : mapping
        Number of decisions and of dead letters, by the names of `Stored`.

    Raises
    ------
    StreamFlowError
        Rows are missing after two minutes, or there are too many, or no window is there.
    """
    tables = {"decisions": DECISIONS, "dead_letters": DEAD_LETTERS, "windows": REALTIME}
    query = sql.SQL("SELECT count(*) FROM {}")
    queries = {name: query.format(sql.Identifier(table.schema, table.name)) for name, table in tables.items()}
    end = time.monotonic() + _PATIENCE_SECONDS
    with connect(settings.postgres_dsn(READER), autocommit=True) as connection:
        while True:
            counts: dict[str, int] = {}
            for name, count_rows in queries.items():
                ((counts[name],),) = connection.execute(count_rows).fetchall()
            if counts["windows"] and all(counts[name] == count for name, count in wanted.items()):
                return Stored(**counts)
            if time.monotonic() > end:
                raise StreamFlowError(
                    "the warehouse does not hold what the topics hold",
                    expected=f"{dict(wanted)}, and windows",
                    got=str(counts),
                    fix="streamflow job list, streamflow logs taskmanager",
                )
            time.sleep(_POLL_SECONDS)
