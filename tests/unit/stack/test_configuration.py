"""What the stack writes for its servers, and what it remembers."""

import configparser
import socket
from pathlib import Path

import pytest

from streamflow.contracts.catalogue import TOPICS
from streamflow.contracts.errors import BadInputError, NotReadyError
from streamflow.stack import Stack, StackSettings
from streamflow.stack.component import Program
from streamflow.stack.config import Layout
from streamflow.stack.flink_home import FlinkHome
from streamflow.stack.kafka import Kafka
from streamflow.stack.network import LOOPBACK, free_port, port_is_free
from streamflow.stack.registry import select
from streamflow.stack.state import PORT_NAMES, StackState, metrics_port, task_managers
from streamflow.stack.supervisor import Supervisor


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(StackSettings(directory=str(tmp_path)))


@pytest.fixture
def state() -> StackState:
    state = StackState()
    state.choose_ports(frozenset())
    return state


def test_ports_are_chosen_once_and_remembered(layout: Layout, state: StackState) -> None:
    state.save(layout)
    again = StackState.load(layout)
    again.choose_ports(frozenset())
    assert again.ports == state.ports
    assert len(set(state.ports.values())) == len(PORT_NAMES) + len(task_managers(state))


def test_each_taskmanager_serves_its_metrics_at_a_port_of_its_own(state: StackState) -> None:
    first = state.ports[metrics_port("taskmanager-1")]
    state.taskmanagers = 3
    state.choose_ports(["taskmanager-1"])
    ports = [state.ports[metrics_port(name)] for name in ("jobmanager", *task_managers(state))]
    assert len(set(ports)) == 4
    assert ports[1] == first


def test_a_port_that_another_program_has_taken_is_given_up_unless_its_server_runs(state: StackState) -> None:
    taken = state.ports["kafka"]
    with socket.socket() as other:
        other.bind((LOOPBACK, taken))
        other.listen()
        assert not port_is_free(taken)
        state.choose_ports(frozenset({"kafka"}))
        assert state.ports["kafka"] == taken
        state.choose_ports(frozenset())
        assert state.ports["kafka"] != taken


def test_a_free_port_is_none_of_those_already_promised() -> None:
    first = free_port()
    assert free_port(frozenset({first})) != first


def test_a_broken_state_file_names_the_file_and_the_way_out(layout: Layout) -> None:
    layout.directory.mkdir(exist_ok=True)
    layout.state_file.write_text('{"ports": 1}')
    with pytest.raises(NotReadyError, match="--purge"):
        StackState.load(layout)


def test_every_address_of_the_broker_is_on_loopback(layout: Layout, state: StackState) -> None:
    listeners = Kafka(layout, state).server_properties()["listeners"].split(",")
    assert all(listener.partition("://")[2].startswith("127.0.0.1:") for listener in listeners)


def test_a_further_listener_can_be_added_to_the_broker(layout: Layout, state: StackState) -> None:
    assert Kafka(layout, state, {"listeners": "SSL://127.0.0.1:1"}).server_properties()["listeners"] == "SSL://127.0.0.1:1"


def test_every_address_of_flink_is_on_loopback_and_jobs_cannot_be_uploaded(layout: Layout, state: StackState) -> None:
    config = FlinkHome(layout, state).config()
    hosts = [value for name, value in config.items() if name.endswith(("-host", ".host", ".address", "-address"))]
    assert hosts == [LOOPBACK] * 7
    assert config["web.submit.enable"] == "false"


def test_the_configuration_of_flink_keeps_the_module_options_of_the_wheel(layout: Layout, state: StackState) -> None:
    assert "--add-opens=java.base/java.util=ALL-UNNAMED" in FlinkHome(layout, state).java_options()


def test_flink_home_is_laid_out_once_and_anew_when_something_changed(layout: Layout, state: StackState) -> None:
    home = FlinkHome(layout, state)
    home.prepare()
    assert not (home.path / "bin").is_symlink()
    assert any(jar.name.startswith("flink-python-") for jar in (home.path / "lib").iterdir())
    mark = home.path / "mark"
    mark.touch()
    home.prepare()
    assert mark.exists()
    state.ports["jobmanager"] += 1
    home.prepare()
    assert not mark.exists()


def test_supervisors_configuration_survives_odd_paths_and_values(tmp_path: Path) -> None:
    layout = Layout(StackSettings(directory=str(tmp_path / "a folder, 100%")))
    supervisor = Supervisor(layout)
    supervisor.write({"kafka": Program(command=["java", "it's"], environment={"A": 'x"y'}, fingerprint="f")})
    parser = configparser.RawConfigParser(inline_comment_prefixes=(";",))
    parser.read_string(supervisor.config_file.read_text())
    assert "100%%" in parser["program:kafka"]["stdout_logfile"]
    assert (layout.run / "kafka.sh").read_text().splitlines()[-1] == "exec setpriv --pdeathsig KILL -- java 'it'\"'\"'s'"


def test_a_deep_checkout_gets_a_socket_that_the_kernel_accepts(tmp_path: Path) -> None:
    layout = Layout(StackSettings(directory=str(tmp_path / ("deep/" * 30))))
    assert len(str(Supervisor(layout).socket)) <= 100


def test_components_bring_what_they_need() -> None:
    assert select(["taskmanager"]) == ["zookeeper", "jobmanager", "taskmanager"]
    assert select([]) == ["kafka", "zookeeper", "jobmanager", "taskmanager", "postgres"]


def test_an_unknown_component_is_named_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="expected kafka, zookeeper"):
        Stack(StackSettings(directory=str(tmp_path))).up(["kafak"])


def test_a_number_of_taskmanagers_out_of_range_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="1 to 64"):
        Stack(StackSettings(directory=str(tmp_path))).up(["flink"], taskmanagers=0)


def test_missing_jars_name_the_command_that_fetches_them(tmp_path: Path) -> None:
    stack = Stack(StackSettings(directory=str(tmp_path / "data"), jars=str(tmp_path / "none")))
    with pytest.raises(NotReadyError, match="make setup"):
        stack.up(["kafka"])


def test_a_stack_that_never_ran_has_no_endpoints_no_status_and_no_pid(tmp_path: Path) -> None:
    stack = Stack(StackSettings(directory=str(tmp_path)))
    assert (stack.endpoints().kafka_bootstrap, stack.status()) == ("", [])
    with pytest.raises(NotReadyError, match="streamflow up"):
        stack.pid("kafka")


def test_topics_of_the_catalogue_have_names_of_their_own() -> None:
    assert len({topic.name for topic in TOPICS}) == len(TOPICS)
