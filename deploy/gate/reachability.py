"""Who may talk to whom, worked out of the NetworkPolicies, since nothing here enforces them.

Semantics: https://kubernetes.io/docs/concepts/services-networking/network-policies/. A pod that no policy selects for a direction is open
in that direction; one that is selected may do what at least one of those policies allows. A connection needs both ends.

`python -m deploy.gate.reachability` writes deploy/kubernetes/reachability.md, which a test holds against the manifests.
"""

import sys
from collections.abc import Iterable, Mapping
from typing import Any, Final

from deploy.gate.render import KUBERNETES, OVERLAYS, Resource, full_name, of_kind, render
from deploy.gate.workloads import NAMESPACE_LABELS, OTHERS, Workload, workloads

PAGE: Final = KUBERNETES / "reachability.md"
NAMESPACE: Final = "streamflow"
_WORLD: Final = "outside the cluster"

Connections = dict[tuple[str, str], tuple[str, ...]]
"""By who asks and who is asked: the ports."""


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Return whether a label selector selects.

    Examples
    --------
    >>> selects({}, {"app": "any"}), selects({"matchLabels": {"app": "a"}}, {"app": "b"})
    (True, False)
    >>> selects({"matchExpressions": [{"key": "app", "operator": "In", "values": ["a"]}]}, {"app": "a"})
    True
    """
    if unknown := selector.keys() - {"matchLabels", "matchExpressions"}:
        raise ValueError(f"a selector of another kind: {unknown}")
    wanted = selector.get("matchLabels", {}).items()
    return all(labels.get(key) == value for key, value in wanted) and all(
        _holds(expression, labels) for expression in selector.get("matchExpressions", ())
    )


def _holds(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    value, values = labels.get(expression["key"]), expression.get("values", ())
    match expression["operator"]:
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case other:
            raise ValueError(f"an operator of another kind: {other}")


def connections(resources: list[Resource]) -> Connections:
    """Return every connection between two workloads that the policies allow, and each one to an address outside."""
    policies = of_kind(resources, "NetworkPolicy")
    everyone = [*workloads(resources), *OTHERS]
    found: Connections = {}
    for source in everyone:
        for target in everyone:
            if not source.spec and not target.spec and NAMESPACE not in (source.namespace, target.namespace):
                continue
            ports = [port for port in target.ports if _allowed(policies, source, target, port)]
            # Who asks himself is of interest only where there are several of him.
            if ports and (source != target or source.replicas > 1 or not source.spec):
                found[source.name, target.name] = tuple(map(str, ports))
        for policy in _applying(policies, source, "Egress"):
            for rule in policy["spec"].get("egress", ()):
                for peer in rule.get("to", ()):
                    if "ipBlock" in peer:
                        found[source.name, _address(peer["ipBlock"])] = tuple(str(port["port"]) for port in rule["ports"])
    return found


def _address(block: Mapping[str, Any]) -> str:
    return _WORLD if block["cidr"] == "0.0.0.0/0" else str(block["cidr"])


def idle_selectors(resources: list[Resource]) -> list[str]:
    """Return the policies, budgets and monitors with a selector that selects no pod: a wrong label, most likely."""
    everyone = [*workloads(resources), *OTHERS]
    idle = []
    for policy in of_kind(resources, "NetworkPolicy"):
        peers = [
            peer
            for direction, end in (("ingress", "from"), ("egress", "to"))
            for rule in policy["spec"].get(direction, ())
            for peer in rule.get(end, ())
            if "ipBlock" not in peer
        ]
        namespace = policy["metadata"]["namespace"]
        met = all(any(_is_peer(peer, one, namespace) for one in everyone) for peer in peers)
        if not met or not selected(policy, policy["spec"]["podSelector"], everyone):
            idle.append(full_name(policy))
    for resource in of_kind(resources, "PodDisruptionBudget", "PodMonitor"):
        if not selected(resource, resource["spec"]["selector"], everyone):
            idle.append(full_name(resource))
    return idle


def selected(resource: Resource, selector: Mapping[str, Any], everyone: Iterable[Workload]) -> list[Workload]:
    """Return the workloads of a resource's namespace that a selector of it selects."""
    namespace = resource["metadata"]["namespace"]
    return [one for one in everyone if one.namespace == namespace and selects(selector, one.labels)]


def _allowed(policies: list[Resource], source: Workload, target: Workload, port: int) -> bool:
    return _one_way(policies, source, target, port, "Egress") and _one_way(policies, target, source, port, "Ingress")


def _one_way(policies: list[Resource], own: Workload, other: Workload, port: int, direction: str) -> bool:
    applying = _applying(policies, own, direction)
    rules, end = direction.lower(), "to" if direction == "Egress" else "from"
    return not applying or any(
        _has_port(rule, port) and (end not in rule or any(_is_peer(peer, other, own.namespace) for peer in rule[end]))
        for policy in applying
        for rule in policy["spec"].get(rules, ())
    )


def _applying(policies: list[Resource], workload: Workload, direction: str) -> list[Resource]:
    return [
        policy
        for policy in policies
        if policy["metadata"]["namespace"] == workload.namespace
        and direction in policy["spec"]["policyTypes"]
        and selects(policy["spec"]["podSelector"], workload.labels)
    ]


def _is_peer(peer: Mapping[str, Any], workload: Workload, namespace: str) -> bool:
    if "ipBlock" in peer:
        return False
    if "namespaceSelector" in peer:
        own = {"kubernetes.io/metadata.name": workload.namespace, **NAMESPACE_LABELS.get(workload.namespace, {})}
        inside = selects(peer["namespaceSelector"], own)
    else:
        inside = workload.namespace == namespace
    return inside and selects(peer.get("podSelector", {}), workload.labels)


def _has_port(rule: Mapping[str, Any], port: int) -> bool:
    # DNS goes over both; the others are TCP, gossip between Alertmanagers apart, which goes over both too.
    return "ports" not in rule or any(
        allowed["port"] <= port <= allowed.get("endPort", allowed["port"]) for allowed in rule["ports"] if allowed["protocol"] == "TCP"
    )


def page(found: Iterable[tuple[str, Connections]]) -> str:
    """Return the matrix as people read it."""
    parts = ["# Who may talk to whom\n\nWorked out of the policies by `python -m deploy.gate.reachability`; what is not here is refused.\n"]
    for overlay, allowed in found:
        rows = [f"| {source} | {target} | {', '.join(ports)} |" for (source, target), ports in sorted(allowed.items())]
        parts.append("\n".join([f"## {overlay}\n", "| from | to | ports |", "|---|---|---|", *rows]) + "\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page((overlay, connections(render(overlay))) for overlay in OVERLAYS))
    sys.stdout.write(f"wrote {PAGE.name}\n")
