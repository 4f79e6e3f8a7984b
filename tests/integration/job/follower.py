"""A consumer that keeps all that it ever read."""

from typing import Final

from confluent_kafka import Consumer, TopicPartition

from streamflow.contracts.catalogue import Topic
from streamflow.contracts.record import Record
from streamflow.kafka.reading import to_record

AT_ONCE: Final = 2_000


class Follower:
    """Reads a topic on and on, and keeps all of it."""

    def __init__(self, config: dict[str, str], topic: Topic) -> None:
        self.records: list[Record] = []
        self._consumer = Consumer(
            {**config, "group.id": "test", "enable.auto.commit": False, "isolation.level": "read_committed", "fetch.wait.max.ms": 50}
        )
        self._consumer.assign([TopicPartition(topic.name, partition, 0) for partition in range(topic.partitions)])

    def poll(self) -> None:
        """Take in what is there now; under a steady load this ends too."""
        messages = self._consumer.consume(AT_ONCE, timeout=0.1)
        while messages:
            self.records += [to_record(message) for message in messages if message.error() is None]
            messages = self._consumer.consume(AT_ONCE, timeout=0.1) if len(messages) == AT_ONCE else []

    def close(self) -> None:
        """Close the consumer."""
        self._consumer.close()
