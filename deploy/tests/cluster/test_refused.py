"""What the API server must refuse, it refuses, with a word of why."""

from copy import deepcopy
from typing import Any

import pytest

from deploy.gate.control_plane import RefusedError
from deploy.gate.render import of_kind
from deploy.tests.cluster.conftest import Applied

SAFE: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "tried", "namespace": "streamflow"},
    "spec": {
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [
            {"name": "tried", "image": "tried", "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}}
        ],
    },
}

UNSAFE: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "root": ({"securityContext": {"runAsUser": 0, "seccompProfile": {"type": "RuntimeDefault"}}}, {}, "runAsNonRoot != true"),
    "privileged": ({}, {"securityContext": {"privileged": True}}, "privileged"),
    "the host's network": ({"hostNetwork": True}, {}, "host namespaces"),
    "the host's files": ({"volumes": [{"name": "host", "hostPath": {"path": "/"}}]}, {}, "hostPath"),
    "all capabilities": ({}, {"securityContext": {"allowPrivilegeEscalation": False}}, "unrestricted capabilities"),
    "no filter of system calls": ({"securityContext": {"runAsNonRoot": True}}, {}, "seccompProfile"),
}


@pytest.mark.parametrize("what", UNSAFE)
@pytest.mark.parametrize("namespace", ["streamflow", "streamflow-observability"])
def test_a_pod_with_more_rights_than_it_needs(applied: Applied, what: str, namespace: str) -> None:
    pod = deepcopy(SAFE)
    pod["metadata"]["namespace"] = namespace
    applied.cluster.apply([pod], dry_run=True)
    of_pod, of_container, why = UNSAFE[what]
    pod["spec"] |= of_pod
    pod["spec"]["containers"][0] |= of_container
    with pytest.raises(RefusedError, match=f"(?s)violates PodSecurity.*{why}"):
        applied.cluster.apply([pod], dry_run=True)


WRONG: dict[str, tuple[str, tuple[str | int, ...], Any, str]] = {
    "a version that is gone": ("Kafka", ("apiVersion",), "kafka.strimzi.io/v1beta2", "no matches for kind"),
    "a field that is unknown": ("FlinkDeployment", ("spec", "parallelism"), 2, 'unknown field "parallelism"'),
    "a number as text": ("KafkaTopic", ("spec", "partitions"), "four", 'got "string", expected "integer"'),
    "a word that is none": ("FlinkDeployment", ("spec", "job", "upgradeMode"), "hope", "Unsupported value"),
    "a right that is none": ("KafkaUser", ("spec", "authorization", "acls", 0, "operations"), ["Everything"], "Unsupported value"),
    "an outcome of an alert that is none": ("PrometheusRule", ("spec", "groups", 0, "interval"), "soon", "should match"),
    "fewer databases than none": ("Cluster", ("spec", "instances"), -1, "greater than or equal to"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_custom_resource_with_a_mistake(applied: Applied, what: str) -> None:
    kind, path, value, why = WRONG[what]
    resource = deepcopy(of_kind(applied.resources, kind)[0])
    place: Any = resource
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(RefusedError, match=why):
        applied.cluster.apply([resource], dry_run=True)


def test_more_than_the_quota(applied: Applied) -> None:
    pod = deepcopy(SAFE)
    pod["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "1", "memory": "900Gi"}, "limits": {"memory": "900Gi"}}
    with pytest.raises(RefusedError, match="exceeded quota"):
        applied.cluster.apply([pod], dry_run=True)


def test_a_service_that_opens_a_port_of_the_nodes(applied: Applied) -> None:
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "open", "namespace": "streamflow"},
        "spec": {"type": "NodePort", "ports": [{"port": 80}], "selector": {"app": "any"}},
    }
    with pytest.raises(RefusedError, match="exceeded quota"):
        applied.cluster.apply([service], dry_run=True)
