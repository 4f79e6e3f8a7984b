"""The stack as its users meet it: up, down, killed, and up again."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psutil
import psycopg
import pytest
from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from streamflow.contracts.catalogue import ALERTS, TOPICS
from streamflow.contracts.errors import NotReadyError
from streamflow.jobs import FlinkRest
from streamflow.kafka.lag import LagReader
from streamflow.stack import Progress, Stack, StackSettings
from streamflow.stack.flink import ask_flink
from streamflow.stack.network import port_is_free
from streamflow.stack.registry import COMPONENTS, OPTIONAL
from streamflow.stack.state import StackState
from streamflow.stack.supervisor import MARK

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    stack = Stack(StackSettings(directory=str(tmp_path_factory.mktemp("stack")), kafka_heap_mib=256, ready_timeout_seconds=400))
    try:
        stack.up(taskmanagers=1)
        yield stack
    finally:
        stack.down()


def until(condition: Callable[[], bool], what: str, seconds: float = 300) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited in vain: {what}")
        time.sleep(0.2)


def marked_processes(stack: Stack) -> list[int]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == str(stack.layout.directory):
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


def test_every_component_answers_a_real_request(stack: Stack) -> None:
    stack.up()
    endpoints = stack.endpoints()
    with psycopg.connect(endpoints.postgres_dsn) as connection:
        assert connection.execute("SELECT current_database()").fetchone() == ("streamflow",)
    overview = ask_flink(endpoints.flink_rest, "/overview")
    assert (overview["taskmanagers"], overview["slots-total"]) == (1, 1)
    with closing(LagReader({"bootstrap.servers": endpoints.kafka_bootstrap})) as lag:
        assert (FlinkRest(endpoints.flink_rest).jobs(), lag.read()) == ([], [])
    assert [entry.name for entry in stack.status() if not entry.ready] == []


def test_the_broker_has_the_topics_of_the_catalogue_with_their_settings(stack: Stack) -> None:
    admin = AdminClient({"bootstrap.servers": stack.endpoints().kafka_bootstrap})
    present = admin.list_topics(timeout=30).topics
    assert {topic.name: topic.partitions for topic in TOPICS} == {topic.name: len(present[topic.name].partitions) for topic in TOPICS}
    for resource, future in admin.describe_configs([ConfigResource(ResourceType.TOPIC, topic.name) for topic in TOPICS]).items():
        config = future.result(30)
        wanted = next(topic for topic in TOPICS if topic.name == resource.name).config()
        assert {key: config[key].value for key in wanted} == wanted


def test_a_second_up_changes_nothing_but_what_drifted_from_the_catalogue(stack: Stack) -> None:
    admin = AdminClient({"bootstrap.servers": stack.endpoints().kafka_bootstrap})
    drift = ConfigEntry("retention.ms", "1000", incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, ALERTS.name, incremental_configs=[drift])
    for future in admin.incremental_alter_configs([resource]).values():
        future.result(30)
    before = {entry.name: entry.pid for entry in stack.status()}
    steps: list[Progress] = []
    stack.up(report=steps.append)
    assert {entry.name: entry.pid for entry in stack.status()} == before
    said = {step.component: step.detail for step in steps if step.phase == "ready"}
    assert said["kafka"] == f"{ALERTS.name}: retention.ms put right"


def test_no_server_listens_beyond_loopback(stack: Stack) -> None:
    for entry in stack.status():
        assert entry.pid is not None
        listening = [place for place in psutil.Process(entry.pid).net_connections(kind="tcp") if place.status == psutil.CONN_LISTEN]
        assert listening
        assert {place.laddr.ip.removeprefix("::ffff:") for place in listening} <= {"127.0.0.1", "::1"}, entry.name


def test_passwords_are_not_in_the_environment_and_the_password_file_is_private(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (stack.layout.data("postgres") / "pgpass").stat().st_mode & 0o077 == 0
    for entry in stack.status():
        names = {name for name in psutil.Process(entry.pid).environ() if name.startswith("STREAMFLOW_")}
        assert names <= {MARK, "STREAMFLOW_FINGERPRINT"}


def test_taskmanagers_can_be_added_and_taken_away_while_the_rest_runs(stack: Stack) -> None:
    broker = stack.pid("kafka")
    stack.up(["taskmanager"], taskmanagers=2)
    assert {entry.name for entry in stack.status() if entry.ready} >= {"taskmanager-1", "taskmanager-2"}
    stack.up(["taskmanager"], taskmanagers=1)
    assert "taskmanager-2" not in {entry.name for entry in stack.status()}
    assert stack.pid("kafka") == broker


@pytest.mark.parametrize("process", ["taskmanager-1", "jobmanager", "zookeeper", "postgres"])
def test_a_killed_process_comes_back(stack: Stack, process: str) -> None:
    killed = stack.kill(process)
    until(lambda: (info := stack.supervisor.processes()[process]).pid not in (None, killed) and info.state == "RUNNING", process)
    stack.wait_ready()
    assert stack.pid(process) != killed


def test_a_killed_broker_comes_back_with_its_records(stack: Stack) -> None:
    bootstrap = stack.endpoints().kafka_bootstrap
    producer = Producer({"bootstrap.servers": bootstrap, "acks": "all"})
    producer.produce(ALERTS.name, key=b"ana", value=b"before", partition=0)
    assert producer.flush(60) == 0
    killed = stack.kill("kafka")
    until(lambda: stack.supervisor.processes()["kafka"].pid not in (None, killed), "kafka")
    stack.wait_ready(["kafka"])
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "test", "auto.offset.reset": "earliest"})
    consumer.subscribe([ALERTS.name])
    message = next(found for found in iter(lambda: consumer.poll(60), None) if found.error() is None)
    consumer.close()
    assert message.value() == b"before"


def test_restart_gives_a_new_process_that_answers(stack: Stack) -> None:
    before = stack.pid("taskmanager-1")
    stack.restart("taskmanager-1")
    assert stack.pid("taskmanager-1") != before


def test_one_component_can_be_stopped_and_started_again(stack: Stack) -> None:
    stack.down(["postgres"])
    assert {entry.name: entry.state for entry in stack.status()}["postgres"] == "STOPPED"
    stack.up(["postgres"])
    assert stack.pid("postgres")


def test_killing_the_supervisor_leaves_nothing_behind_and_up_starts_anew(stack: Stack) -> None:
    ports = StackState.load(stack.layout).ports
    os.kill(stack.pid("supervisor"), signal.SIGKILL)
    until(lambda: not marked_processes(stack), "every child ends with its supervisor")
    assert not stack.supervisor.is_alive()
    stack.up()
    assert StackState.load(stack.layout).ports == ports
    assert {entry.component for entry in stack.status() if entry.ready} == set(COMPONENTS) - OPTIONAL


def test_what_survives_a_dead_supervisor_is_killed_by_down(stack: Stack) -> None:
    os.kill(stack.pid("supervisor"), signal.SIGKILL)
    until(lambda: not marked_processes(stack), "every child ends with its supervisor")
    left = psutil.Popen(["sleep", "600"], env={MARK: str(stack.layout.directory)})
    foreign = psutil.Popen(["sleep", "600"], env={MARK: f"{stack.layout.directory}-other"})
    try:
        stack.down()
        assert not left.is_running()
        assert foreign.is_running()
    finally:
        foreign.kill()
        foreign.wait()


def test_down_can_be_repeated_frees_the_ports_and_purge_deletes_the_data(stack: Stack) -> None:
    stack.down()
    stack.down()
    assert all(port_is_free(port) for port in StackState.load(stack.layout).ports.values())
    assert marked_processes(stack) == []
    stack.down(purge=True)
    assert [path.name for path in stack.layout.directory.iterdir()] == ["lock"]


def test_two_stacks_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    one, other = (Stack(StackSettings(directory=str(tmp_path / name), ready_timeout_seconds=400)) for name in ("one", "other"))
    try:
        addresses = {stack.up(["postgres"]).postgres_dsn for stack in (one, other)}
        assert len(addresses) == 2
        one.down()
        with psycopg.connect(other.endpoints().postgres_dsn) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        one.down()
        other.down()


def test_a_component_that_cannot_start_is_named_with_the_end_of_its_log(tmp_path: Path) -> None:
    stack = Stack(StackSettings(directory=str(tmp_path), ready_timeout_seconds=400))
    try:
        stack.up(["postgres"])
        stack.down()
        (stack.layout.data("postgres") / "data" / "PG_VERSION").write_text("7\n")
        with pytest.raises(NotReadyError, match="PostgreSQL version 7") as caught:
            stack.up(["postgres"])
        assert "streamflow logs postgres" in caught.value.fix
    finally:
        stack.down()
