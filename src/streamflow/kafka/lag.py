"""How far the jobs are behind."""

from collections.abc import Mapping
from typing import Final

import msgspec
from confluent_kafka import Consumer, TopicPartition

from streamflow.contracts.catalogue import JOBS, TOPICS

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

    Consumers, one a job's group, and no admin client: librdkafka 2.16 crashes the process when the broker goes away under an
    admin client's question for a group's offsets.

    Parameters
    ----------
    config : mapping
        confluent-kafka's properties.
    """

    def __init__(self, config: Mapping[str, object]) -> None:
        self._groups = {job: Consumer({**config, "group.id": job.group_id, "enable.auto.commit": False}) for job in JOBS}

    def read(self) -> list[Lag]:
        """Return the lag of every job that has committed an offset.

        Raises
        ------
        KafkaException
            The broker does not answer.
        """
        found: list[Lag] = []
        for job, consumer in self._groups.items():
            topics = consumer.list_topics(timeout=TIMEOUT_SECONDS).topics
            # To ask for a group's offsets on a broker that never had a group would make it create their topic.
            if OFFSETS_TOPIC not in topics:
                return []
            places = [
                TopicPartition(topic.name, number) for topic in TOPICS if topic.name in topics for number in topics[topic.name].partitions
            ]
            for place in consumer.committed(places, timeout=TIMEOUT_SECONDS):
                if place.offset >= 0:
                    _, end = consumer.get_watermark_offsets(place, timeout=TIMEOUT_SECONDS, cached=False)
                    found.append(Lag(job=job.name, topic=place.topic, partition=place.partition, committed=place.offset, end=end))
        return sorted(found, key=lambda entry: (entry.job, entry.topic, entry.partition))

    def close(self) -> None:
        """Close the clients."""
        for consumer in self._groups.values():
            consumer.close()
