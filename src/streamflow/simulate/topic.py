"""Traffic into Kafka topics, as fast as they take it or on a fixed schedule.

The schedule is an open loop: record number i is due at start + i / rate by the clock, whatever happened before. A slow broker makes
records late, and the lateness is reported; it never moves the records after them, so that latency figures leave nothing out
(coordinated omission).
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import msgspec
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from streamflow.contracts.catalogue import LABELS, MAX_RECORD_BYTES, RAW
from streamflow.contracts.errors import NotReadyError, StreamFlowError
from streamflow.simulate.traffic import Batch

_PATIENCE_SECONDS: Final = 0.05
_LEAST_SLEEP_SECONDS: Final = 0.0005
_FLUSH_SECONDS: Final = 60.0
_METADATA_SECONDS: Final = 10.0
_LATENESS_STEP_MS: Final = 0.1
_PRODUCER: Final[dict[str, str | int | bool]] = {
    "enable.idempotence": True,
    "acks": "all",
    "compression.type": "lz4",
    "linger.ms": 5,
    "message.max.bytes": MAX_RECORD_BYTES,
    "queue.buffering.max.messages": 200_000,
    "log_level": 2,  # failures are raised in our words; librdkafka's own lines would come on top
    "partitioner": "murmur2_random",  # as Java's producer, so that a customer stays in one partition whoever writes
}


class Sent(msgspec.Struct):
    """What was sent, and how well the schedule was kept.

    `lateness_*_ms` say by how much the clock had passed a record's due time when it was handed to the producer; 0 without a schedule.
    """

    records: int
    labels: int
    seconds: float
    events_per_second: float
    lateness_p50_ms: float
    lateness_p99_ms: float
    lateness_max_ms: float
    counts: Counter[str]


class TopicWriter:
    """Sends batches to a topic.

    Parameters
    ----------
    kafka : mapping
        Connection properties of confluent-kafka.
    topic : str
        Where the records go.
    labels_topic : str or None
        Where the labels go; None for nowhere.
    rate : float or None
        Records a second; None for as fast as possible.
    """

    def __init__(
        self, kafka: Mapping[str, Any], topic: str = RAW.name, labels_topic: str | None = LABELS.name, rate: float | None = None
    ) -> None:
        self._topic, self._labels_topic, self._rate = topic, labels_topic, rate
        self._failure: KafkaError | None = None
        self._where = str(kafka.get("bootstrap.servers", ""))
        self._producer = Producer({**_PRODUCER, **kafka, "on_delivery": self._delivered})

    def check(self) -> None:
        """Ask the broker for the topics.

        Raises
        ------
        NotReadyError
            If no broker answers, or a topic is not there.
        """
        try:
            known = self._producer.list_topics(timeout=_METADATA_SECONDS).topics
        except KafkaException as error:
            raise NotReadyError(
                "Kafka does not answer", expected="a broker", got=error.args[0].str(), where=self._where, fix="streamflow up kafka"
            ) from error
        missing = [name for name in (self._topic, self._labels_topic) if name is not None and name not in known]
        if missing:
            raise NotReadyError(
                "a topic is missing", expected=", ".join(missing), got=", ".join(sorted(known)) or "no topic", where=self._where,
                fix="streamflow up kafka",
            )  # fmt: skip

    def send(self, batches: Iterable[Batch], progress: Callable[[int], None] | None = None) -> Sent:
        """Send all batches and wait until the broker has them.

        Raises
        ------
        StreamFlowError
            If a record was not taken.
        """
        counts: Counter[str] = Counter()
        lateness: Counter[int] = Counter()
        records = labels = 0
        start = time.perf_counter()
        for batch in batches:
            keys, values = batch.records()
            self._send_scheduled(keys, values, start, records, lateness, progress)
            records += len(batch)
            if self._labels_topic is not None:
                label_keys, label_values = batch.labels()
                for key, value in zip(label_keys, label_values, strict=True):
                    self._produce(self._labels_topic, key, value)
                labels += len(label_values)
            counts.update(batch.counts())
        self._finish()
        seconds = time.perf_counter() - start
        return Sent(
            records=records,
            labels=labels,
            seconds=round(seconds, 3),
            events_per_second=round(records / seconds, 1),
            lateness_p50_ms=_quantile_ms(lateness, 0.5),
            lateness_p99_ms=_quantile_ms(lateness, 0.99),
            lateness_max_ms=_quantile_ms(lateness, 1.0),
            counts=counts,
        )

    def _send_scheduled(
        self,
        keys: list[bytes | None],
        values: list[bytes | None],
        start: float,
        sent: int,
        lateness: Counter[int],
        progress: Callable[[int], None] | None,
    ) -> None:
        position, size, rate = 0, len(keys), self._rate
        while position < size:
            now = time.perf_counter() - start
            due = size if rate is None else min(size, int(now * rate) + 1 - sent)
            if due <= position:
                wait = (sent + position) / (rate or 1.0) - now
                self._producer.poll(0)
                time.sleep(min(max(wait, _LEAST_SLEEP_SECONDS), _PATIENCE_SECONDS))
                continue
            due = min(due, position + 1000)
            for index in range(position, due):
                self._produce(self._topic, keys[index], values[index])
                if rate is not None:
                    late_ms = (time.perf_counter() - start - (sent + index) / rate) * 1000
                    lateness[max(0, round(late_ms / _LATENESS_STEP_MS))] += 1
            self._producer.poll(0)
            if progress is not None:
                progress(sent + due)
            position = due

    def _produce(self, topic: str, key: bytes | None, value: bytes | None) -> None:
        while True:
            try:
                self._producer.produce(topic, value, key)
                return
            except BufferError:
                self._producer.poll(_PATIENCE_SECONDS)
                self._check_failure()

    def _finish(self) -> None:
        left = self._producer.flush(_FLUSH_SECONDS)
        self._check_failure()
        if left:
            raise NotReadyError(
                "Kafka does not take the records", expected=f"all within {_FLUSH_SECONDS:g} s", got=f"{left} left", where=self._where
            )

    def _check_failure(self) -> None:
        if self._failure is not None:
            raise StreamFlowError("a record was not taken", got=self._failure.str(), where=f"{self._where}, {self._topic}")

    def _delivered(self, error: KafkaError | None, _message: Message) -> None:
        if error is not None and self._failure is None:
            self._failure = error


def _quantile_ms(lateness: Counter[int], quantile: float) -> float:
    wanted, passed = quantile * lateness.total(), 0
    for step in sorted(lateness):
        passed += lateness[step]
        if passed >= wanted:
            return round(step * _LATENESS_STEP_MS, 1)
    return 0.0
