"""Sends the demo's records, and remembers when each was sent and where it came to lie."""

import time
from collections.abc import Iterable, Sequence
from typing import Any, Final

from confluent_kafka import KafkaError, Message, Producer

from streamflow.contracts.catalogue import RAW
from streamflow.contracts.errors import StreamFlowError
from streamflow.demo.tally import Place, Tally

_MAX_PENDING: Final = 100_000


class Feed:
    """A producer of the raw topic that enters every delivered record into the tally."""

    def __init__(self, config: dict[str, str], tally: Tally) -> None:
        self._tally = tally
        self._producer = Producer(
            {**config, "linger.ms": 2, "compression.type": "lz4", "enable.idempotence": True, "queue.buffering.max.messages": _MAX_PENDING}
        )

    def history(self, keys: Iterable[bytes | None], values: Iterable[bytes | None]) -> None:
        """Send records as fast as they go."""
        for key, value in zip(keys, values, strict=True):
            self._send(key, value, None)
        self._producer.poll(0)

    def live(self, records: Sequence[tuple[bytes | None, bytes | None]], seconds: float) -> Iterable[int]:
        """Send records evenly over some seconds, on a schedule that being slow does not shift; yield after each."""
        begin = time.monotonic()
        for number, (key, value) in enumerate(records):
            due = begin + seconds * number / len(records)
            while (wait := due - time.monotonic()) > 0:
                self._producer.poll(min(wait, 0.01))
            self._send(key, value, time.monotonic())
            yield number
        self.flush()

    def flush(self) -> None:
        """Wait until the broker has everything."""
        if self._producer.flush(30):
            raise StreamFlowError("the broker did not take all records of the demo within 30 s")

    def close(self) -> None:
        """End the connection, so that a broker that stops afterwards is no error."""
        self._producer.close()

    def _send(self, key: bytes | None, value: bytes | None, sent_at: float | None) -> None:
        def delivered(error: KafkaError | None, message: Message) -> None:
            if error is not None:
                raise StreamFlowError("a record of the demo was not taken by the broker", got=error.str())
            partition, offset = message.partition(), message.offset()
            assert partition is not None  # noqa: S101 - a delivered record has its place
            assert offset is not None  # noqa: S101 - as above
            self._tally.sent(Place(partition, offset), sent_at)

        arguments: dict[str, Any] = {"key": key, "value": value, "on_delivery": delivered}
        while True:
            try:
                self._producer.produce(RAW.name, **arguments)
                return
            except BufferError:
                self._producer.poll(0.05)
