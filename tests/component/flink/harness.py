"""What tests do with a broker and with the job."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from streamflow.contracts.catalogue import CONTROL, FRAUD_DETECTOR, TOPICS, Topic
from streamflow.contracts.control import Generation
from streamflow.contracts.record import HeaderList, Record, encode_headers
from streamflow.control.documents import NO_LISTS, default_rules
from streamflow.flink.settings import JobSettings
from streamflow.stack.topics import ensure_topics

POLL_SECONDS = 0.2
PATIENCE_SECONDS = 120.0


class Broker:
    """The broker, and what tests do with it."""

    def __init__(self, bootstrap: str) -> None:
        self.client = {"bootstrap.servers": bootstrap}
        self.admin = AdminClient({"bootstrap.servers": bootstrap})
        self.renew_producer()

    def renew_producer(self) -> None:
        """Forget what the producer knows: it would go on writing to topics that were deleted and made anew."""
        self.producer = Producer({**self.client, "message.max.bytes": 2**24, "enable.idempotence": True})
        self.refused: list[str] = []

    def renew_topics(self) -> None:
        """Empty every topic and forget every consumer group."""
        for deletion in self.admin.delete_topics([topic.name for topic in TOPICS]).values():
            deletion.result()
        while set(self.admin.list_topics().topics) & {topic.name for topic in TOPICS}:
            time.sleep(POLL_SECONDS)
        ensure_topics(self.client, TOPICS)
        self.renew_producer()
        groups = [group.group_id for group in self.admin.list_consumer_groups().result().valid]
        for group in self.admin.delete_consumer_groups(groups).values() if groups else ():
            group.result()

    def produce(
        self, topic: Topic, key: bytes | None, value: bytes | None, headers: HeaderList | None = None, partition: int | None = None
    ) -> None:
        """Hand a record to the producer; `flush` sends it."""
        # librdkafka's -1: the partition that the key says.
        place = -1 if partition is None else partition
        self.producer.produce(topic.name, key=key, value=value, headers=[*(headers or [])], partition=place, on_delivery=self._delivered)
        self.producer.poll(0)

    def flush(self) -> None:
        """Send what was handed over."""
        assert self.producer.flush(PATIENCE_SECONDS) == 0
        assert self.refused == []

    def _delivered(self, error: KafkaError | None, message: Any) -> None:
        if error is not None:
            self.refused.append(f"{message.topic()}: {error}")

    def push_default_controls(self, generation: int = 1) -> None:
        """Push the package's rules, as generation 1."""
        rules = default_rules()
        named = Generation(generation=generation, rules=rules.version, lists=NO_LISTS.version)
        documents = {f"rules/{rules.version}": rules, f"lists/{NO_LISTS.version}": NO_LISTS, f"generation/{generation}": named}
        for key, document in documents.items():
            self.produce(CONTROL, key.encode(), msgspec.json.encode(document))
        self.flush()

    def read(self, topic: Topic, *, committed_only: bool = False) -> list[Record]:
        """Return all records of a topic, by partition and offset."""
        isolation = "read_committed" if committed_only else "read_uncommitted"
        consumer = Consumer({**self.client, "group.id": "tests", "enable.partition.eof": True, "isolation.level": isolation})
        partitions = [TopicPartition(topic.name, number, 0) for number in range(topic.partitions)]
        consumer.assign(partitions)
        records, open_partitions = [], len(partitions)
        while open_partitions:
            message: Any = consumer.poll(PATIENCE_SECONDS)
            if message.error() is not None:
                if not message.error().name() == "_PARTITION_EOF":
                    raise KafkaException(message.error())
                open_partitions -= 1
                continue
            headers = encode_headers(message.headers() or [])
            place = (message.partition(), message.offset(), message.timestamp()[1])
            records.append(Record(topic.name, *place, message.key(), message.value(), headers))
        consumer.close()
        return sorted(records, key=lambda record: (record.partition, record.offset))

    def wait_for(self, topic: Topic, count: int) -> list[Record]:
        """Return the records of a topic when there are `count`."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(records := self.read(topic)) < count:
            assert time.monotonic() < deadline, f"{topic.name} holds {len(records)} records, not {count}"
            time.sleep(POLL_SECONDS)
        return records

    def committed_offset(self, partition: int) -> int:
        """Return where the job's group stands in a partition of the raw topic."""
        consumer = Consumer({**self.client, "group.id": FRAUD_DETECTOR.group_id})
        (place,) = consumer.committed([TopicPartition("transactions.raw", partition)])
        consumer.close()
        return int(place.offset)


class Job:
    """Runs the job on a Flink inside this process."""

    def __init__(self, broker: Broker, checkpoints: Path) -> None:
        self._broker = broker
        self._checkpoints = checkpoints

    def start(self, **settings: Any) -> Any:
        """Start a run and return its client."""
        from pyflink.datastream import StreamExecutionEnvironment

        from streamflow.flink.job import build, configuration

        job = JobSettings(kafka=self._broker.client, **{"checkpoint_interval_ms": 500, **settings})
        config = configuration(job)
        # What the cluster's own configuration says elsewhere; a failure shall end the test, not start again.
        config.set_string("execution.checkpointing.dir", self._checkpoints.as_uri())
        config.set_string("restart-strategy.type", "none")
        env = StreamExecutionEnvironment.get_execution_environment(config)
        build(env, job)
        return env.execute_async("test")

    @contextmanager
    def running(self, **settings: Any) -> Iterator[None]:
        """Run until the block ends; a job that failed meanwhile says why."""
        client = self.start(**settings)
        try:
            yield
        finally:
            ended = client.get_job_execution_result()
            if ended.done():
                ended.result()
            else:
                client.cancel().result()

    def run(self, **settings: Any) -> None:
        """Run to the present end of the topics."""
        self.start(stop_at_end=True, **settings).get_job_execution_result().result()
