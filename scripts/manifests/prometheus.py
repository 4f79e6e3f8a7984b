"""The rules of `observability/rules` as resources of the Prometheus operator."""

from collections.abc import Iterator
from pathlib import PurePath
from typing import Any, Final

from ruamel.yaml import YAML

from scripts.reference.observability import rule_files

NAMESPACE: Final = "streamflow-observability"


def rules() -> Iterator[dict[str, Any]]:
    """Return a PrometheusRule for each file of rules."""
    for path, text in rule_files().items():
        yield {
            "apiVersion": "monitoring.coreos.com/v1",
            "kind": "PrometheusRule",
            "metadata": {"name": f"streamflow-{PurePath(path).stem}", "namespace": NAMESPACE, "labels": {"prometheus": "streamflow"}},
            "spec": YAML(typ="safe").load(text),
        }
