"""What kustomize makes of an overlay."""

import subprocess
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

from deploy.gate.control_plane import BINARIES, ROOT

OVERLAYS: Final = ("dev", "prod")
KUBERNETES: Final = ROOT / "deploy" / "kubernetes"

Resource = dict[str, Any]


def render(overlay: str, kubernetes: Path = KUBERNETES) -> list[Resource]:
    """Return the resources of an overlay, in kustomize's order.

    Raises
    ------
    subprocess.CalledProcessError
        kustomize cannot build it; its message is in `stderr`.
    """
    command = [str(BINARIES / "kustomize"), "build", str(kubernetes / "overlays" / overlay)]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return list(YAML(typ="safe").load_all(text))


def of_kind(resources: list[Resource], *kinds: str) -> list[Resource]:
    """Return the resources of some kinds."""
    return [resource for resource in resources if resource["kind"] in kinds]


def full_name(resource: Resource) -> str:
    """Return a resource's kind, namespace and name, as people write it."""
    metadata = resource["metadata"]
    return "/".join(filter(None, (resource["kind"], metadata.get("namespace"), metadata["name"])))
