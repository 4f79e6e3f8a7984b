"""Writes the warehouse's tables again from what Kafka still has, after the database was lost or taken back to a backup."""

import msgspec

from streamflow.contracts.catalogue import TRANSACTION_PROCESSOR
from streamflow.jobs.flink_rest import FlinkRest
from streamflow.jobs.stopping import cancel
from streamflow.jobs.submitting import Submitted, submit
from streamflow.kafka.rewind import Rewound, rewind
from streamflow.settings import Settings


class Refilled(msgspec.Struct, frozen=True, kw_only=True):
    """How far back the tables are written again from, and the job that does it."""

    partitions: list[Rewound]
    submitted: Submitted

    @property
    def records(self) -> int:
        """Offsets that are read again; transaction markers count."""
        return sum(entry.before - entry.now for entry in self.partitions)


def refill(settings: Settings, since_ms: int | None = None) -> Refilled:
    """Let the transaction-processor write bronze again from a time on; None: from the first record that the topics hold.

    Rows that are there already are written in place, so that more is never wrong. The job is ended without a savepoint if it runs
    (its memory is the offsets alone) and started without one. Windows of `metrics.*` are not counted again.

    Raises
    ------
    NotReadyError
        The cluster, Kafka or PostgreSQL does not answer, or the cluster has no room for the job.
    """
    if FlinkRest(settings.flink_rest_url()).living(TRANSACTION_PROCESSOR):
        cancel(settings, TRANSACTION_PROCESSOR)
    partitions = rewind(settings.kafka_client_config(), TRANSACTION_PROCESSOR.group_id, since_ms)
    return Refilled(partitions=partitions, submitted=submit(settings, TRANSACTION_PROCESSOR, start_from="nothing"))
