"""Workloads on the gate's control plane: what operators would have started, and the waiting for it."""

import time
from copy import deepcopy
from typing import Any, Final

from deploy.gate.control_plane import POLL_SECONDS, Cluster
from deploy.gate.render import Resource
from deploy.gate.workloads import Workload, workloads

RUNNING_SECONDS: Final = 60.0


def stand_ins(resources: list[Resource]) -> list[Resource]:
    """Return a Deployment in the place of each workload that an operator would make."""
    own = {resource["metadata"]["name"] for resource in resources if resource["kind"] in {"Deployment", "Job"}}
    return [deployment(workload) for workload in workloads(resources) if workload.name not in own]


def await_running(cluster: Cluster, expected: list[Workload]) -> None:
    """Wait until each workload has as many running pods as it is to have; a Job's may have ended.

    Raises
    ------
    TimeoutError
        Which have not, and what was said about it.
    """
    end = time.monotonic() + RUNNING_SECONDS
    while missing := _missing(cluster, expected):
        if time.monotonic() > end:
            events = cluster.kubectl("get", "events", "--all-namespaces", "--field-selector=type=Warning")
            raise TimeoutError("\n".join([*missing, events[-4_000:]]))
        time.sleep(POLL_SECONDS)


def _missing(cluster: Cluster, expected: list[Workload]) -> list[str]:
    pods = [
        pod["metadata"] for pod in cluster.get("pods", "--all-namespaces")["items"] if pod["status"]["phase"] in {"Running", "Succeeded"}
    ]
    alive = [pod for pod in pods if "deletionTimestamp" not in pod]
    missing = []
    for workload in expected:
        own = sum(pod["namespace"] == workload.namespace and workload.labels.items() <= pod["labels"].items() for pod in alive)
        if own < workload.replicas:
            missing.append(f"{workload.name}: {own} of {workload.replicas}")
    return missing


def deployment(workload: Workload) -> dict[str, Any]:
    """Return a Deployment whose pods are a workload's."""
    spec = deepcopy(workload.spec)
    # Nobody here makes volumes.
    spec["volumes"] = [{"name": one["name"], "emptyDir": {}} if "ephemeral" in one else one for one in spec.get("volumes", [])]
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": f"stand-in-{workload.name}", "namespace": workload.namespace},
        "spec": {
            "replicas": workload.replicas,
            "selector": {"matchLabels": workload.labels},
            "template": {"metadata": {"labels": workload.labels}, "spec": spec},
        },
    }
