"""A real broker and a real cluster with the fraud-detector on it, and what tests ask of them."""

import itertools
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any, Final

import msgspec
from confluent_kafka import Consumer, Producer, TopicPartition

from streamflow.contracts.catalogue import ALERTS, CONTROL, DLQ, MAX_RECORD_BYTES, RAW, SCORED, Topic
from streamflow.contracts.errors import NotReadyError
from streamflow.contracts.record import HeaderList, Record
from streamflow.jobs import FlinkRest
from streamflow.kafka.dump import dump_line
from streamflow.kafka.headers import to_client
from streamflow.kafka.reading import read_to_end
from streamflow.settings import Settings
from streamflow.simulate import Batch, Plan, batches
from streamflow.simulate.malformed import KIND_NAMES
from streamflow.simulate.topic import TopicWriter
from tests.integration.job.accounting import Accounts, Answer, Place, account, dead_letter_answer, decision_answer
from tests.integration.job.follower import Follower
from tests.integration.job.small_stack import JOB, TASK_MANAGERS, settings_for

PATIENCE_SECONDS: Final = 240.0
"""How long anything may take on a slow machine before a test gives up; never a claim about speed."""

POLL_SECONDS: Final = 0.2
SENT_AT_ONCE: Final = 500
FIRST_PAYMENT: Final = datetime(2026, 1, 1, tzinfo=UTC)


@contextmanager
def running_job(directory: Path) -> Iterator["LiveJob"]:
    """Start a broker and a cluster in this folder, submit the job as a user does, and stop everything in the end."""
    settings = settings_for(directory)
    stack = settings.local_stack()
    try:
        stack.up(["kafka", "flink"], taskmanagers=TASK_MANAGERS)
        job = LiveJob(settings)
        job.submit()
        yield job
        job.close()
    finally:
        stack.down()


def disordered_traffic(events: int, seed: int) -> Plan:
    """Return traffic with records that are malformed in every way, late, or sent twice."""
    return Plan(
        events=events,
        customers=max(200, events // 100),
        seed=seed,
        malformed_ratio=0.03,
        late_ratio=0.05,
        repeated_ratio=0.05,
        malformed_kinds=KIND_NAMES,
    )


def wait_until(condition: Callable[[], bool], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait for a condition, at most so long."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"{what}: not within {seconds:g} s"
        time.sleep(POLL_SECONDS)


class LiveJob:
    """The job under test."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.stack = settings.local_stack()
        self.config = settings.kafka_client_config()
        self.flink = FlinkRest(settings.flink_rest_url())
        self.scored, self.dead, self.alerts = (Follower(self.config, topic) for topic in (SCORED, DLQ, ALERTS))
        self._answers: list[tuple[Place, Answer]] = []
        self._parsed = {"scored": 0, "dead": 0}
        self._numbers = itertools.count()
        self._run_id = time.time_ns()

    def close(self) -> None:
        """Close the consumers."""
        for follower in (self.scored, self.dead, self.alerts):
            follower.close()

    def cli(self, *arguments: str, changes: Sequence[str] = ()) -> "subprocess.CompletedProcess[str]":
        """Run the command line as a user does."""
        assignments = [f"stack.directory={self.settings.stack.directory}", *(f"{name}={value}" for name, value in JOB.items()), *changes]
        options = [part for assignment in assignments for part in ("--set", assignment)]
        command = [sys.executable, "-m", "streamflow.cli.main", *options, *arguments]
        # Whatever the tester's environment says is left out.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("STREAMFLOW_")}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=2 * PATIENCE_SECONDS)

    def command(self, *arguments: str, changes: Sequence[str] = ()) -> Any:
        """Run a command that must succeed, and return the JSON that it prints."""
        done = self.cli(*arguments, "--json", changes=changes)
        assert done.returncode == 0, done.stderr
        return msgspec.json.decode(done.stdout)

    def submit(self, *arguments: str, changes: Sequence[str] = ()) -> Any:
        """Submit the job; it runs when this returns."""
        return self.command("job", "submit", *arguments, changes=changes)["submitted"][0]

    def runs(self) -> bool:
        """Say whether all tasks of the job process records; False too while no JobManager answers."""
        try:
            return any(job.runs for job in self.flink.living())
        except NotReadyError:
            return False

    @contextmanager
    def load(self, plan: Plan, rate: float | None = None) -> Iterator[None]:
        """Send traffic while the body runs, at so many records a second; all of it is sent when this ends.

        The last quarter waits for the end of the body: on a slow machine too the body happens in the midst of traffic.
        """
        writer, body_ended = TopicWriter(self.config, labels_topic=None, rate=rate), Event()

        def traffic() -> Iterator[Batch]:
            sent = 0
            for batch in batches(plan, batch_events=SENT_AT_ONCE):
                sent += len(batch)
                if sent > plan.events * 3 // 4:
                    body_ended.wait(2 * PATIENCE_SECONDS)
                yield batch

        with ThreadPoolExecutor(1) as pool:
            sending = pool.submit(writer.send, traffic())
            try:
                yield
            finally:
                body_ended.set()
            sending.result()

    def await_answered(self, count: int) -> None:
        """Wait until so many answers lie in the topics, repeated ones too."""
        wait_until(lambda: len(self.answers()) >= count, f"{count} answers")

    def send(self, records: Iterable[tuple[bytes | None, bytes | None, HeaderList]], topic: Topic = RAW) -> list[Place]:
        """Send key, value and headers, and return where the broker put each."""
        places: dict[int, Place] = {}
        producer = Producer(
            {**self.config, "message.max.bytes": 2 * MAX_RECORD_BYTES, "partitioner": "murmur2_random", "enable.idempotence": True}
        )

        def delivered(number: int) -> Callable[[Any, Any], None]:
            def keep(error: Any, message: Any) -> None:
                assert error is None, error
                places[number] = Place(message.partition(), message.offset())

            return keep

        for number, (key, value, headers) in enumerate(records):
            producer.produce(topic.name, value, key, headers=to_client(headers), on_delivery=delivered(number))
        assert producer.flush(60) == 0
        return [places[number] for number in sorted(places)]

    def payment(self, customer_id: str, **changes: Any) -> tuple[bytes, bytes, HeaderList]:
        """Return a sound transaction of a customer, each with an id of its own, and too long after the one before to be a burst."""
        number = next(self._numbers)
        time = FIRST_PAYMENT + number * timedelta(minutes=11)
        fields = {
            "schema_version": 1,
            "transaction_id": f"tx-{self._run_id}-{number}",
            "customer_id": customer_id,
            "store_id": "store-1",
            "amount": "50.00",
            "currency": "BRL",
            "timestamp": time.isoformat(),
        }
        return customer_id.encode(), msgspec.json.encode(fields | changes), []

    def inputs(self) -> set[Place]:
        """Return every offset of the raw topic."""
        consumer = Consumer({**self.config, "group.id": "test"})
        ends = {number: consumer.get_watermark_offsets(TopicPartition(RAW.name, number), timeout=30) for number in range(RAW.partitions)}
        consumer.close()
        return {Place(number, offset) for number, (low, high) in ends.items() for offset in range(low, high)}

    def answers(self) -> list[tuple[Place, Answer]]:
        """Return everything that came out so far, what a recovery wrote again too; the list grows with the next call."""
        for name, follower, parse in (("scored", self.scored, decision_answer), ("dead", self.dead, dead_letter_answer)):
            follower.poll()
            self._answers += [parse(record) for record in follower.records[self._parsed[name] :]]
            self._parsed[name] = len(follower.records)
        return self._answers

    def await_answers(self, places: Iterable[Place] | None = None) -> dict[Place, Answer]:
        """Wait until these offsets, by default all of the raw topic, have their answers; return all answers there are."""
        wanted = set(self.inputs() if places is None else places)
        found: dict[Place, Answer] = {}

        def all_there() -> bool:
            found.update(self.answers())
            return wanted <= found.keys()

        end = time.monotonic() + PATIENCE_SECONDS
        while not all_there():
            left = len(wanted - found.keys())
            assert time.monotonic() < end, f"{left} of {len(wanted)} offsets without an answer: {self.flink.jobs()}"
        return found

    def decide(self, *records: tuple[bytes, bytes, HeaderList]) -> list[dict[str, Any]]:
        """Send records and return their decisions."""
        places = self.send(records)
        answers = self.await_answers(places)
        return [msgspec.json.decode(answers[place].content[1] or b"null") for place in places]

    def accounts(self, *, repeats_allowed: bool = True) -> Accounts:
        """Return how inputs and answers compare once every offset has one."""
        self.await_answers()
        return account(self.inputs(), self.answers(), repeats_allowed=repeats_allowed)

    def dump(self, topic: Topic, file: Path) -> Path:
        """Write a topic's records to a file as `streamflow topic dump` does."""
        with file.open("wb") as stream:
            stream.writelines(dump_line(record) + b"\n" for record in read_to_end(self.config, topic.name))
        return file

    def offline_answers(self, folder: Path) -> dict[Place, Answer]:
        """Return what `streamflow score` answers to the same records under the same control log."""
        records, control = self.dump(RAW, folder / "raw.jsonl"), self.dump(CONTROL, folder / "control.jsonl")
        done = self.cli("score", "--records", str(records), "--control", str(control), "--out", str(folder / "scored"))
        assert done.returncode == 0, done.stderr
        keys = {Place(record.partition, record.offset): record.key for record in read_to_end(self.config, RAW.name)}
        found: dict[Place, Answer] = {}
        with (folder / "scored" / "decisions.jsonl").open("rb") as stream:
            for line in stream:
                place, answer = decision_answer(Record(SCORED.name, 0, 0, 0, None, line.removesuffix(b"\n")))
                found[place] = Answer(answer.what, (keys[place], answer.content[1]))
        with (folder / "scored" / "dead_letters.jsonl").open("rb") as stream:
            for line in stream:
                letter = msgspec.json.decode(line, type=_Letter)
                content = (letter.code.encode(), letter.stage.encode(), letter.key_base64, letter.original_base64)
                found[Place(letter.source["partition"], letter.source["offset"])] = Answer("dead letter", content)
        return found

    def dead_letter_at(self, place: Place) -> Record:
        """Return the dead letter of an offset."""
        self.await_answers([place])
        return next(record for record in self.dead.records if dead_letter_answer(record)[0] == place)


class _Letter(msgspec.Struct):
    source: dict[str, Any]
    code: str
    stage: str
    key_base64: bytes | None
    original_base64: bytes | None
