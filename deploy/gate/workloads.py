"""The pods that come of the manifests: those of Deployments and Jobs, and stand-ins for those that operators would make.

No operator runs in the gate. A stand-in has the operator's labels, the resources and the pod template of the custom resource, and a
container that meets Pod Security as the operator's containers are documented to.
"""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any, Final, NamedTuple

from deploy.gate.render import Resource, of_kind

_SAFE: Final = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
_SAFE_POD: Final = {"runAsNonRoot": True, "runAsUser": 10001, "seccompProfile": {"type": "RuntimeDefault"}}
KAFKA_PORTS: Final = (8443, 9090, 9091, 9093)
POSTGRES_PORTS: Final = (5432, 8000)
FLINK_PORTS: Final = (6121, 6122, 6123, 6124, 8081, 9249)


class Workload(NamedTuple):
    """Pods that are alike.

    Parameters
    ----------
    name, namespace : str
        Whose they are.
    labels : dict
        Of each pod.
    ports : tuple of int
        On which it listens, TCP.
    replicas : int
        How many there are.
    spec : dict
        Of each pod; empty for those of others, which the gate does not start.
    """

    name: str
    namespace: str
    labels: dict[str, str]
    ports: tuple[int, ...] = ()
    replicas: int = 1
    spec: dict[str, Any] = {}  # noqa: RUF012 - a NamedTuple's default, never changed


OTHERS: Final = (
    Workload("dns", "kube-system", {"k8s-app": "kube-dns"}, (53,)),
    Workload("strimzi-operator", "strimzi-system", {"name": "strimzi-cluster-operator"}),
    Workload("postgres-operator", "cnpg-system", {"app.kubernetes.io/name": "cloudnative-pg"}),
    Workload("flink-operator", "flink-operator", {"app.kubernetes.io/name": "flink-kubernetes-operator"}),
    Workload("shop", "shop", {"app": "checkout"}, (8080,)),
    Workload("ingress", "ingress", {"app": "ingress"}, (443,)),
    Workload("stranger-inside", "streamflow", {"app": "stranger"}, (8080,)),
    Workload("stranger-outside", "default", {"app": "stranger"}, (8080,)),
)
"""Whom the policies must let in, or keep out."""

NAMESPACE_LABELS: Final = {"shop": {"streamflow.org/shop": "true"}, "ingress": {"streamflow.org/ingress": "true"}}


def workloads(resources: list[Resource]) -> list[Workload]:
    """Return every workload of an overlay, in the order of their names."""
    found = [*_built_in(resources), *_kafka(resources), *_postgres(resources), *_flink(resources), *_monitoring(resources)]
    return sorted(found, key=lambda workload: workload.name)


def _built_in(resources: list[Resource]) -> Iterator[Workload]:
    for resource in of_kind(resources, "Deployment", "Job"):
        template = resource["spec"]["template"]
        ports = tuple(port["containerPort"] for container in template["spec"]["containers"] for port in container.get("ports", ()))
        replicas = resource["spec"].get("replicas", 1)
        yield Workload(*_identity(resource), template["metadata"]["labels"], ports, replicas, template["spec"])


def _kafka(resources: list[Resource]) -> Iterator[Workload]:
    for pool in of_kind(resources, "KafkaNodePool"):
        _, namespace = _identity(pool)
        cluster = pool["metadata"]["labels"]["strimzi.io/cluster"]
        labels = {"strimzi.io/cluster": cluster, "strimzi.io/name": f"{cluster}-kafka", "strimzi.io/broker-role": "true"}
        spec = _stand_in("kafka", pool["spec"]["resources"], pool["spec"]["template"]["pod"])
        yield Workload(f"{cluster}-brokers", namespace, labels, KAFKA_PORTS, pool["spec"]["replicas"], spec)
    for kafka in of_kind(resources, "Kafka"):
        cluster, namespace = _identity(kafka)
        operator = kafka["spec"]["entityOperator"]
        labels = {"strimzi.io/cluster": cluster, "strimzi.io/name": f"{cluster}-entity-operator"}
        spec = _stand_in("topic-operator", operator["topicOperator"]["resources"], operator["template"]["pod"])
        yield Workload(f"{cluster}-entity-operator", namespace, labels, (), 1, spec)


def _postgres(resources: list[Resource]) -> Iterator[Workload]:
    for cluster in of_kind(resources, "Cluster"):
        name, namespace = _identity(cluster)
        labels = {"cnpg.io/cluster": name, "cnpg.io/podRole": "instance"}
        apart = {
            "labelSelector": {"matchLabels": {"cnpg.io/cluster": name}},
            "topologyKey": cluster["spec"]["affinity"]["topologyKey"],
        }
        pod = {
            "priorityClassName": cluster["spec"]["priorityClassName"],
            "affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [apart]}},
        }
        yield Workload(
            name, namespace, labels, POSTGRES_PORTS, cluster["spec"]["instances"], _stand_in("postgres", cluster["spec"]["resources"], pod)
        )


def _flink(resources: list[Resource]) -> Iterator[Workload]:
    for job in of_kind(resources, "FlinkDeployment"):
        name, namespace = _identity(job)
        template = job["spec"]["podTemplate"]
        sizes = {"jobmanager": job["spec"]["jobManager"]["replicas"], "taskmanager": job["spec"]["job"]["parallelism"]}
        for part, replicas in sizes.items():
            labels = {"app": name, "component": part, "type": "flink-native-kubernetes", **template["metadata"]["labels"]}
            size = job["spec"]["jobManager" if part == "jobmanager" else "taskManager"]["resource"]
            room = {"cpu": str(size["cpu"]), "memory": size["memory"]}
            spec = deepcopy(template["spec"])
            spec["containers"][0] |= {"image": job["spec"]["image"], "resources": {"requests": room, "limits": room}}
            spec["serviceAccountName"] = job["spec"]["serviceAccount"]
            yield Workload(f"{name}-{part}", namespace, labels, FLINK_PORTS, replicas, spec)


def _monitoring(resources: list[Resource]) -> Iterator[Workload]:
    for kind, ports in (("Prometheus", (9090,)), ("Alertmanager", (9093, 9094))):
        for resource in of_kind(resources, kind):
            name, namespace = _identity(resource)
            labels = {"app.kubernetes.io/name": kind.lower(), kind.lower(): name}
            asked = {
                key: resource["spec"][key]
                for key in ("priorityClassName", "securityContext", "serviceAccountName")
                if key in resource["spec"]
            }
            spec = _stand_in(kind.lower(), resource["spec"]["resources"], asked)
            yield Workload(f"{kind.lower()}-{name}", namespace, labels, ports, resource["spec"]["replicas"], spec)


def _stand_in(container: str, resources: dict[str, Any], pod: dict[str, Any]) -> dict[str, Any]:
    containers = [{"name": container, "image": f"stand-in/{container}", "resources": resources, "securityContext": _SAFE}]
    return {"securityContext": _SAFE_POD, "automountServiceAccountToken": False, **pod, "containers": containers}


def _identity(resource: Resource) -> tuple[str, str]:
    return resource["metadata"]["name"], resource["metadata"]["namespace"]
