"""The Kafka broker: one KRaft node that is its own controller."""

import base64
import subprocess
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from streamflow.contracts.catalogue import TOPICS
from streamflow.contracts.errors import NotReadyError
from streamflow.stack.component import Component, Program, fingerprint, properties
from streamflow.stack.config import Layout
from streamflow.stack.log4j import CONSOLE
from streamflow.stack.network import answers
from streamflow.stack.state import StackState
from streamflow.stack.topics import ClientConfig, ensure_topics

NODE_ID: Final = 1
ASK_TIMEOUT_SECONDS: Final = 2.0
OFFSETS_RETENTION_MINUTES: Final = 365 * 24 * 60

# librdkafka would print a line for each refused connection while the broker starts.
QUIET: Final = {"log_level": "0"}

LOGGING: Final = f"""\
status = WARN
{CONSOLE}
"""


class Kafka(Component):
    """A broker on loopback whose topics are those of the catalogue.

    Parameters
    ----------
    layout, state
        As for every component.
    extra : mapping, optional
        More broker properties, or other values for those below: a further listener, for example.
    format_options : tuple of str, optional
        More arguments for the formatting of its storage, such as `--add-scram`.
    """

    name = "kafka"
    what = "Kafka broker"

    def __init__(
        self, layout: Layout, state: StackState, extra: Mapping[str, str] | None = None, format_options: tuple[str, ...] = ()
    ) -> None:
        super().__init__(layout, state)
        self.extra = dict(extra or {})
        self.format_options = format_options
        self.folder = layout.data(self.name)
        self.properties_file = self.folder / "server.properties"
        self.logging_file = self.folder / "log4j2.properties"

    @property
    def endpoint(self) -> str:
        """The bootstrap address."""
        return self.state.address("kafka")

    def server_properties(self) -> dict[str, str]:
        """Return the broker's properties."""
        controller = self.state.address("kafka_controller")
        single = dict.fromkeys(
            (
                "default.replication.factor",
                "offsets.topic.replication.factor",
                "transaction.state.log.replication.factor",
                "transaction.state.log.min.isr",
                "share.coordinator.state.topic.replication.factor",
                "share.coordinator.state.topic.min.isr",
            ),
            "1",
        )
        return {
            "process.roles": "broker,controller",
            "node.id": str(NODE_ID),
            # Named voters, not a bootstrap list: the port may change between two starts, the node may not.
            "controller.quorum.voters": f"{NODE_ID}@{controller}",
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
            "listeners": f"PLAINTEXT://{self.endpoint},CONTROLLER://{controller}",
            "log.dirs": str(self.folder / "data"),
            "auto.create.topics.enable": "false",
            "group.initial.rebalance.delay.ms": "0",
            "offsets.retention.minutes": str(OFFSETS_RETENTION_MINUTES),
            "offsets.topic.num.partitions": "8",
            "transaction.state.log.num.partitions": "8",
            # The default takes a quarter of a 512 MiB heap for the one compacted topic.
            "log.cleaner.dedupe.buffer.size": str(16 * 1024 * 1024),
            **single,
            **self.extra,
        }

    def java(self, *arguments: str, heap_mib: int) -> list[str]:
        """Return the command that runs one of Kafka's programs."""
        jars = self.layout.jar_folder("kafka")
        logging = f"-Dlog4j2.configurationFile={self.logging_file.as_uri()}"
        return [self.layout.java, f"-Xmx{heap_mib}m", "-XX:+UseG1GC", logging, "-cp", f"{jars}/*", *arguments]

    def prepare(self) -> None:
        """Write the configuration and, once, format the storage."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.properties_file.write_text(properties(self.server_properties()))
        self.logging_file.write_text(LOGGING)
        if (self.folder / "data" / "meta.properties").exists():
            return
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
        # With an equals sign: one in 64 of these ids begins with a dash and would be taken for an option.
        arguments = ("format", f"--cluster-id={cluster_id}", "--config", str(self.properties_file), *self.format_options)
        done = subprocess.run(self.java("kafka.tools.StorageTool", *arguments, heap_mib=128), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise NotReadyError("Kafka's storage cannot be formatted", got=(done.stdout + done.stderr)[-2000:], where=str(self.folder))

    def programs(self) -> dict[str, Program]:
        """Return the broker's process."""
        jars: list[Path] = sorted(self.layout.jar_folder("kafka").glob("*.jar"))
        command = self.java("kafka.Kafka", str(self.properties_file), heap_mib=self.layout.settings.kafka_heap_mib)
        return {self.name: Program(command=command, fingerprint=fingerprint(properties(self.server_properties()), *jars))}

    def client_config(self) -> ClientConfig:
        """Return what a client on this machine needs to connect."""
        return {"bootstrap.servers": self.endpoint, **QUIET}

    def why_not_ready(self) -> str | None:
        """Ask the broker for its cluster's metadata."""
        if not answers(self.endpoint):
            return "does not listen yet"
        try:
            AdminClient(self.client_config()).list_topics(timeout=ASK_TIMEOUT_SECONDS)
        except KafkaException as error:
            return str(error.args[0].str())
        return None

    def after_start(self) -> str:
        """Create the catalogue's topics."""
        return ensure_topics(self.client_config(), TOPICS).summary()
