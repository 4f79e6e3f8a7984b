"""Reading topics: to their end, one record, or for as long as records come."""

from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Final, Literal

from confluent_kafka import OFFSET_BEGINNING, OFFSET_END, Consumer, KafkaError, KafkaException, Message, TopicPartition

from streamflow.contracts.errors import NotReadyError
from streamflow.contracts.record import Record, encode_headers
from streamflow.kafka.client import (
    ANSWER_TIMEOUT_SECONDS,
    ASKS,
    FIX,
    BackgroundErrors,
    ClientConfig,
    ask_topics,
    kafka_error,
    not_ready,
    properties,
)
from streamflow.kafka.headers import from_client

Isolation = Literal["read_committed", "read_uncommitted"]

POLL_SECONDS: Final = 0.5
_MOVING: Final = frozenset(
    {
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError.UNKNOWN_LEADER_EPOCH,
    }
)
"""What a broker says for a moment after a partition was made or moved."""

STALL_POLLS: Final = 60
"""So many polls without a record or an end, and the broker counts as gone."""

READER_GROUP: Final = "streamflow.reader"
"""librdkafka wants a group; nothing is ever committed to it."""


class Reader:
    """An open consumer on one topic.

    Parameters
    ----------
    config : mapping
        confluent-kafka's properties.
    topic : str
        What to read.
    isolation : {"read_committed", "read_uncommitted"}
        Whether records of aborted and open transactions are passed over.

    Raises
    ------
    NotReadyError
        The broker does not answer, or the topic is not there.
    """

    def __init__(self, config: ClientConfig, topic: str, isolation: Isolation = "read_committed") -> None:
        self.config, self.topic, self.errors = config, topic, BackgroundErrors()
        self.consumer = Consumer(
            properties(
                config,
                self.errors,
                group_id=READER_GROUP,
                enable_auto_commit=False,
                enable_partition_eof=True,
                auto_offset_reset="earliest",
                isolation_level=isolation,
                fetch_wait_max_ms=20,
            )
        )
        try:
            self.partitions = self._partitions()
        except NotReadyError:
            self.consumer.close()
            raise

    def close(self) -> None:
        """Close the consumer."""
        self.consumer.close()

    def _partitions(self) -> list[int]:
        topics = ask_topics(self.consumer, self.config, self.errors)
        if self.topic not in topics:
            raise NotReadyError(
                f"the topic {self.topic} is not there",
                expected=", ".join(sorted(name for name in topics if not name.startswith("__"))) or "any topic",
                where=self.config.get("bootstrap.servers", ""),
                fix=FIX,
            )
        return topics[self.topic]

    def spans(self) -> dict[int, tuple[int, int]]:
        """Return each partition's first offset and the one after its last, as far as the isolation lets one read now."""
        return {partition: self._span(partition) for partition in self.partitions}

    def _span(self, partition: int, attempts: int = ASKS) -> tuple[int, int]:
        place = TopicPartition(self.topic, partition)
        try:
            return self.consumer.get_watermark_offsets(place, timeout=ANSWER_TIMEOUT_SECONDS, cached=False)
        except KafkaException as error:
            failure = kafka_error(error)
            if failure.code() not in _MOVING or attempts == 1:
                raise not_ready(self.config, failure, self.errors, f"asking for the ends of {self.topic}") from error
        self.consumer.poll(POLL_SECONDS)
        return self._span(partition, attempts - 1)

    def at_time(self, timestamp_ms: int) -> dict[int, int | None]:
        """Return each partition's first offset whose record is not older than this; None where all are older."""
        asked = [TopicPartition(self.topic, partition, timestamp_ms) for partition in self.partitions]
        try:
            found = self.consumer.offsets_for_times(asked, timeout=ANSWER_TIMEOUT_SECONDS)
        except KafkaException as error:
            raise not_ready(self.config, kafka_error(error), self.errors, f"asking {self.topic} for a time") from error
        return {place.partition: place.offset if place.offset >= 0 else None for place in found}

    def spans_since(self, timestamp_ms: int) -> dict[int, tuple[int, int]]:
        """Return each partition's first offset whose record is not older than this, and the one after its last.

        Where all are older, both are the one after the last.
        """
        # The ends first: a record that comes in between is behind them, and would otherwise be within and passed over.
        spans, firsts = self.spans(), self.at_time(timestamp_ms)
        return {
            partition: (end if (first := firsts[partition]) is None else min(max(start, first), end), end)
            for partition, (start, end) in spans.items()
        }

    def read_since(self, timestamp_ms: int) -> Iterator[Record]:
        """Yield the records from a time on to the end that is there now, partition after partition, whatever was written late."""
        for partition, (start, end) in self.spans_since(timestamp_ms).items():
            if start < end:
                yield from self.read(partition, start, end)

    def read(self, partition: int, start: int, end: int) -> Iterator[Record]:
        """Yield a partition's records from `start` up to, not including, `end`."""
        self.consumer.assign([TopicPartition(self.topic, partition, start)])
        stalled = 0
        while stalled < STALL_POLLS:
            message = self.consumer.poll(POLL_SECONDS)
            if message is None:
                stalled += 1
                continue
            stalled = 0
            if self._is_end(message):
                return
            record = to_record(message)
            if record.offset >= end:
                return
            yield record
            if record.offset == end - 1:
                return
        raise not_ready(self.config, KafkaError(KafkaError._TIMED_OUT), self.errors, f"reading {self.topic}")

    def follow(self, *, from_beginning: bool) -> Iterator[Record]:
        """Yield records of all partitions as they come, without end."""
        start = OFFSET_BEGINNING if from_beginning else OFFSET_END
        self.consumer.assign([TopicPartition(self.topic, partition, start) for partition in self.partitions])
        while True:
            message = self.consumer.poll(POLL_SECONDS)
            if message is not None and not self._is_end(message):
                yield to_record(message)

    def _is_end(self, message: Message) -> bool:
        error = message.error()
        if error is None:
            return False
        if error.code() == KafkaError._PARTITION_EOF:
            return True
        raise not_ready(self.config, error, self.errors, f"reading {self.topic}")


def to_record(message: Message) -> Record:
    """Return a message with everything that it carries."""
    topic, partition, offset = message.topic(), message.partition(), message.offset()
    if topic is None or partition is None or offset is None:
        raise TypeError("only errors come without a place")
    headers = encode_headers(from_client(message.headers()))
    return Record(topic, partition, offset, message.timestamp()[1], message.key(), message.value(), headers)


def read_to_end(config: ClientConfig, topic: str, *, isolation: Isolation = "read_committed") -> Generator[Record, None, None]:
    """Return a topic's records from the first to the last one that is there now.

    Partition after partition, so they come sorted by partition and offset. With `read_committed` the end of a partition is
    where its first open transaction begins. Memory is bounded by librdkafka's queue, not by the topic.

    Raises
    ------
    NotReadyError
        The broker does not answer or stops to, or the topic is not there.
    """
    reader = Reader(config, topic, isolation)
    try:
        spans = reader.spans()
    except NotReadyError:
        reader.close()
        raise

    def records() -> Generator[Record, None, None]:
        with closing(reader):
            for partition, (start, end) in spans.items():
                if start < end:
                    yield from reader.read(partition, start, end)

    return records()


def read_at(config: ClientConfig, topic: str, partition: int, offset: int) -> Record | None:
    """Return the committed record at a place, or None where there is none (deleted, a marker, or not written yet)."""
    with closing(Reader(config, topic)) as reader:
        start, end = reader.spans().get(partition, (0, 0))
        if not start <= offset < end:
            return None
        return next((record for record in reader.read(partition, offset, offset + 1) if record.offset == offset), None)


def newest(config: ClientConfig, topic: str, count: int) -> list[Record]:
    """Return the committed records that the broker got last, the newest first; of each partition's last `8 * count` offsets.

    A transaction's marker takes an offset too, so that there may be fewer records than asked for.
    """
    found: list[Record] = []
    with closing(Reader(config, topic)) as reader:
        for partition, (start, end) in reader.spans().items():
            begin = max(start, end - 8 * count)
            if begin < end:
                found += list(reader.read(partition, begin, end))[-count:]
    return sorted(found, key=lambda record: record.timestamp_ms, reverse=True)[:count]


def tail(config: ClientConfig, topic: str, *, from_beginning: bool = False) -> Generator[Record, None, None]:
    """Return committed records as they come, until the caller stops; the order holds within each partition."""
    reader = Reader(config, topic)

    def records() -> Generator[Record, None, None]:
        with closing(reader):
            yield from reader.follow(from_beginning=from_beginning)

    return records()
