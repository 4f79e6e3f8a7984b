"""How far the jobs of a running stack are behind."""

from collections.abc import Mapping
from typing import Final

import msgspec
from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from streamflow.contracts.catalogue import JOBS, Job

TIMEOUT_SECONDS: Final = 5.0
OFFSETS_TOPIC: Final = "__consumer_offsets"


class Lag(msgspec.Struct, frozen=True, kw_only=True):
    """How far a job's committed offset is behind the end of a partition."""

    job: str
    topic: str
    partition: int
    committed: int
    end: int

    @property
    def lag(self) -> int:
        """Number of offsets between the two; transaction markers count."""
        return self.end - self.committed

    def row(self) -> tuple[str, str, int, int, int]:
        """Return the cells of a table."""
        return self.job, f"{self.topic}/{self.partition}", self.committed, self.end, self.lag


def consumer_lag(client_config: Mapping[str, str]) -> list[Lag]:
    """Return the lag of every job that has committed an offset; none when the broker does not answer."""
    admin = AdminClient(dict(client_config))
    found: list[Lag] = []
    try:
        # To ask for a group's offsets on a broker that never had a group would make it create their topic.
        if OFFSETS_TOPIC not in admin.list_topics(timeout=TIMEOUT_SECONDS).topics:
            return []
        for job in JOBS:
            found += _lag(admin, job)
    except KafkaException:
        return []
    return sorted(found, key=lambda entry: (entry.job, entry.topic, entry.partition))


def _lag(admin: AdminClient, job: Job) -> list[Lag]:
    # The time-out is librdkafka's, not the future's: a request still open when Python ends would crash it.
    request = [ConsumerGroupTopicPartitions(job.group_id)]
    group = admin.list_consumer_group_offsets(request, request_timeout=TIMEOUT_SECONDS)[job.group_id].result()
    committed = {(entry.topic, entry.partition): entry.offset for entry in group.topic_partitions if entry.offset >= 0}
    if not committed:
        return []
    newest = OffsetSpec.latest()  # type: ignore[no-untyped-call]
    ends = admin.list_offsets({TopicPartition(*place): newest for place in committed}, request_timeout=TIMEOUT_SECONDS)
    return [
        Lag(
            job=job.name,
            topic=place.topic,
            partition=place.partition,
            committed=committed[place.topic, place.partition],
            end=future.result().offset,
        )
        for place, future in ends.items()
    ]
