"""The rules of `observability/rules` as resources of the Prometheus operator."""

from collections.abc import Iterator
from typing import Any, Final

from scripts.reference.observability import rules_by_name

NAMESPACE: Final = "streamflow-observability"


def rules() -> Iterator[dict[str, Any]]:
    """Return a PrometheusRule for each file of rules."""
    for name, groups in rules_by_name().items():
        yield {
            "apiVersion": "monitoring.coreos.com/v1",
            "kind": "PrometheusRule",
            "metadata": {"name": f"streamflow-{name}", "namespace": NAMESPACE, "labels": {"prometheus": "streamflow"}},
            "spec": groups,
        }
