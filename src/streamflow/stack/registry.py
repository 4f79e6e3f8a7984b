"""The components of the stack by name, and what the names on a command line stand for."""

from collections.abc import Iterable
from typing import Final

from streamflow.contracts.errors import BadInputError
from streamflow.stack.airflow import Airflow
from streamflow.stack.component import Component
from streamflow.stack.flink import JobManager, TaskManagers, ZooKeeper
from streamflow.stack.kafka import Kafka
from streamflow.stack.postgres import Postgres
from streamflow.stack.probe import Probe
from streamflow.stack.prometheus import Alertmanager, Prometheus

COMPONENTS: Final[dict[str, type[Component]]] = {
    kind.name: kind for kind in (Kafka, ZooKeeper, JobManager, TaskManagers, Postgres, Airflow, Probe, Prometheus, Alertmanager)
}
GROUPS: Final = {
    "flink": (ZooKeeper.name, JobManager.name, TaskManagers.name),
    "observability": (Probe.name, Prometheus.name, Alertmanager.name),
}
OPTIONAL: Final = frozenset({Airflow.name, *GROUPS["observability"]})
"""Not started unless they are named."""


def component_of(process: str) -> str:
    """Return the component that a process belongs to.

    Examples
    --------
    >>> component_of("taskmanager-2"), component_of("kafka")
    ('taskmanager', 'kafka')
    """
    return process.partition("-")[0]


def select(names: Iterable[str]) -> list[str]:
    """Return the components that names stand for, with those they need; all but the optional ones when there is no name.

    Examples
    --------
    >>> select(["flink"])
    ['zookeeper', 'jobmanager', 'taskmanager']
    >>> select(["kafka", "jobmanager"])
    ['kafka', 'zookeeper', 'jobmanager']
    >>> select([])
    ['kafka', 'zookeeper', 'jobmanager', 'taskmanager', 'postgres']
    """
    wanted = set(expand(names))
    for name in list(wanted):
        wanted.update(COMPONENTS[name].needs)
    return [name for name in COMPONENTS if name in wanted or (not wanted and name not in OPTIONAL)]


def expand(names: Iterable[str]) -> list[str]:
    """Return components for names and groups of components."""
    found: list[str] = []
    for name in names:
        if name not in COMPONENTS and name not in GROUPS:
            raise BadInputError("unknown component", expected=", ".join([*COMPONENTS, *GROUPS]), got=name)
        found += GROUPS.get(name, (name,))
    return found
