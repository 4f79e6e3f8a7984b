"""What readers and writers share: the client's properties, and errors that tell the operator what to do."""

import logging
from collections.abc import Mapping
from typing import Any, Final

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer

from streamflow.contracts.errors import NotReadyError

ANSWER_TIMEOUT_SECONDS: Final = 10.0
"""How long a broker may take to answer a question."""

ASK_SECONDS: Final = 2.0
ASKS: Final = 5

FIX: Final = "streamflow up kafka, or set kafka.bootstrap_servers (streamflow config show)"

ClientConfig = Mapping[str, str]
"""confluent-kafka's properties, as the settings give them; above all `bootstrap.servers`."""

_silent = logging.getLogger("streamflow.kafka.librdkafka")
_silent.addHandler(logging.NullHandler())
_silent.propagate = False


class BackgroundErrors:
    """Keeps the last error that a client reports outside of any call: why a connection was refused, for example."""

    def __init__(self) -> None:
        self.last = ""
        self.all_brokers_down = False

    def __call__(self, error: KafkaError) -> None:
        """Take in an error; librdkafka's `error_cb`."""
        if error.code() == KafkaError._ALL_BROKERS_DOWN:
            self.all_brokers_down = True
        else:
            self.last = error.str()


def properties(config: ClientConfig, errors: BackgroundErrors, **added: Any) -> dict[str, Any]:
    """Return a client's properties; `added` names them with underscores for points."""
    return {**config, "error_cb": errors, "logger": _silent, **{name.replace("_", "."): value for name, value in added.items()}}


def not_ready(config: ClientConfig, error: KafkaError, errors: BackgroundErrors, doing: str) -> NotReadyError:
    """Return the error to raise when the broker does not do what it was asked."""
    reason = f"{error.str()}; {errors.last}" if errors.last and errors.last != error.str() else error.str()
    return NotReadyError(f"Kafka does not answer while {doing}", got=reason, where=config.get("bootstrap.servers", ""), fix=FIX)


def kafka_error(error: KafkaException) -> KafkaError:
    """Return what confluent-kafka wraps in its exception."""
    wrapped: KafkaError = error.args[0]
    return wrapped


def ask_topics(client: Consumer | Producer, config: ClientConfig, errors: BackgroundErrors) -> dict[str, list[int]]:
    """Return every topic with its partitions; fails early where no broker can be reached at all.

    Raises
    ------
    NotReadyError
        No broker answers.
    """
    failure = KafkaError(KafkaError._TIMED_OUT)
    for _ in range(ASKS):
        try:
            topics = client.list_topics(timeout=ASK_SECONDS).topics
        except KafkaException as error:
            failure = kafka_error(error)
            client.poll(0)  # hands the background errors over
            if errors.all_brokers_down:
                break
        else:
            return {name: sorted(topic.partitions) for name, topic in topics.items()}
    raise not_ready(config, failure, errors, "asking for its topics")
