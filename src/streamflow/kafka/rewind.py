"""Sets a consumer group back, so that who starts from its offsets reads records again."""

from collections.abc import Iterable
from contextlib import closing
from typing import Final

import msgspec
from confluent_kafka import Consumer, KafkaException, TopicPartition

from streamflow.contracts.catalogue import Topic
from streamflow.kafka.client import BackgroundErrors, ClientConfig, kafka_error, not_ready, properties
from streamflow.kafka.reading import Reader

TIMEOUT_SECONDS: Final = 30.0


class Rewound(msgspec.Struct, frozen=True, kw_only=True):
    """A partition: where the group stood, and where it stands now. Never further on than before."""

    topic: str
    partition: int
    before: int
    now: int


def rewind(config: ClientConfig, group_id: str, topics: Iterable[Topic], since_ms: int | None = None) -> list[Rewound]:
    """Set a group back to the first records that are not older than a time; None: to the first that there are.

    Partitions of which the group has committed nothing stay as they are. Nobody of the group may be running.

    Parameters
    ----------
    config : mapping
        confluent-kafka's properties.
    group_id : str
        The group.
    topics : iterable of Topic
        Those that it reads.
    since_ms : int or None
        Milliseconds since the epoch, by the broker's time of the records.

    Raises
    ------
    NotReadyError
        The broker does not answer, or a topic is not there.
    """
    errors = BackgroundErrors()
    places = [place for topic in topics for place in _targets(config, topic, since_ms)]
    with closing(Consumer(properties(config, errors, group_id=group_id, enable_auto_commit=False))) as consumer:
        try:
            asked = [TopicPartition(place.topic, place.partition) for place in places]
            stood = consumer.committed(asked, timeout=TIMEOUT_SECONDS)
            found = [
                Rewound(topic=place.topic, partition=place.partition, before=old.offset, now=min(old.offset, place.offset))
                for place, old in zip(places, stood, strict=True)
                if old.offset >= 0
            ]
            if found:
                consumer.commit(offsets=[TopicPartition(entry.topic, entry.partition, entry.now) for entry in found], asynchronous=False)
        except KafkaException as error:
            raise not_ready(config, kafka_error(error), errors, f"setting the group {group_id} back") from error
    return found


def _targets(config: ClientConfig, topic: Topic, since_ms: int | None) -> list[TopicPartition]:
    with closing(Reader(config, topic.name)) as reader:
        spans = reader.spans() if since_ms is None else reader.spans_since(since_ms)
    return [TopicPartition(topic.name, partition, start) for partition, (start, _) in spans.items()]
