"""kube-score on every pod that comes of the manifests: what it finds was weighed, and stands here with the reason."""

import json
import subprocess
from typing import Any, Final

import pytest

from deploy.gate.control_plane import BINARIES
from deploy.gate.render import OVERLAYS, Resource, render
from deploy.gate.started import stand_ins

PASSED: Final = 7
"""The least grade without a word of warning."""
EVERYWHERE: Final = {
    # A digest names one image for ever: to ask the registry again at each start would only make it needed.
    "container-image-pull-policy",
    # The namespaces' LimitRange gives it to every container, those of operators too.
    "container-ephemeral-storage-request-and-limit",
    # StreamFlow's probe serves nobody but Prometheus: whether it is ready and whether it lives is one question, asked with other patience.
    "pod-probes-identical",
}
OF_OPERATORS: Final = {
    # Images and users are the operators' own; a stand-in has none.
    "container-image-tag",
    "container-security-context-user-group-id",
    # Strimzi and CloudNativePG make budgets. Flink's pods have none: two evictions one after the other are two restarts instead of one.
    "deployment-has-poddisruptionbudget",
    # By zone, not by host, and by the operators.
    "deployment-has-host-podantiaffinity",
}
OF_ONE: Final = {
    # Airflow's address for its own tasks and for people; while it is away payments are decided and stored.
    "airflow-api-server": {"deployment-replicas", "deployment-strategy"},
}


def found(resources: list[Resource]) -> set[tuple[str, str]]:
    """Return which workload or resource kube-score says what of."""
    text = "\n---\n".join(json.dumps(resource) for resource in resources)
    command = [str(BINARIES / "kube-score"), "score", "--output-format", "json", "-"]
    rows: list[dict[str, Any]] = json.loads(subprocess.run(command, input=text, capture_output=True, text=True, check=False).stdout)
    return {
        (row["object_meta"]["name"], check["check"]["id"])
        for row in rows
        for check in row["checks"]
        if not check["skipped"] and check["grade"] < PASSED
    }


def unweighed(resources: list[Resource]) -> set[tuple[str, str]]:
    """Return what nobody has given a reason for."""
    return {
        (name, check)
        for name, check in found([*resources, *stand_ins(resources)])
        if check not in EVERYWHERE | OF_ONE.get(name, set()) and not (name.startswith("stand-in-") and check in OF_OPERATORS)
    }


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_nothing_is_found_that_was_not_weighed(overlay: str) -> None:
    assert unweighed(render(overlay)) == set()


def test_what_was_weighed_is_still_found() -> None:
    checks = {check for resources in map(render, OVERLAYS) for _, check in found([*resources, *stand_ins(resources)])}
    assert {*EVERYWHERE, *OF_OPERATORS, *(check for own in OF_ONE.values() for check in own)} <= checks


def test_a_container_that_may_take_all_memory_is_found() -> None:
    resources = render("prod")
    (probe,) = (one for one in resources if one["kind"] == "Deployment" and one["metadata"]["name"] == "probe")
    del probe["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]
    assert unweighed(resources) == {("probe", "container-resources")}
