"""Sets a consumer group back, so that who starts from its offsets reads records again."""

from contextlib import closing
from typing import Final

import msgspec
from confluent_kafka import Consumer, KafkaException, TopicPartition

from streamflow.contracts.catalogue import TOPICS
from streamflow.kafka.client import BackgroundErrors, ClientConfig, ask_topics, kafka_error, not_ready, properties
from streamflow.kafka.reading import Reader

TIMEOUT_SECONDS: Final = 30.0


class Rewound(msgspec.Struct, frozen=True, kw_only=True):
    """A partition: where the group stood, and where it stands now. Never further on than before."""

    topic: str
    partition: int
    before: int
    now: int


def rewind(config: ClientConfig, group_id: str, since_ms: int | None = None) -> list[Rewound]:
    """Set a group back to the first records that are not older than a time; None: to the first that there are.

    Whatever the group has committed of our topics is set back, and nothing else. Nobody of the group may be running.

    Parameters
    ----------
    config : mapping
        confluent-kafka's properties.
    group_id : str
        The group.
    since_ms : int or None
        Milliseconds since the epoch, by the broker's time of the records.

    Raises
    ------
    NotReadyError
        The broker does not answer.
    """
    errors = BackgroundErrors()
    with closing(Consumer(properties(config, errors, group_id=group_id, enable_auto_commit=False))) as consumer:
        try:
            there = ask_topics(consumer, config, errors)
            asked = [TopicPartition(topic.name, partition) for topic in TOPICS for partition in there.get(topic.name, ())]
            stood = [place for place in consumer.committed(asked, timeout=TIMEOUT_SECONDS) if place.offset >= 0]
            starts = {topic: _starts(config, topic, since_ms) for topic in dict.fromkeys(place.topic for place in stood)}
            found = [
                Rewound(
                    topic=place.topic,
                    partition=place.partition,
                    before=place.offset,
                    now=min(place.offset, starts[place.topic][place.partition]),
                )
                for place in stood
            ]
            if found:
                consumer.commit(offsets=[TopicPartition(entry.topic, entry.partition, entry.now) for entry in found], asynchronous=False)
        except KafkaException as error:
            raise not_ready(config, kafka_error(error), errors, f"setting the group {group_id} back") from error
    return found


def _starts(config: ClientConfig, topic: str, since_ms: int | None) -> dict[int, int]:
    with closing(Reader(config, topic)) as reader:
        spans = reader.spans() if since_ms is None else reader.spans_since(since_ms)
    return {partition: start for partition, (start, _) in spans.items()}
