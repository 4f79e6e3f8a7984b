"""What the code knows of a FlinkDeployment: Flink's version, how it logs, and what holds on every cluster."""

from collections.abc import Iterator
from importlib.metadata import version
from typing import Any, Final

from ruamel.yaml.scalarstring import LiteralScalarString

from streamflow.stack.flink_home import LOGGING, ON_EVERY_CLUSTER

_FLINK: Final = version("apache-flink")


def facts() -> Iterator[dict[str, Any]]:
    """Return the patch that each FlinkDeployment gets."""
    yield {
        "apiVersion": "flink.apache.org/v1beta1",
        "kind": "FlinkDeployment",
        "metadata": {"name": "any"},
        "spec": {
            "flinkVersion": "v" + "_".join(_FLINK.split(".")[:2]),
            "flinkConfiguration": {name: str(value) for name, value in ON_EVERY_CLUSTER.items()},
            "logConfiguration": {"log4j-console.properties": LiteralScalarString(LOGGING)},
            "job": {"jarURI": f"local:///opt/flink/opt/flink-python-{_FLINK}.jar"},
        },
    }
