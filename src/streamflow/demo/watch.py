"""Reads decisions and dead letters as an analyst's program would: committed records, from the beginning."""

import threading
from types import TracebackType

from confluent_kafka import OFFSET_BEGINNING, Consumer, Message, TopicPartition

from streamflow.contracts.catalogue import DLQ, SCORED, Header
from streamflow.contracts.decision import Decision
from streamflow.demo.tally import Place, Tally


class Watcher:
    """A thread that enters everything in the scored topic and the dead-letter queue into the tally."""

    def __init__(self, config: dict[str, str], tally: Tally) -> None:
        self._tally = tally
        self._stop = threading.Event()
        self._error: Exception | None = None
        self._consumer = Consumer(
            {
                **config,
                "group.id": "streamflow.demo",
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
                "fetch.wait.max.ms": 5,
            }
        )
        partitions = [
            TopicPartition(topic.name, partition, OFFSET_BEGINNING) for topic in (SCORED, DLQ) for partition in range(topic.partitions)
        ]
        self._consumer.assign(partitions)
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def __enter__(self) -> "Watcher":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()
        self._consumer.close()

    def check(self) -> None:
        """Raise what stopped the thread, if anything did."""
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                for message in self._consumer.consume(500, timeout=0.01):
                    if message.error() is None:
                        self._enter(message)
        except Exception as error:
            self._error = error

    def _enter(self, message: Message) -> None:
        if message.topic() == SCORED.name:
            self._tally.decided(Decision.from_json(message.value() or b""))
            return
        headers = dict(message.headers() or [])
        place = Place(_number(headers.get(Header.PARTITION)), _number(headers.get(Header.OFFSET)))
        self._tally.refused(place, _text(headers.get(Header.CODE)))


def _text(value: str | bytes | None) -> str:
    return value.decode() if isinstance(value, bytes) else value or ""


def _number(value: str | bytes | None) -> int:
    return int(_text(value))
