"""The Flink distribution of the wheel, laid out as a folder of this stack's own with its own configuration."""

import re
import shutil
import sys
from pathlib import Path
from typing import Final

from streamflow.contracts.errors import NotReadyError
from streamflow.stack.component import fingerprint, search_path
from streamflow.stack.config import Layout
from streamflow.stack.flink_layout import class_path, lay_out
from streamflow.stack.log4j import CONSOLE
from streamflow.stack.network import LOOPBACK
from streamflow.stack.state import StackState

JVM_METASPACE_MIB: Final = 256
JVM_OVERHEAD_MIB: Final = 192
FRAMEWORK_HEAP_MIB: Final = 128
FRAMEWORK_OFF_HEAP_MIB: Final = 128
NETWORK_MIB: Final = 96
JOBMANAGER_OFF_HEAP_MIB: Final = 128

HOT_PATH_OPTIONS: Final = ("-XX:+UseG1GC",)
# A server that coordinates needs no second compiler and no parallel collector: without them it starts in half the time.
COORDINATOR_OPTIONS: Final = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")

ON_EVERY_CLUSTER: Final = {
    # A Python job has an interpreter to itself.
    "taskmanager.numberOfTaskSlots": 1,
    # Values of labels come as they are: `le` has dots.
    "metrics.reporter.prometheus.filterLabelValueCharacters": "false",
    "state.backend.type": "rocksdb",
    "execution.checkpointing.incremental": "true",
    "execution.checkpointing.num-retained": 3,
    "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
}
"""What a cluster is told wherever it runs; deploy/kubernetes has it from here."""

LOGGING: Final = f"""\
monitorInterval = 30
{CONSOLE}
logger.netty.name = org.jboss.netty.channel.DefaultChannelPipeline
logger.netty.level = OFF
# Each commit of a Kafka sink registers its gauge anew, which is no news.
logger.metrics.name = org.apache.flink.metrics.MetricGroup
logger.metrics.level = ERROR
"""


class FlinkHome:
    """`FLINK_HOME` of one stack.

    Parameters
    ----------
    layout : Layout
        Where it lies, and where the wheel and the connectors come from.
    state : StackState
        The ports.
    """

    def __init__(self, layout: Layout, state: StackState) -> None:
        self.layout = layout
        self.state = state
        self.path = layout.flink_home
        self.conf = self.path / "conf"

    def jars(self) -> list[Path]:
        """Return the class path."""
        return class_path(self.layout.flink_wheel, self._connectors())

    def _connectors(self) -> list[Path]:
        return list(self.layout.jar_folder("flink").glob("*.jar"))

    def _reporter(self) -> list[Path]:
        return list(self.layout.jar_folder("plugin").glob("*.jar"))

    def java_options(self) -> str:
        """Return the JVM options that the wheel's own configuration says this Flink needs."""
        file = self.layout.flink_wheel / "conf" / "config.yaml"
        found = re.search(r"^\s+all: (--add.*)$", file.read_text(), flags=re.MULTILINE)
        if found is None:
            raise NotReadyError("the Flink wheel's configuration is not as expected", expected="env.java.opts.all", where=str(file))
        return found.group(1).strip()

    def config(self) -> dict[str, object]:
        """Return the content of Flink's `config.yaml`.

        Memory is given part by part: Flink's scripts would start another JVM, a second long, to work the same numbers out.
        """
        settings, state, data = self.layout.settings, self.state, self.layout.flink_data
        return {
            "env.java.opts.all": self.java_options(),
            # Of the client that submits a job: it lives for seconds.
            "env.java.opts.client": " ".join(COORDINATOR_OPTIONS),
            "env.log.dir": self.layout.log("flink").parent,
            "python.executable": sys.executable,
            "python.client.executable": sys.executable,
            "jobmanager.rpc.address": LOOPBACK,
            "jobmanager.rpc.port": state.ports["jobmanager_rpc"],
            "jobmanager.bind-host": LOOPBACK,
            "jobmanager.memory.heap.size": f"{settings.jobmanager_heap_mib}m",
            "jobmanager.memory.off-heap.size": f"{JOBMANAGER_OFF_HEAP_MIB}m",
            "jobmanager.memory.jvm-metaspace.size": f"{JVM_METASPACE_MIB}m",
            "rest.address": LOOPBACK,
            "rest.bind-address": LOOPBACK,
            "rest.port": state.ports["jobmanager"],
            "rest.bind-port": state.ports["jobmanager"],
            "web.submit.enable": "false",
            "web.cancel.enable": "true",
            "web.tmpdir": data / "web",
            "io.tmp.dirs": data / "tmp",
            "taskmanager.host": LOOPBACK,
            "taskmanager.bind-host": LOOPBACK,
            "taskmanager.cpu.cores": 1.0,
            "taskmanager.memory.framework.heap.size": f"{FRAMEWORK_HEAP_MIB}m",
            "taskmanager.memory.task.heap.size": f"{settings.taskmanager_heap_mib}m",
            "taskmanager.memory.framework.off-heap.size": f"{FRAMEWORK_OFF_HEAP_MIB}m",
            "taskmanager.memory.task.off-heap.size": "0m",
            "taskmanager.memory.network.min": f"{NETWORK_MIB}m",
            "taskmanager.memory.network.max": f"{NETWORK_MIB}m",
            "taskmanager.memory.managed.size": f"{settings.taskmanager_managed_mib}m",
            "taskmanager.memory.jvm-metaspace.size": f"{JVM_METASPACE_MIB}m",
            "taskmanager.memory.jvm-overhead.min": f"{JVM_OVERHEAD_MIB}m",
            "taskmanager.memory.jvm-overhead.max": f"{JVM_OVERHEAD_MIB}m",
            # A killed TaskManager is missed after seconds, not after Flink's default of 50.
            "heartbeat.interval": "1000 ms",
            "heartbeat.timeout": "6000 ms",
            # Each process has its port on its command line.
            "metrics.reporters": "prometheus",
            "metrics.reporter.prometheus.factory.class": "org.apache.flink.metrics.prometheus.BoundPrometheusReporterFactory",
            "metrics.reporter.prometheus.host": LOOPBACK,
            "high-availability.type": "zookeeper",
            "high-availability.cluster-id": "/streamflow",
            "high-availability.storageDir": (data / "high-availability").as_uri(),
            "high-availability.zookeeper.quorum": state.address("zookeeper"),
            "zookeeper.sasl.disable": "true",
            # A killed JobManager stays leader until its session ends: the default of a minute would be a minute's outage.
            "high-availability.zookeeper.client.session-timeout": "6000 ms",
            "high-availability.zookeeper.client.connection-timeout": "6000 ms",
            "high-availability.zookeeper.client.retry-wait": "500 ms",
            "high-availability.zookeeper.client.max-retry-attempts": 29,  # the most that Curator takes
            "high-availability.zookeeper.client.tolerate-suspended-connections": "true",
            "execution.checkpointing.dir": (data / "checkpoints").as_uri(),
            "execution.checkpointing.savepoint-dir": (data / "savepoints").as_uri(),
            **ON_EVERY_CLUSTER,
        }

    def text(self) -> str:
        """Return `config.yaml`: one flat key a line, values quoted."""
        quoted = {name: str(value).replace("'", "''") for name, value in self.config().items()}
        return "".join(f"{name}: '{value}'\n" for name, value in quoted.items())

    def fingerprint(self) -> str:
        """Return a digest of the configuration and the jars: another one means that the cluster must start anew."""
        return fingerprint(self.text(), LOGGING, *self.jars(), *self._reporter())

    def prepare(self) -> None:
        """Lay the folder out; does nothing when it is as it should be."""
        stamp, wanted = self.path / "fingerprint", self.fingerprint()
        if stamp.exists() and stamp.read_text() == wanted:
            return
        wheel = self.layout.flink_wheel
        shutil.rmtree(self.path, ignore_errors=True)
        lay_out(wheel, self.path, self._connectors(), {"metrics-prometheus": self._reporter()})
        (self.conf / "log4j-console.properties").write_text(LOGGING)
        (self.conf / "config.yaml").write_text(self.text())
        for folder in ("web", "tmp", "high-availability", "checkpoints", "savepoints"):
            (self.layout.flink_data / folder).mkdir(parents=True, exist_ok=True, mode=0o700)
        stamp.write_text(wanted)

    def environment(self) -> dict[str, str]:
        """Return the variables that Flink's programs, and `flink run`, are to have."""
        folders = {name: str(self.path / name) for name in ("bin", "conf", "lib", "opt", "plugins")}
        return {
            "FLINK_HOME": str(self.path),
            **{f"FLINK_{name.upper()}_DIR": folder for name, folder in folders.items()},
            "PATH": search_path(),
        }

    def java(self, main_class: str, *arguments: str, heap_mib: int, direct_mib: int, options: tuple[str, ...]) -> list[str]:
        """Return the command of one of Flink's servers."""
        return [
            self.layout.java,
            f"-Xmx{heap_mib}m",
            f"-XX:MaxDirectMemorySize={direct_mib}m",
            f"-XX:MaxMetaspaceSize={JVM_METASPACE_MIB}m",
            *options,
            *self.java_options().split(),
            f"-Dlog4j.configurationFile={(self.conf / 'log4j-console.properties').as_uri()}",
            "-cp",
            f"{self.path}/lib/*",
            main_class,
            *arguments,
        ]
