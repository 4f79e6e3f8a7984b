"""What every manifest of ours must keep to, where the API server would let it through.

Scanners read Deployments; half of our pods are templates inside custom resources. So the rules are asked of every workload, whoever makes
its pods (`deploy.gate.workloads`), and of the resources themselves.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from deploy.gate.reachability import idle_selectors, selected
from deploy.gate.render import Resource, full_name, of_kind
from deploy.gate.workloads import Workload, workloads

DIGEST: Final = re.compile(r"@sha256:[0-9a-f]{64}$")
STAND_IN: Final = "stand-in/"
WORKING_COPIES: Final = {"/tmp", "/opt/flink/log", "/run/streamflow", "/opt/airflow/home"}  # noqa: S108 - a mount's path
"""Where an emptyDir may be mounted: what is lost with the pod is of no use to the next one."""
MADE_BY_OPERATORS: Final = re.compile(r"^(kafka-cluster-ca-cert|warehouse-ca)$")
GIVEN: Final = {
    "object-storage": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    "airflow-keys": "AIRFLOW__CORE__FERNET_KEY, AIRFLOW__API__SECRET_KEY and AIRFLOW__API_AUTH__JWT_SECRET",
    "warehouse-passfile": "pgpass: a line for each role that Airflow's tasks use",
}
"""Secrets that the platform brings, besides one for each role of PostgreSQL: no manifest of ours holds any."""

Policy = Callable[[list[Resource]], Iterator[str]]


def images_by_digest(resources: list[Resource]) -> Iterator[str]:
    """An image is named by its digest: a tag can come to mean another one."""
    for workload, container in _containers(resources):
        if not container["image"].startswith(STAND_IN) and not DIGEST.search(container["image"]):
            yield f"{workload.name}: {container['image']}"


def limits(resources: list[Resource]) -> Iterator[str]:
    """A container asks for CPU and memory, and may have no more memory than it asks for: it is not killed for another's hunger."""
    for workload, container in _containers(resources):
        asked, most = (container.get("resources", {}).get(name, {}) for name in ("requests", "limits"))
        if "cpu" not in asked or "memory" not in asked:
            yield f"{workload.name}: {container['name']} asks for nothing"
        elif most.get("memory") != asked["memory"]:
            yield f"{workload.name}: {container['name']} asks for {asked['memory']} and may have {most.get('memory', 'any memory')}"


def hardened(resources: list[Resource]) -> Iterator[str]:
    """A container runs as nobody in particular, on a file system that it cannot change, and can gain no rights."""
    for workload, container in _containers(resources):
        own, pod = container.get("securityContext", {}), workload.spec.get("securityContext", {})
        safe = (
            own.get("readOnlyRootFilesystem") is True
            and own.get("allowPrivilegeEscalation") is False
            and own.get("capabilities", {}).get("drop") == ["ALL"]
            and own.get("runAsNonRoot", pod.get("runAsNonRoot")) is True
            and own.get("runAsUser", pod.get("runAsUser", 1)) != 0
            and pod.get("seccompProfile", {}).get("type") == "RuntimeDefault"
        )
        if not safe:
            yield f"{workload.name}: {container['name']}"


def tokens_where_needed(resources: list[Resource]) -> Iterator[str]:
    """Only who asks the API server has a token for it: who has a service account of its own."""
    for workload in workloads(resources):
        if "serviceAccountName" not in workload.spec and workload.spec.get("automountServiceAccountToken") is not False:
            yield workload.name


def priorities(resources: list[Resource]) -> Iterator[str]:
    """Every pod has one of our priorities."""
    known = {resource["metadata"]["name"] for resource in of_kind(resources, "PriorityClass")}
    for workload in workloads(resources):
        if workload.spec.get("priorityClassName") not in known:
            yield workload.name


def no_state_in_empty_directories(resources: list[Resource]) -> Iterator[str]:
    """What must outlive a pod is not in an emptyDir, and what is in one has a limit."""
    for workload, container in _containers(resources):
        volumes = {volume["name"]: volume for volume in workload.spec.get("volumes", ())}
        for mount in container.get("volumeMounts", ()):
            empty = volumes[mount["name"]].get("emptyDir")
            if empty is not None and (mount["mountPath"] not in WORKING_COPIES or "sizeLimit" not in empty):
                yield f"{workload.name}: {mount['mountPath']}"


def secrets_by_reference(resources: list[Resource]) -> Iterator[str]:
    """No manifest holds a secret, and each one that is named is one that an operator makes or the platform brings."""
    made = {resource["metadata"]["name"] for resource in of_kind(resources, "KafkaUser")}
    roles = {role["passwordSecret"]["name"] for cluster in of_kind(resources, "Cluster") for role in cluster["spec"]["managed"]["roles"]}
    for secret in of_kind(resources, "Secret"):
        # Routes of alerts: whoever adds a receiver mounts its key as a file.
        if not secret["metadata"]["name"].startswith("alertmanager-routes-"):
            yield full_name(secret)
    for workload, container in _containers(resources):
        for name in _secrets(workload, container):
            if name not in made | roles | GIVEN.keys() and not MADE_BY_OPERATORS.match(name):
                yield f"{workload.name}: {name} is nobody's"
        for entry in container.get("env", ()):
            if re.search("PASSWORD$|SECRET|_KEY$", entry["name"]) and "value" in entry:
                yield f"{workload.name}: {entry['name']} in clear"


def no_wildcards(resources: list[Resource]) -> Iterator[str]:
    """A role names what it is about."""
    for role in of_kind(resources, "Role", "ClusterRole"):
        for rule in role["rules"]:
            if "*" in (*rule["apiGroups"], *rule["resources"], *rule["verbs"]):
                yield full_name(role)


def drains_pass(resources: list[Resource]) -> Iterator[str]:
    """A budget lets at least one pod go, and there is one at most for a pod."""
    everyone = workloads(resources)
    budgets = of_kind(resources, "PodDisruptionBudget")
    for budget in budgets:
        spec = budget["spec"]
        for workload in selected(budget, spec["selector"], everyone):
            least = spec.get("minAvailable", 0)
            if spec.get("maxUnavailable") in {0, "0%"} or least == "100%" or (isinstance(least, int) and least >= workload.replicas > 0):
                yield f"{full_name(budget)} holds {workload.name} fast"
            if {"strimzi.io/cluster", "cnpg.io/cluster"} & workload.labels.keys():
                yield f"{full_name(budget)}: the operator makes one for {workload.name} already"


def closed_by_default(resources: list[Resource]) -> Iterator[str]:
    """In every namespace of ours, what no policy names is refused, and no policy is open to everybody."""
    policies = of_kind(resources, "NetworkPolicy")
    for namespace in of_kind(resources, "Namespace"):
        name = namespace["metadata"]["name"]
        whole = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
        if not any(policy["metadata"]["namespace"] == name and policy["spec"] == whole for policy in policies):
            yield f"{full_name(namespace)} is open"
    for policy in policies:
        for direction, end in (("ingress", "from"), ("egress", "to")):
            for rule in policy["spec"].get(direction, ()):
                if not rule.get(end) or not rule.get("ports") or {} in rule[end]:
                    yield f"{full_name(policy)}: a rule for everybody, or for every port"


def restricted_namespaces(resources: list[Resource]) -> Iterator[str]:
    """Pod Security is at its strictest, at a version that is named."""
    for namespace in of_kind(resources, "Namespace"):
        labels = namespace["metadata"].get("labels", {})
        if labels.get("pod-security.kubernetes.io/enforce") != "restricted" or not labels.get(
            "pod-security.kubernetes.io/enforce-version", ""
        ).startswith("v"):
            yield full_name(namespace)


def selectors_select(resources: list[Resource]) -> Iterator[str]:
    """Every selector of a policy, a budget or a monitor selects something."""
    yield from idle_selectors(resources)


POLICIES: Final[tuple[Policy, ...]] = (
    images_by_digest,
    limits,
    hardened,
    tokens_where_needed,
    priorities,
    no_state_in_empty_directories,
    secrets_by_reference,
    no_wildcards,
    drains_pass,
    closed_by_default,
    restricted_namespaces,
    selectors_select,
)


def broken(resources: list[Resource]) -> dict[str, list[str]]:
    """Return what breaks which policy, by the policy's name."""
    found = {policy.__name__: sorted(set(policy(resources))) for policy in POLICIES}
    return {name: faults for name, faults in found.items() if faults}


def _containers(resources: list[Resource]) -> Iterator[tuple[Workload, dict[str, Any]]]:
    for workload in workloads(resources):
        for container in (*workload.spec.get("initContainers", ()), *workload.spec["containers"]):
            yield workload, container


def _secrets(workload: Workload, container: dict[str, Any]) -> Iterator[str]:
    for volume in workload.spec.get("volumes", ()):
        if "secret" in volume:
            yield volume["secret"]["secretName"]
    for source in container.get("envFrom", ()):
        if "secretRef" in source:
            yield source["secretRef"]["name"]
    for entry in container.get("env", ()):
        if "secretKeyRef" in entry.get("valueFrom", {}):
            yield entry["valueFrom"]["secretKeyRef"]["name"]
