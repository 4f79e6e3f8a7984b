"""As on a cluster: each job an application that is told everything by variables, as a user of Kafka's who may do his work and no more."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import msgspec
import psycopg
import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer

from streamflow.contracts.access import CLIENTS, Client
from streamflow.contracts.catalogue import DLQ, FRAUD_DETECTOR, JOBS, SCORED, TOPICS, Topic
from streamflow.contracts.errors import NotReadyError
from streamflow.jobs import FlinkRest
from streamflow.kafka.reading import Reader
from streamflow.stack.lifecycle import Stack
from tests.integration.job.small_stack import settings_for
from tests.integration.stack.secure_broker import OWNER, START_SECONDS, SecureBroker, secure_broker

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]
EVENTS = 500
SETTLE_SECONDS = 3.0


class Cluster:
    """A broker with rights, and Flink and PostgreSQL beside it."""

    def __init__(self, broker: SecureBroker, stack: Stack) -> None:
        self.broker = broker
        self.stack = stack

    def variables(self, user: str) -> dict[str, str]:
        """Return what a pod of the user's would have."""
        facts = msgspec.structs.asdict(self.broker.settings(user))
        kafka = {f"STREAMFLOW_KAFKA_{name.upper()}": value for name, value in facts.items() if isinstance(value, str) and value}
        usual = {name: value for name, value in os.environ.items() if not name.startswith("STREAMFLOW_")}
        return {**usual, **kafka, "STREAMFLOW_POSTGRES_DSN": self.stack.endpoints().postgres_dsn}

    def streamflow(self, user: str, *arguments: str) -> str:
        command = [sys.executable, "-m", "streamflow.cli.main", *arguments]
        done = subprocess.run(command, env=self.variables(user), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start_application(self, job: str, *arguments: str) -> None:
        flink = [f"{self.stack.flink_home}/bin/flink", "run", "--detached", "--parallelism", "1", *arguments]
        flink += ["--pyClientExecutable", sys.executable, "--pyExecutable", sys.executable]
        done = subprocess.run(
            [*flink, "--pyModule", "streamflow.jobs.application", job],
            env={**self.variables(job), **self.stack.flink_environment()},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with secure_broker(tmp_path_factory.mktemp("secure")) as broker:
        broker.give_rights()
        stack = settings_for(tmp_path_factory.mktemp("stack")).local_stack()
        try:
            stack.up(["flink", "postgres"], taskmanagers=len(JOBS))
            yield Cluster(broker, stack)
        finally:
            stack.down()


def test_with_their_rights_alone_payments_are_decided_stored_and_audited(cluster: Cluster) -> None:
    cluster.streamflow(OWNER, "warehouse", "migrate")
    assert '"changed": true' in cluster.streamflow("operator", "rules", "init", "--json")
    assert '"changed": false' in cluster.streamflow("operator", "rules", "init", "--json")
    for job in JOBS:
        cluster.start_application(job.name)
    # Simulated payments lie in the past, of which the aggregator makes windows at once.
    cluster.streamflow("shop", "simulate", "--topic", "--events", str(EVENTS), "--customers", "50", "--malformed-ratio", "0.1")
    end = time.monotonic() + START_SECONDS
    while (answered := count(cluster, SCORED) + count(cluster, DLQ)) < EVENTS or stored(cluster) < EVENTS:
        assert time.monotonic() < end, f"{answered} of {EVENTS} are answered, {stored(cluster)} stored"
        time.sleep(0.5)
    cluster.streamflow("auditor", "audit", "--no-gold", "--settle", "0s")


def test_a_new_password_is_taken_up_by_stopping_with_a_savepoint_and_going_on(cluster: Cluster) -> None:
    old = cluster.broker.client(FRAUD_DETECTOR.name)
    before = count(cluster, SCORED)
    cluster.broker.change_password(FRAUD_DETECTOR.name)
    with closing(Consumer({**old, "group.id": "late", "error_cb": lambda _: None})) as late, pytest.raises(KafkaException):
        late.list_topics(timeout=10)
    # Who is connected stays connected: payments are decided meanwhile.
    pay(cluster, seed=2)
    await_decisions(cluster, before + EVENTS)
    flink = FlinkRest(cluster.stack.endpoints().flink_rest)
    (run,) = (job for job in flink.living() if job.name == FRAUD_DETECTOR.name)
    command = [f"{cluster.stack.flink_home}/bin/flink", "stop", run.job_id]
    stopped = subprocess.run(command, env={**os.environ, **cluster.stack.flink_environment()}, capture_output=True, text=True, check=True)
    (savepoint,) = re.findall(r"Savepoint completed\. Path: (\S+)", stopped.stdout)
    cluster.start_application(FRAUD_DETECTOR.name, "--fromSavepoint", savepoint)
    pay(cluster, seed=3)
    await_decisions(cluster, before + 2 * EVENTS)
    time.sleep(SETTLE_SECONDS)
    assert count(cluster, SCORED) == before + 2 * EVENTS


def pay(cluster: Cluster, seed: int) -> None:
    cluster.streamflow("shop", "simulate", "--topic", "--events", str(EVENTS), "--customers", "50", "--seed", str(seed))


def await_decisions(cluster: Cluster, wanted: int) -> None:
    end = time.monotonic() + START_SECONDS
    while (decided := count(cluster, SCORED)) < wanted:
        assert time.monotonic() < end, f"{decided} of {wanted} are decided"
        time.sleep(0.5)


def count(cluster: Cluster, topic: Topic) -> int:
    with closing(Reader(cluster.broker.client("operator"), topic.name)) as reader:
        return sum(end - first for first, end in reader.spans().values())


def stored(cluster: Cluster) -> int:
    with psycopg.connect(cluster.stack.endpoints().postgres_dsn) as connection:
        tables = ("decisions", "dead_letters")
        rows = [connection.execute(f"SELECT count(*) FROM bronze.{table}").fetchone() for table in tables]  # noqa: S608 - our own names
    return sum(int(row[0]) for row in rows if row)


@pytest.mark.parametrize("who", CLIENTS, ids=lambda client: client.name)
def test_nobody_writes_or_reads_what_is_not_his(cluster: Cluster, who: Client) -> None:
    assert {topic.name for topic in TOPICS if may_write(cluster, who, topic)} == {topic.name for topic in who.writes}
    assert {topic.name for topic in TOPICS if may_read(cluster, who, topic)} == {topic.name for topic in {*who.reads, *who.writes}}


def may_write(cluster: Cluster, who: Client, topic: Topic) -> bool:
    """Return whether a record that can be read by nobody gets in. The control topic is compacted, so it has a key that names nothing."""
    refused: list[Any] = []
    producer = Producer({**cluster.broker.client(who.name), "message.timeout.ms": 30_000})
    producer.produce(topic.name, key=b"tried", value=b"{}", on_delivery=lambda error, _: refused.append(error))
    assert producer.flush(60) == 0
    (error,) = refused
    assert error is None or error.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED, error
    return error is None


def may_read(cluster: Cluster, who: Client, topic: Topic) -> bool:
    """Return whether the topic is known to him at all."""
    try:
        Reader(cluster.broker.client(who.name), topic.name).close()
    except (NotReadyError, KafkaException):
        return False
    return True
