"""What a stack remembers between two commands: its ports and how many TaskManagers it has."""

import fcntl
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from streamflow.contracts.catalogue import JOBS
from streamflow.contracts.errors import NotReadyError
from streamflow.stack.config import Layout
from streamflow.stack.network import LOOPBACK, free_port, port_is_free

PORT_NAMES: Final = (
    "kafka",
    "kafka_controller",
    "zookeeper",
    "jobmanager",
    "jobmanager_rpc",
    "jobmanager_metrics",
    "postgres",
    "airflow",
    "prometheus",
    "alertmanager",
    "probe",
)
"""Of the servers that there is one of; each TaskManager has one more, `taskmanager-N_metrics`."""


class StackState(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The content of `stack.json`."""

    ports: dict[str, int] = {}
    taskmanagers: int = 1
    taskmanagers_chosen: bool = False
    """Whether somebody said how many; else there are as many as there are jobs that can run."""
    fingerprints: dict[str, str] = {}
    """Digests of what each process was started with."""

    @classmethod
    def load(cls, layout: Layout) -> "StackState":
        """Read the state; a stack that never ran has an empty one.

        Raises
        ------
        NotReadyError
            The file is there but cannot be read.
        """
        try:
            return msgspec.json.decode(layout.state_file.read_bytes(), type=cls)
        except FileNotFoundError:
            return cls()
        except msgspec.DecodeError as error:
            raise NotReadyError(
                "the stack's state file cannot be read", got=str(error), where=str(layout.state_file), fix="streamflow down --purge"
            ) from error

    def save(self, layout: Layout) -> None:
        """Write the state so that a killed command leaves the old file or the new one, never half of one."""
        layout.state_file.parent.mkdir(parents=True, exist_ok=True)
        draft = layout.state_file.with_suffix(".draft")
        draft.write_bytes(msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n")
        draft.replace(layout.state_file)

    def settle_taskmanagers(self, asked: int | None, *, every_job: bool) -> None:
        """Say how many TaskManagers there are: as many as anybody ever asked for, else one, or one for every job.

        Parameters
        ----------
        asked : int or None
            What is asked for now.
        every_job : bool
            Whether every job can run here, those that write tables too.

        Examples
        --------
        >>> state = StackState()
        >>> state.settle_taskmanagers(None, every_job=True)
        >>> state.taskmanagers
        3
        """
        if asked is not None:
            self.taskmanagers, self.taskmanagers_chosen = asked, True
        elif every_job and not self.taskmanagers_chosen:
            self.taskmanagers = len(JOBS)

    def choose_ports(self, running: Collection[str]) -> None:
        """Give every server a free port; a remembered port stays unless another program has taken it.

        Parameters
        ----------
        running : collection of str
            Processes that run at this moment, so that their ports are rightly in use.
        """
        for name in (*PORT_NAMES, *map(metrics_port, task_managers(self))):
            if name in self.ports and (name.partition("_")[0] in running or port_is_free(self.ports[name])):
                continue
            self.ports[name] = free_port(frozenset(self.ports.values()))

    def address(self, name: str) -> str:
        """Return `host:port` of a server."""
        return f"{LOOPBACK}:{self.ports[name]}"


def metrics_port(process: str) -> str:
    """Return the name of the port at which a process of Flink's serves its metrics.

    Examples
    --------
    >>> metrics_port("taskmanager-2")
    'taskmanager-2_metrics'
    """
    return f"{process}_metrics"


def task_managers(state: StackState) -> list[str]:
    """Return the names of the TaskManagers' processes."""
    return [f"taskmanager-{number}" for number in range(1, state.taskmanagers + 1)]


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold a stack's lock: one `up` or `down` at a time; the second waits for the first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
