"""How far the jobs are behind."""

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient

from streamflow.contracts.catalogue import JOBS, TOPICS, Job

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


class LagReader:
    """Asks again and again with the same clients.

    The offsets of each job's group are asked by a consumer of that group, never by an admin client: librdkafka 2.16 crashes the
    process when the broker goes away under that question.

    Parameters
    ----------
    config : mapping
        confluent-kafka's properties.
    """

    def __init__(self, config: Mapping[str, str | int | float | bool]) -> None:
        self._config = dict(config)
        self._admin = AdminClient(self._config)
        self._consumers: dict[str, Consumer] = {}

    def read(self) -> list[Lag]:
        """Return the lag of every job that has committed an offset.

        Raises
        ------
        KafkaException
            The broker does not answer.
        """
        topics = self._admin.list_topics(timeout=TIMEOUT_SECONDS).topics
        # A consumer looks for its group from its first moment, and on a broker that never had a group that makes the groups' topic.
        if OFFSETS_TOPIC not in topics:
            return []
        places = [(topic.name, number) for topic in TOPICS if topic.name in topics for number in topics[topic.name].partitions]
        found = [entry for job in JOBS for entry in self._of(job, places)]
        return sorted(found, key=lambda entry: (entry.job, entry.topic, entry.partition))

    def close(self) -> None:
        """Close the clients."""
        for consumer in self._consumers.values():
            consumer.close()

    def _of(self, job: Job, places: list[tuple[str, int]]) -> Iterator[Lag]:
        consumer = self._consumers.get(job.name)
        if consumer is None:
            consumer = self._consumers[job.name] = Consumer({**self._config, "group.id": job.group_id, "enable.auto.commit": False})
        for place in consumer.committed([TopicPartition(*place) for place in places], timeout=TIMEOUT_SECONDS):
            if place.offset >= 0:
                _, end = consumer.get_watermark_offsets(place, timeout=TIMEOUT_SECONDS, cached=False)
                yield Lag(job=job.name, topic=place.topic, partition=place.partition, committed=place.offset, end=end)
