"""The Flink cluster: one JobManager, and TaskManagers of one slot each."""

import json
import urllib.request
from typing import Any, ClassVar, Final

from streamflow.stack.component import Component, Program
from streamflow.stack.config import Layout
from streamflow.stack.flink_home import (
    COORDINATOR_OPTIONS,
    FRAMEWORK_HEAP_MIB,
    FRAMEWORK_OFF_HEAP_MIB,
    HOT_PATH_OPTIONS,
    JOBMANAGER_OFF_HEAP_MIB,
    NETWORK_MIB,
    FlinkHome,
)
from streamflow.stack.network import answers
from streamflow.stack.state import StackState, metrics_port, task_managers

ASK_TIMEOUT_SECONDS: Final = 5.0


def ask_flink(rest_url: str, path: str) -> Any:
    """Return the answer of Flink's REST interface to a GET request.

    Raises
    ------
    OSError
        It does not answer, or answers with an error.
    """
    with urllib.request.urlopen(f"{rest_url}{path}", timeout=ASK_TIMEOUT_SECONDS) as response:  # noqa: S310 - our own http address
        return json.load(response)


class FlinkComponent(Component):
    """What the JobManager and the TaskManagers have in common."""

    needs: ClassVar[tuple[str, ...]] = ("zookeeper",)

    def __init__(self, layout: Layout, state: StackState) -> None:
        super().__init__(layout, state)
        self.home = FlinkHome(layout, state)

    @property
    def endpoint(self) -> str:
        """The JobManager's REST address."""
        return f"http://{self.state.address('jobmanager')}"

    def prepare(self) -> None:
        """Lay `FLINK_HOME` out."""
        self.home.prepare()

    def program(self, process: str, main_class: str, *arguments: str, heap_mib: int, direct_mib: int, options: tuple[str, ...]) -> Program:
        """Return one process of the cluster, which serves its metrics at a port of its own."""
        port = self.state.ports[metrics_port(process)]
        # In front: what the JobManager does not know, such as its mode, ends its reading of options.
        arguments = ("--configDir", str(self.home.conf), "-D", f"metrics.reporter.prometheus.port={port}", *arguments)
        command = self.home.java(main_class, *arguments, heap_mib=heap_mib, direct_mib=direct_mib, options=options)
        # glibc's memory arenas, one a thread, would let RocksDB's small allocations grow without need.
        environment = {**self.home.environment(), "MALLOC_ARENA_MAX": "2"}
        return Program(command=command, environment=environment, fingerprint=self.home.fingerprint())


class JobManager(FlinkComponent):
    """The JobManager; ZooKeeper remembers its jobs, so that a killed one comes back with them."""

    name = "jobmanager"
    what = "Flink JobManager"

    def programs(self) -> dict[str, Program]:
        """Return the JobManager's process."""
        main = "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint"
        program = self.program(
            self.name,
            main,
            "--executionMode",
            "cluster",
            heap_mib=self.layout.settings.jobmanager_heap_mib,
            direct_mib=JOBMANAGER_OFF_HEAP_MIB,
            options=COORDINATOR_OPTIONS,
        )
        return {self.name: program}

    def why_not_ready(self) -> str | None:
        """Ask for the cluster's overview, which needs an elected leader."""
        try:
            ask_flink(self.endpoint, "/overview")
        except OSError as error:
            return str(error)
        return None


class TaskManagers(FlinkComponent):
    """As many TaskManagers as the state says.

    One slot each: all slots of a TaskManager would share one Python interpreter, and so one processor core.
    """

    name = "taskmanager"
    what = "Flink TaskManagers"
    needs = ("zookeeper", "jobmanager")

    def programs(self) -> dict[str, Program]:
        """Return a process for each TaskManager."""
        main = "org.apache.flink.runtime.taskexecutor.TaskManagerRunner"
        settings = self.layout.settings
        return {
            name: self.program(
                name,
                main,
                heap_mib=FRAMEWORK_HEAP_MIB + settings.taskmanager_heap_mib,
                direct_mib=FRAMEWORK_OFF_HEAP_MIB + NETWORK_MIB,
                options=HOT_PATH_OPTIONS,
            )
            for name in task_managers(self.state)
        }

    def why_not_ready(self) -> str | None:
        """Ask the JobManager which of them it knows, and count those that still listen."""
        try:
            known = [entry["path"] for entry in ask_flink(self.endpoint, "/taskmanagers")["taskmanagers"]]
        except OSError as error:
            return str(error)
        # The JobManager remembers a killed one until its heartbeats are missed.
        listening = sum(answers(path.partition("@")[2].partition("/")[0]) for path in known)
        wanted = self.state.taskmanagers
        return None if listening == wanted else f"{listening} of {wanted} registered"


class ZooKeeper(Component):
    """The ZooKeeper that comes with Flink: it remembers which jobs run and where their newest checkpoints are."""

    name = "zookeeper"
    what = "ZooKeeper for Flink's high availability"

    def __init__(self, layout: Layout, state: StackState) -> None:
        super().__init__(layout, state)
        self.home = FlinkHome(layout, state)
        self.folder = layout.data(self.name)
        self.config_file = self.folder / "zoo.cfg"

    @property
    def endpoint(self) -> str:
        """The client address."""
        return self.state.address("zookeeper")

    def config(self) -> str:
        """Return `zoo.cfg`."""
        host, _, port = self.endpoint.partition(":")
        lines = {
            "tickTime": 1000,
            "dataDir": self.folder / "data",
            "clientPortAddress": host,
            "clientPort": port,
            "admin.enableServer": "false",
            "autopurge.purgeInterval": 24,
        }
        return "".join(f"{name}={value}\n" for name, value in lines.items())

    def prepare(self) -> None:
        """Write the configuration."""
        self.home.prepare()
        (self.folder / "data").mkdir(parents=True, exist_ok=True)
        self.config_file.write_text(self.config())

    def programs(self) -> dict[str, Program]:
        """Return ZooKeeper's process."""
        command = self.home.java(
            "org.apache.flink.runtime.zookeeper.FlinkZooKeeperQuorumPeer",
            "--zkConfigFile",
            str(self.config_file),
            "--peerId",
            "1",
            heap_mib=self.layout.settings.zookeeper_heap_mib,
            direct_mib=self.layout.settings.zookeeper_heap_mib,
            options=COORDINATOR_OPTIONS,
        )
        return {self.name: Program(command=command, environment=self.home.environment(), fingerprint=self.home.fingerprint())}

    def why_not_ready(self) -> str | None:
        """See whether it accepts connections, which it does once its data is loaded."""
        return None if answers(self.endpoint) else "does not listen yet"
