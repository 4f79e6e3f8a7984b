"""What the code knows of a FlinkDeployment: Flink's version, how it logs, and what holds on every cluster."""

from collections.abc import Iterator
from importlib.metadata import version
from typing import Any, Final

from ruamel.yaml.scalarstring import LiteralScalarString

from streamflow.stack.config import Layout, StackSettings
from streamflow.stack.flink_home import LOGGING, ON_EVERY_CLUSTER, FlinkHome
from streamflow.stack.state import StackState

_FLINK: Final = version("apache-flink")


def facts() -> Iterator[dict[str, Any]]:
    """Return the patch that each FlinkDeployment gets."""
    yield {
        "apiVersion": "flink.apache.org/v1beta1",
        "kind": "FlinkDeployment",
        "metadata": {"name": "any"},
        "spec": {
            "flinkVersion": "v" + "_".join(_FLINK.split(".")[:2]),
            "flinkConfiguration": {"env.java.opts.all": _java_options(), **{name: str(value) for name, value in ON_EVERY_CLUSTER.items()}},
            "logConfiguration": {"log4j-console.properties": LiteralScalarString(LOGGING)},
            "job": {"jarURI": f"local:///opt/flink/opt/flink-python-{_FLINK}.jar"},
        },
    }


def _java_options() -> str:
    """Return what opens packages of Java's to Flink: the operator's configuration takes the place of the image's, where it stands too."""
    return FlinkHome(Layout(StackSettings()), StackState()).java_options()
