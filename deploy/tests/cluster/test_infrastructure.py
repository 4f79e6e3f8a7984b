"""Both stacks applied by OpenTofu to a real API server, with its state in an object storage; then what the manifests need is there.

External Secrets does not run here, so that no secret comes: what is shown is that each one is asked for, of the platform's store.
"""

import hashlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from deploy.gate.control_plane import CUSTOM_RESOURCES, Cluster, RefusedError, add_nodes, control_plane
from deploy.gate.infrastructure import BUCKET, STACKS, Infrastructure
from deploy.gate.object_storage import ObjectStorage, object_storage
from deploy.gate.policies import GIVEN
from deploy.gate.reachability import connections
from deploy.gate.render import full_name, of_kind, render
from deploy.gate.started import deployment
from deploy.gate.workloads import Workload

PLATFORM, STREAMFLOW = STACKS
OVERLAY: Final = "prod"
DEFINITIONS: Final = {
    "strimzi": ("strimzi-system", "kafka"),
    "flink": ("flink-operator", "flinkdeployments"),
    "cnpg": ("cnpg-system", "postgresql"),
    "prometheus": ("prometheus-operator", "monitoring"),
    "external_secrets": ("external-secrets", "external-secrets"),
}
"""By operator: its namespace, and what the files of its definitions begin with."""
CLUSTER: Final = {"api_server_cidrs": ["10.96.0.1/32"], "secret_store_cidrs": ["203.0.113.0/28"]}
ASKED: Final = {
    "shop_namespaces": ["shop"],
    "ingress_namespaces": ["ingress"],
    "postgres_image": f"registry.example.org/postgresql@sha256:{'1' * 64}",
    "snapshot_driver": "csi.example.org",
    "secret_store": "platform",
    "receivers": True,
    "hand_over": True,
    "repository": "https://git.example.com/fork.git",
}
LOCK_SECONDS: Final = 30.0
_POLL_SECONDS: Final = 0.1


class Installed(NamedTuple):
    """A cluster with both stacks."""

    cluster: Cluster
    tofu: Infrastructure
    storage: ObjectStorage
    variables: dict[str, str]
    """By stack: where its variables are, as an argument."""

    def names(self) -> set[str]:
        """Return the full names of what the states hold."""
        found: set[str] = set()
        for stack in STACKS:
            pending = [json.loads(self.tofu.run(stack, "show", "-json"))["values"]["root_module"]]
            while pending:
                module = pending.pop()
                pending += module.get("child_modules", ())
                managed = (resource["values"] for resource in module.get("resources", ()) if resource["mode"] == "managed")
                found |= {full_name({"kind": values["kind"], "metadata": values}) for values in managed}
        return found


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    folder = tmp_path_factory.mktemp("infrastructure")
    with object_storage(folder, BUCKET) as storage, control_plane(folder / "cluster") as cluster:
        add_nodes(cluster, ("zone-a",))
        # A cluster has Argo CD and the kinds of volume snapshots before StreamFlow comes.
        for file in (file for start in ("argoproj.io", "snapshot.storage") for file in CUSTOM_RESOURCES.glob(f"{start}*.yaml")):
            cluster.kubectl("apply", "--server-side", f"--filename={file}")
        cluster.kubectl("create", "namespace", "argocd")
        tofu = Infrastructure(folder / "copy", cluster.kubeconfig, storage)
        environment = {"environment": OVERLAY, "secret_prefix": f"streamflow/{OVERLAY}"}
        asked = {PLATFORM: {"operators": operator_files(folder), **CLUSTER}, STREAMFLOW: {**ASKED, **environment}}
        variables = {}
        for stack in STACKS:
            path = folder / f"{Path(stack).name}.tfvars.json"
            path.write_text(json.dumps(asked[stack]))
            variables[stack] = f"-var-file={path}"
            tofu.init(stack)
            tofu.apply(stack, variables[stack])
        yield Installed(cluster, tofu, storage, variables)


def operator_files(folder: Path) -> dict[str, dict[str, str]]:
    """Write what an operator's project would publish: its definitions as they are, and in the place of its program a stand-in."""
    files = {}
    for operator, (namespace, start) in DEFINITIONS.items():
        name = operator.replace("_", "-")
        definitions = [file.read_text().strip("-\n") for file in sorted(CUSTOM_RESOURCES.glob(f"{start}*.yaml"))]
        stand_in = json.dumps(deployment(Workload(name, namespace, {"app": name}, spec=POD)))
        path = folder / f"{operator}.yaml"
        path.write_text("\n---\n".join([*definitions, stand_in]) + "\n")
        files[operator] = {"file": str(path), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    return files


POD: Final[dict[str, Any]] = {
    "securityContext": {"runAsNonRoot": True, "runAsUser": 10001, "seccompProfile": {"type": "RuntimeDefault"}},
    "containers": [
        {
            "name": "operator",
            "image": "stand-in/operator",
            "env": [{"name": "STRIMZI_POD_SECURITY_PROVIDER_CLASS", "value": "restricted"}],
            "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        }
    ],
}


def test_a_second_time_nothing_changes(installed: Installed) -> None:
    assert [installed.tofu.changes(stack, variables) for stack, variables in installed.variables.items()] == [False, False]


def test_every_secret_that_the_manifests_name_and_nobody_makes_is_asked_for(installed: Installed) -> None:
    roles = {
        role["passwordSecret"]["name"] for cluster in of_kind(render(OVERLAY), "Cluster") for role in cluster["spec"]["managed"]["roles"]
    }
    asked = installed.cluster.get("externalsecrets", "--namespace=streamflow")["items"]
    assert {one["spec"]["target"].get("name", one["metadata"]["name"]) for one in asked} == roles | GIVEN.keys()
    keys = {
        entry["remoteRef"]["key"] if "remoteRef" in entry else entry["extract"]["key"]
        for one in installed.cluster.get("externalsecrets", "--all-namespaces")["items"]
        for entry in (*one["spec"].get("data", ()), *one["spec"].get("dataFrom", ()))
        if one["spec"]["secretStoreRef"]["kind"] == "ClusterSecretStore"
    }
    said = json.loads(installed.tofu.run(STREAMFLOW, "output", "-json", "secrets"))
    assert sorted(said) == sorted(keys)


def test_nothing_of_the_manifests_is_said_again_but_the_namespaces(installed: Installed) -> None:
    rendered = {full_name(resource) for resource in render(OVERLAY)}
    assert installed.names() & rendered == {"Namespace/streamflow", "Namespace/streamflow-observability"}


def test_the_state_holds_no_secret(installed: Installed) -> None:
    assert not [name for name in installed.names() if name.startswith("Secret/")]
    assert {path.name for path in (installed.storage.folder / BUCKET / "streamflow").iterdir()} == {
        "platform.tfstate",
        "streamflow.tfstate",
    }


def test_the_manifests_are_admitted_on_top_and_the_image_that_they_name_is_there(installed: Installed) -> None:
    resources = render(OVERLAY)
    installed.cluster.apply(of_kind(resources, "Namespace"))
    installed.cluster.apply([one for one in resources if one["kind"] != "Namespace"])
    (database,) = of_kind(resources, "Cluster")
    wanted = database["spec"]["imageCatalogRef"]
    catalog = installed.cluster.get(wanted["kind"], wanted["name"])
    assert [image["image"] for image in catalog["spec"]["images"] if image["major"] == wanted["major"]] == [ASKED["postgres_image"]]
    # Who applies the manifests and who applies the stacks do not undo each other's work.
    assert not any(installed.tofu.changes(stack, variables) for stack, variables in installed.variables.items())


def test_argo_cd_is_told_of_the_overlay_in_the_users_repository(installed: Installed) -> None:
    application = installed.cluster.get("application", "streamflow", "--namespace=argocd")["spec"]
    project = installed.cluster.get("appproject", "streamflow", "--namespace=argocd")["spec"]
    assert application["source"]["repoURL"] == ASKED["repository"]
    assert application["source"]["path"] == f"deploy/kubernetes/overlays/{OVERLAY}"
    assert project["sourceRepos"] == [ASKED["repository"]]


def test_closing_the_operators_namespaces_takes_no_connection_away_and_opens_none_but_to_addresses(installed: Installed) -> None:
    rendered = render(OVERLAY)
    policies = [
        policy
        for namespace, _ in DEFINITIONS.values()
        for policy in installed.cluster.get("networkpolicies", f"--namespace={namespace}")["items"]
    ]
    assert len(policies) == 2 * len(DEFINITIONS)
    before, after = connections(rendered), connections([*rendered, *policies])
    assert before.items() <= after.items()
    assert {target for _, target in after.keys() - before.keys()} <= {*CLUSTER["api_server_cidrs"], *CLUSTER["secret_store_cidrs"]}


def test_a_shop_may_read_its_own_password_and_nothing_else(installed: Installed) -> None:
    who = "--as=system:serviceaccount:shop:streamflow-handover"

    def may(secret: str) -> bool:
        try:
            return installed.cluster.kubectl("auth", "can-i", "get", f"secrets/{secret}", who, "--namespace=streamflow").strip() == "yes"
        except RefusedError:
            return False

    assert may("shop")
    assert may("kafka-cluster-ca-cert")
    assert not may("operator")
    assert not may("warehouse-streamflow-migrator")


def test_who_comes_second_is_told_who_holds_the_lock(installed: Installed) -> None:
    lock = installed.storage.folder / BUCKET / "streamflow" / "streamflow.tfstate.tflock"
    # A change, and a question that nobody has answered yet.
    first = installed.tofu.start(
        STREAMFLOW, "apply", "-no-color", installed.variables[STREAMFLOW], '-var=shop_namespaces=["shop","shop-two"]'
    )
    try:
        end = time.monotonic() + LOCK_SECONDS
        while not lock.exists():
            assert time.monotonic() < end
            time.sleep(_POLL_SECONDS)
        with pytest.raises(RefusedError, match="Error acquiring the state lock"):
            installed.tofu.apply(STREAMFLOW, installed.variables[STREAMFLOW])
    finally:
        said, _ = first.communicate("no\n")
    assert "Apply cancelled" in said
    assert not installed.tofu.changes(STREAMFLOW, installed.variables[STREAMFLOW])


def test_what_somebody_took_away_is_seen_and_put_back(installed: Installed) -> None:
    where = ("networkpolicy", "closed", "--namespace=cnpg-system")
    installed.cluster.kubectl("delete", *where)
    assert installed.tofu.changes(PLATFORM, installed.variables[PLATFORM])
    installed.tofu.apply(PLATFORM, installed.variables[PLATFORM])
    assert installed.cluster.get(*where)["spec"]["policyTypes"] == ["Ingress", "Egress"]


def test_taking_the_infrastructure_back_leaves_every_definition_namespace_and_what_is_in_them(installed: Installed) -> None:
    def kept() -> set[str]:
        return set(installed.cluster.kubectl("get", "customresourcedefinitions,namespaces,kafkas,clusters", "-A", "--output=name").split())

    before = kept()
    for stack in reversed(STACKS):
        installed.tofu.run(stack, "destroy", "-auto-approve", "-input=false", "-no-color", installed.variables[stack])
    assert kept() == before
    with pytest.raises(RefusedError, match="not found"):
        installed.cluster.get("deployment", "strimzi", "--namespace=strimzi-system")
