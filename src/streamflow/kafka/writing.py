"""Writing in transactions: all of it or nothing, and one writer at a time."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from streamflow.contracts.catalogue import DEAD_LETTER_HEADROOM_BYTES, MAX_RECORD_BYTES
from streamflow.contracts.errors import StreamFlowError
from streamflow.kafka.client import BackgroundErrors, ClientConfig, ask_topics, kafka_error, not_ready, properties
from streamflow.kafka.headers import to_client

TRANSACTION_TIMEOUT_MS: Final = 15_000
"""After that the broker aborts a killed writer's transaction; until then readers of committed records wait before it."""

ANY_PARTITION: Final = -1
_UNANSWERED: Final = frozenset({KafkaError._TIMED_OUT, KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN})
_FENCED: Final = frozenset({KafkaError._FENCED, KafkaError.PRODUCER_FENCED, KafkaError.INVALID_PRODUCER_EPOCH})


class FencedError(StreamFlowError):
    """Another writer with the same name took over; nothing of the open transaction was written."""


class TransactionalWriter:
    """A producer that writes in transactions, and that stops every other one of its name.

    Opening one aborts what a killed or still running writer of the same name has open: what is read from then on is
    complete, and no other writer can commit in between. So "read, decide, write" is safe for several users at once.
    Keys are spread as Java's clients do it.

    Parameters
    ----------
    config : mapping
        confluent-kafka's properties.
    name : str
        The `transactional.id`.

    Raises
    ------
    NotReadyError
        The broker does not answer, or does not allow the name.
    """

    def __init__(self, config: ClientConfig, name: str) -> None:
        self.config, self.name, self.errors = config, name, BackgroundErrors()
        self._refusal = ""
        self._producer = Producer(
            properties(
                config,
                self.errors,
                transactional_id=name,
                transaction_timeout_ms=TRANSACTION_TIMEOUT_MS,
                acks="all",
                linger_ms=5,
                compression_type="lz4",
                partitioner="murmur2_random",
                # The topic's own limit decides; this one would count a record before it is compressed.
                message_max_bytes=2 * (MAX_RECORD_BYTES + DEAD_LETTER_HEADROOM_BYTES),
            )
        )
        # Fails early where nothing listens; opening transactions would only time out.
        ask_topics(self._producer, config, self.errors)
        try:
            self._producer.init_transactions(2 * TRANSACTION_TIMEOUT_MS / 1000)
        except KafkaException as error:
            raise not_ready(config, kafka_error(error), self.errors, f"opening a transaction as {name}") from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Write what is sent inside as one; abort where anything fails, after which the writer is of no more use.

        Raises
        ------
        FencedError
            Another writer of this name was opened.
        StreamFlowError
            The broker refused a record; nothing was written.
        """
        try:
            self._producer.begin_transaction()
            yield
            self._producer.commit_transaction(2 * TRANSACTION_TIMEOUT_MS / 1000)
        except KafkaException as error:
            raise self._failed(kafka_error(error)) from error
        except BaseException:
            self._abort()
            raise

    def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        headers: Iterable[tuple[str, bytes | None]] = (),
        partition: int = ANY_PARTITION,
    ) -> None:
        """Send a record within the open transaction."""
        while True:
            try:
                self._producer.produce(topic, value, key, partition=partition, headers=to_client(headers), on_delivery=self._delivered)
                return
            except BufferError:
                self._producer.poll(1.0)

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        if error is not None and not self._refusal:
            self._refusal = f"{error.str()} (topic {message.topic()}, partition {message.partition()})"

    def _abort(self) -> None:
        # The broker aborts it by itself where this fails, and the first error is the one to tell.
        with suppress(KafkaException):
            self._producer.abort_transaction(TRANSACTION_TIMEOUT_MS / 1000)

    def _failed(self, error: KafkaError) -> StreamFlowError:
        if error.code() in _FENCED or error.fatal():
            return FencedError("another command of the same kind took over, so this one wrote nothing", got=error.str(), fix="run it again")
        self._abort()
        if error.code() in _UNANSWERED and not self._refusal:
            return not_ready(self.config, error, self.errors, "writing")
        return StreamFlowError("Kafka refused a record, so nothing was written", got=self._refusal or error.str())
