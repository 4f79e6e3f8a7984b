"""What each service account may do, as the authorizer says.

`python -m deploy.gate.rights` writes deploy/kubernetes/rights.md; `make verify-deploy` holds the page against what it finds.
"""

import re
import sys
import tempfile
from pathlib import Path
from typing import Final

from deploy.gate.control_plane import Cluster, control_plane
from deploy.gate.render import KUBERNETES, Resource, of_kind, render

PAGE: Final = KUBERNETES / "rights.md"
_EVERYBODY: Final = re.compile(r"^selfsubject|^\[|^/")
"""What everybody may who is logged in at all: ask about oneself, and for the server's version."""


def rights_page(cluster: Cluster, resources: list[Resource]) -> str:
    """Return who may do what in which namespace, as people read it."""
    namespaces = sorted(one["metadata"]["name"] for one in of_kind(resources, "Namespace"))
    accounts = {(one["metadata"]["namespace"], one["metadata"]["name"]) for one in of_kind(resources, "ServiceAccount")}
    rows = []
    for home, name in sorted(accounts | {(namespace, "default") for namespace in namespaces}):
        who = f"--as=system:serviceaccount:{home}:{name}"
        said = {
            space: _rights(cluster.kubectl("auth", "can-i", "--list", "--no-headers", who, f"--namespace={space}")) for space in namespaces
        }
        rows += [f"| {home}/{name} | {space} | {what} | {verbs} |" for space, rights in said.items() for what, verbs in rights]
        rows += [] if any(said.values()) else [f"| {home}/{name} | - | nothing | - |"]
    head = (
        "# What each service account may do\n\nAs the authorizer of a real API server says; written by `python -m deploy.gate.rights`.\n\n"
    )
    return "\n".join([f"{head}| account | in | what | verbs |", "|---|---|---|---|", *rows]) + "\n"


def _rights(listing: str) -> list[tuple[str, str]]:
    """Read `kubectl auth can-i --list`: resource, URLs that are none, names, verbs."""
    found = []
    for line in listing.splitlines():
        what, *_, verbs = re.split(r"\s{2,}", line.strip())
        if what and not _EVERYBODY.match(what):
            found.append((what, verbs.strip("[]")))
    return sorted(found)


if __name__ == "__main__":
    everything = render("prod")
    with tempfile.TemporaryDirectory() as folder, control_plane(Path(folder)) as gate:
        gate.apply(of_kind(everything, "Namespace"))
        gate.apply(of_kind(everything, "ServiceAccount", "Role", "RoleBinding"))
        PAGE.write_text(rights_page(gate, everything))
    sys.stdout.write(f"wrote {PAGE.name}\n")
