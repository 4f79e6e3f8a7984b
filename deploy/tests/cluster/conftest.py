"""A control plane for each overlay, with everything applied and started."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from ruamel.yaml import YAML

from deploy.gate.control_plane import CUSTOM_RESOURCES, Cluster, add_nodes, control_plane
from deploy.gate.render import OVERLAYS, Resource, of_kind, render
from deploy.gate.started import await_running, stand_ins
from deploy.gate.workloads import workloads

ZONES = ("zone-a", "zone-b", "zone-c")


class Applied(NamedTuple):
    """An overlay on a cluster of its own."""

    overlay: str
    cluster: Cluster
    resources: list[Resource]
    said: list[str]
    """What the API server said of each resource."""


@pytest.fixture(scope="session", params=OVERLAYS)
def applied(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Applied]:
    resources = render(request.param)
    with control_plane(tmp_path_factory.mktemp(request.param)) as cluster:
        add_nodes(cluster, ZONES)
        install_kinds(cluster)
        said = cluster.apply(of_kind(resources, "Namespace"))
        said += cluster.apply([one for one in resources if one["kind"] != "Namespace"])
        cluster.apply(stand_ins(resources))
        await_running(cluster, workloads(resources))
        yield Applied(request.param, cluster, resources, said)


def install_kinds(cluster: Cluster) -> None:
    """Let the API server know the operators' kinds."""
    cluster.apply([definition for file in sorted(CUSTOM_RESOURCES.glob("*.yaml")) for definition in _documents(file)])
    cluster.kubectl("wait", "--for=condition=Established", "customresourcedefinitions", "--all", "--timeout=60s")


def _documents(file: Path) -> list[Resource]:
    return [document for document in YAML(typ="safe").load_all(file.read_text()) if document]
