"""A local stack of the benchmarks' own, with the job on it."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from streamflow.contracts.catalogue import ALERTS, DLQ, FRAUD_DETECTOR, RAW, SCORED, Job, Topic
from streamflow.contracts.errors import StreamFlowError
from streamflow.jobs import FlinkRest, cancel, submit
from streamflow.settings import Options, Settings
from streamflow.stack import Stack, StackSettings
from streamflow.stack.topics import ensure_topics

POLL_SECONDS: Final = 0.25
PATIENCE_SECONDS: Final = 60.0
NO_COORDINATOR_YET: Final = (KafkaError.NOT_COORDINATOR, KafkaError.COORDINATOR_NOT_AVAILABLE, KafkaError.COORDINATOR_LOAD_IN_PROGRESS)
"""What a new broker answers about consumer groups for a moment."""


def checkpoint_interval_ms(overrides: dict[str, str]) -> int:
    """Return what a run's job uses: checkpoints take the job's time, so that every result names it."""
    return Settings.load(Options(values=overrides), {}).flink.checkpoint_interval_ms


class Cluster:
    """The benchmarks' stack.

    Parameters
    ----------
    directory : Path
        Where its data lies.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.stack = Stack(StackSettings(directory=str(directory)))
        self.kafka: dict[str, str] = {}

    def up(self, taskmanagers: int) -> None:
        """Start the broker and Flink, or change the number of TaskManagers."""
        endpoints = self.stack.up(["kafka", "flink"], taskmanagers=taskmanagers)
        self.kafka = {"bootstrap.servers": endpoints.kafka_bootstrap}
        self._flink = FlinkRest(endpoints.flink_rest)

    def renew_topics(self, *topics: Topic) -> None:
        """Empty topics."""
        admin = AdminClient({**self.kafka})
        for deletion in admin.delete_topics([topic.name for topic in topics]).values():
            deletion.result(PATIENCE_SECONDS)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while set(admin.list_topics(timeout=PATIENCE_SECONDS).topics) & {topic.name for topic in topics}:
            _wait_until(deadline, "topics to be deleted")
        ensure_topics(self.kafka, topics)

    def forget_offsets(self, job: Job = FRAUD_DETECTOR) -> None:
        """Let the next run of a job begin at the beginning."""
        admin = AdminClient({**self.kafka})
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            (deletion,) = admin.delete_consumer_groups([job.group_id]).values()
            try:
                deletion.result(PATIENCE_SECONDS)
                return
            except KafkaException as error:
                if error.args[0].code() == KafkaError.GROUP_ID_NOT_FOUND:
                    return
                if error.args[0].code() not in NO_COORDINATOR_YET:
                    raise
            _wait_until(deadline, "a coordinator of consumer groups")

    @contextmanager
    def job(self, parallelism: int, overrides: dict[str, str]) -> Iterator[str]:
        """Submit the job with an empty memory, yield its id when it runs, and cancel it in the end.

        Parameters
        ----------
        parallelism : int
            As in the settings.
        overrides : dict
            `section.key` and value of other settings that are not left to their defaults.
        """
        own = {"stack.directory": str(self._directory), "flink.parallelism": str(parallelism)}
        settings = Settings.load(Options(values={**own, **overrides}), {})
        job_id = submit(settings, start_from="nothing").job_id
        try:
            yield job_id
        finally:
            cancel(settings, job_id=job_id)

    def require_healthy(self, job_id: str) -> None:
        """Fail if the job has failed or has been restarted, which would spoil the figures.

        Raises
        ------
        StreamFlowError
            With the first line of the cause.
        """
        if self._flink.ask(f"/jobs/{job_id}/exceptions")["exceptionHistory"]["entries"]:
            raise StreamFlowError("the job failed while it was measured", got=self._flink.failure(job_id))

    def checkpoints(self, job_id: str) -> dict[str, Any]:
        """Return how many checkpoints were completed, and the size and duration of the newest one."""
        found = self._flink.ask(f"/jobs/{job_id}/checkpoints")
        newest = (found.get("latest") or {}).get("completed") or {}
        return {
            "completed": found["counts"]["completed"],
            "failed": found["counts"]["failed"],
            "state_bytes": newest.get("state_size"),
            "duration_ms": newest.get("end_to_end_duration"),
        }

    def pids(self) -> dict[str, int]:
        """Return the processes that do the work."""
        return {status.name: status.pid for status in self.stack.status() if status.pid and status.name != "supervisor"}

    def resident_bytes(self) -> int:
        """Return how much memory all processes have."""
        return sum(status.rss_bytes or 0 for status in self.stack.status())


class Ends:
    """Asks a broker how far topics have come."""

    def __init__(self, kafka: dict[str, str]) -> None:
        self._consumer = Consumer({**kafka, "group.id": "benchmarks"})

    def total(self, topics: Sequence[Topic]) -> int:
        """Return the number of records in topics; with neither transactions nor compaction, offsets count records."""
        total = 0
        for topic in topics:
            for partition in range(topic.partitions):
                low, high = self._consumer.get_watermark_offsets(TopicPartition(topic.name, partition), timeout=PATIENCE_SECONDS)
                total += high - low
        return total

    def close(self) -> None:
        """End the connection."""
        self._consumer.close()


OUTPUTS: Final = (SCORED, DLQ)
"""Where every record ends, once."""

ALL: Final = (RAW, SCORED, ALERTS, DLQ)


@contextmanager
def running(directory: Path, taskmanagers: int = 1) -> Iterator[Cluster]:
    """Start a cluster in a directory, and stop and delete it in the end."""
    cluster = Cluster(directory)
    try:
        cluster.up(taskmanagers)
        yield cluster
    finally:
        cluster.stack.down(purge=True)


def _wait_until(deadline: float, what: str) -> None:
    if time.monotonic() > deadline:
        raise StreamFlowError(f"waited in vain for {what}", expected=f"within {PATIENCE_SECONDS:g} s")
    time.sleep(POLL_SECONDS)
