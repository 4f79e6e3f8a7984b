"""Strimzi's resources for the topics of the catalogue and the users of `streamflow.contracts.access`."""

from collections.abc import Iterator
from typing import Any, Final

from streamflow.contracts.access import CLIENTS, Client
from streamflow.contracts.catalogue import TOPICS

NAMESPACE: Final = "streamflow"
CLUSTER: Final = "kafka"
REPLICAS: Final = 3
IN_SYNC_REPLICAS: Final = 2
_EVERY_GROUP: Final = "streamflow."


def topics() -> Iterator[dict[str, Any]]:
    """Return a KafkaTopic for each topic."""
    for topic in TOPICS:
        yield {
            **_head("KafkaTopic", topic.name),
            "spec": {
                "partitions": topic.partitions,
                "replicas": REPLICAS,
                "config": {**topic.config(), "min.insync.replicas": str(IN_SYNC_REPLICAS)},
            },
        }


def users() -> Iterator[dict[str, Any]]:
    """Return a KafkaUser for each client, with what it may do; the brokers deny everything else."""
    for client in CLIENTS:
        spec: dict[str, Any] = {
            "authentication": {"type": "scram-sha-512"},
            "authorization": {"type": "simple", "acls": list(rights(client))},
        }
        quotas = {"producerByteRate": client.produced_bytes_a_second, "consumerByteRate": client.consumed_bytes_a_second}
        if given := {name: value for name, value in quotas.items() if value is not None}:
            spec["quotas"] = given
        yield {**_head("KafkaUser", client.name), "spec": spec}


def rights(client: Client) -> Iterator[dict[str, Any]]:
    """Return a client's rights as Strimzi writes them. Kafka lets who may read or write also describe."""
    for topic in TOPICS:
        operations = [name for name, allowed in (("Read", client.reads), ("Write", client.writes)) if topic in allowed]
        if operations:
            yield _right("topic", topic.name, "literal", operations)
    if client.group_prefix:
        yield _right("group", client.group_prefix, "prefix", ["Read"])
    if client.sees_lag:
        yield _right("group", _EVERY_GROUP, "prefix", ["Describe"])
    if client.transaction_prefix:
        yield _right("transactionalId", client.transaction_prefix, "prefix", ["Write"])


def _right(kind: str, name: str, pattern: str, operations: list[str]) -> dict[str, Any]:
    return {"resource": {"type": kind, "name": name, "patternType": pattern}, "operations": operations}


def _head(kind: str, name: str) -> dict[str, Any]:
    return {
        "apiVersion": "kafka.strimzi.io/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": {"strimzi.io/cluster": CLUSTER}},
    }
