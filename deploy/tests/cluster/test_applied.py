"""The overlays on a real API server: taken as they are, and taken once."""

import json
from typing import Any

from deploy.gate.control_plane import Cluster
from deploy.gate.render import Resource, full_name, of_kind
from deploy.gate.started import await_running
from deploy.gate.workloads import workloads
from deploy.tests.cluster.conftest import Applied


def stored(cluster: Cluster, resources: list[Resource]) -> dict[str, Any]:
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": resources})
    items = json.loads(cluster.kubectl("get", "--filename=-", "--output=json", given=text))["items"]
    return {full_name(item): item["metadata"].get("generation", json.dumps(item.get("spec", item.get("data")))) for item in items}


def test_the_api_server_takes_every_resource(applied: Applied) -> None:
    assert len(applied.said) == len(applied.resources)
    assert {line.rpartition(" ")[2] for line in applied.said} == {"serverside-applied"}


def test_every_workload_runs_and_every_pod_was_let_in(applied: Applied) -> None:
    await_running(applied.cluster, workloads(applied.resources))


def test_what_is_applied_again_changes_nothing(applied: Applied) -> None:
    before = stored(applied.cluster, applied.resources)
    assert len(before) == len(applied.resources)
    applied.cluster.apply(applied.resources)
    assert stored(applied.cluster, applied.resources) == before


def test_budgets_know_their_pods(applied: Applied) -> None:
    for budget in of_kind(applied.resources, "PodDisruptionBudget"):
        metadata = budget["metadata"]
        status = applied.cluster.get("poddisruptionbudget", metadata["name"], f"--namespace={metadata['namespace']}")["status"]
        assert status["expectedPods"] == status["currentHealthy"] > 0
        assert status["disruptionsAllowed"] > 0


def test_each_node_in_turn_can_be_drained_and_everything_runs_again(applied: Applied) -> None:
    # The pod of a Job that is done may go.
    jobs = {job["metadata"]["name"] for job in of_kind(applied.resources, "Job")}
    lasting = [workload for workload in workloads(applied.resources) if workload.name not in jobs]
    for node in applied.cluster.get("nodes")["items"]:
        name = node["metadata"]["name"]
        applied.cluster.kubectl("drain", name, "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=60s")
        await_running(applied.cluster, lasting)
        applied.cluster.kubectl("uncordon", name)


def test_brokers_and_databases_are_spread(applied: Applied) -> None:
    for labels, key in (
        ("strimzi.io/name=kafka-kafka", "topology.kubernetes.io/zone"),
        ("cnpg.io/cluster=warehouse", "kubernetes.io/hostname"),
    ):
        nodes = {node["metadata"]["name"]: node["metadata"]["labels"][key] for node in applied.cluster.get("nodes")["items"]}
        pods = applied.cluster.get("pods", "--namespace=streamflow", f"--selector={labels}")["items"]
        places = [nodes[pod["spec"]["nodeName"]] for pod in pods]
        assert len(places) == len(set(places))
