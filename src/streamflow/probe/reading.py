"""Reads the topics into the books: committed records only, as an analyst's program would."""

from collections.abc import Callable
from contextlib import closing
from typing import Final

from confluent_kafka import Consumer, Message, TopicPartition

from streamflow.contracts.catalogue import ALERTS, DLQ, RAW, SCORED, Topic
from streamflow.kafka.client import BackgroundErrors, ClientConfig, properties
from streamflow.kafka.headers import from_client
from streamflow.kafka.reading import Reader
from streamflow.probe.books import SKEW_MS, Books, Seen, Start

GROUP: Final = "streamflow.probe"
"""librdkafka wants a group; nothing is ever committed to it."""

MOST_AT_ONCE: Final = 1_000
WAIT_SECONDS: Final = 0.05


class Starts:
    """Where reading begins: a while back, so that what waits already is known, while only what comes from now on is counted.

    Parameters
    ----------
    config : mapping
        confluent-kafka's properties.
    since_ms : int
        From which time on, in milliseconds since the epoch.

    Raises
    ------
    NotReadyError
        The broker does not answer, or a topic is not there.
    """

    def __init__(self, config: ClientConfig, since_ms: int) -> None:
        # First where the answers begin: what answers a record after the source's end is then behind it.
        self.answers = {
            topic.name: {partition: start for partition, (start, _) in _spans(config, topic, since_ms - SKEW_MS).items()}
            for topic in (SCORED, ALERTS, DLQ)
        }
        self.raw = {partition: Start(offset=start, counted_from=end) for partition, (start, end) in _spans(config, RAW, since_ms).items()}

    def places(self) -> list[TopicPartition]:
        """Return all partitions with the offsets to read from."""
        answers = [TopicPartition(topic, *place) for topic, places in self.answers.items() for place in places.items()]
        return [*answers, *(TopicPartition(RAW.name, partition, start.offset) for partition, start in self.raw.items())]


def _spans(config: ClientConfig, topic: Topic, since_ms: int) -> dict[int, tuple[int, int]]:
    with closing(Reader(config, topic.name)) as reader:
        return reader.spans_since(since_ms)


class Following:
    """An open consumer on all topics.

    Parameters
    ----------
    config : mapping
        confluent-kafka's properties.
    starts : Starts
        Where it begins.
    books : Books
        What it enters records into.
    clock : callable
        Gives milliseconds since the epoch.
    on_canary : callable
        Gets each decision on the canary's payments, and its bytes.
    """

    def __init__(
        self,
        config: ClientConfig,
        starts: Starts,
        books: Books,
        clock: Callable[[], int],
        on_canary: Callable[[Seen, bytes], None],
    ) -> None:
        self._books, self._clock, self._on_canary = books, clock, on_canary
        self.errors = BackgroundErrors()
        self._consumer = Consumer(
            properties(
                config,
                self.errors,
                group_id=GROUP,
                enable_auto_commit=False,
                # A record that was deleted before it was read: go on with the first that is there.
                auto_offset_reset="earliest",
                isolation_level="read_committed",
                fetch_wait_max_ms=20,
            )
        )
        self._consumer.assign(starts.places())

    def close(self) -> None:
        """Close the consumer."""
        self._consumer.close()

    def step(self) -> int:
        """Enter what has come, waiting a moment for it, and return how many records it was."""
        messages = self._consumer.consume(MOST_AT_ONCE, WAIT_SECONDS)
        # One time for all: they were all there at it.
        now_ms = self._clock()
        for message in messages:
            # Errors are passing ones: librdkafka goes on by itself, and a broker that is away shows in the questions to it.
            if message.error() is None:
                self._enter(message, now_ms)
        return len(messages)

    def _enter(self, message: Message, now_ms: int) -> None:
        topic = message.topic()
        if topic == RAW.name:
            self._books.record(message.partition() or 0, message.offset() or 0, message.timestamp()[1])
        elif topic == SCORED.name:
            value = message.value()
            seen = self._books.decision(value, now_ms)
            if seen is not None and seen.canary:
                self._on_canary(seen, value or b"")
        elif topic == ALERTS.name:
            self._books.alert(message.value())
        else:
            self._books.letter(dict(from_client(message.headers())), now_ms)
