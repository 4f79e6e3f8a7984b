"""deploy.sh against a real API server: from nothing, again, forward, back, and with failures in the middle."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.gate.control_plane import BINARIES, ROOT, Cluster, add_nodes, control_plane
from deploy.gate.render import of_kind, render
from deploy.tests.cluster.conftest import ZONES, install_kinds

NOT_READY, REFUSED, USAGE = 4, 3, 2
DIGEST = "sha256:" + "ab" * 32


class Checkout:
    """A repository of its own with what is deployed, and a cluster that nothing was brought to yet."""

    def __init__(self, folder: Path, cluster: Cluster) -> None:
        self.folder, self.cluster = folder, cluster
        for name in ("deploy", "observability"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        self.git("init", "--quiet")
        self.commit("begin")

    def git(self, *arguments: str) -> str:
        identity = ["-c", "user.name=gate", "-c", "user.email=gate@example.org"]
        return subprocess.run(["git", *identity, *arguments], cwd=self.folder, check=True, capture_output=True, text=True).stdout.strip()

    def commit(self, message: str) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")

    def run(self, script: str, *arguments: str, kubeconfig: Path | None = None) -> subprocess.CompletedProcess[str]:
        tools = {"KUBECTL": str(BINARIES / "kubectl"), "KUSTOMIZE": str(BINARIES / "kustomize")}
        environment = {**os.environ, **tools, "KUBECONFIG": str(kubeconfig or self.cluster.kubeconfig)}
        command = [str(self.folder / "deploy" / script), *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=240)

    def deploy(self, *arguments: str, expected: int = 0) -> str:
        done = self.run("deploy.sh", *arguments)
        assert done.returncode == expected, done.stdout + done.stderr
        return done.stdout + done.stderr

    def replace(self, file: str, old: str, new: str) -> None:
        path = self.folder / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    with control_plane(tmp_path_factory.mktemp("control-plane")) as cluster:
        add_nodes(cluster, ZONES)
        install_kinds(cluster)
        yield Checkout(tmp_path_factory.mktemp("checkout"), cluster)


def detector(checkout: Checkout) -> Any:
    return checkout.cluster.get("flinkdeployment", "fraud-detector", "--namespace=streamflow")


def test_1_images_that_were_never_released_are_refused_before_anything_is_applied(checkout: Checkout) -> None:
    assert "an image of the overlay dev was never released" in checkout.deploy("kubectl", "dev", expected=REFUSED)
    assert checkout.cluster.kubectl("get", "namespace", "streamflow", "--ignore-not-found") == ""


def test_2_a_server_that_is_away_is_said_to_be(checkout: Checkout, tmp_path: Path) -> None:
    images = [f"streamflow/{name}={DIGEST}" for name in ("tools", "flink-job", "airflow")]
    assert checkout.run("promote.sh", "dev", *images).returncode == 0
    assert "changes that are not committed" in checkout.deploy("kubectl", "dev", expected=REFUSED)
    checkout.commit("images")
    away = json.loads(checkout.cluster.kubeconfig.read_text())
    away["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"
    (tmp_path / "away").write_text(json.dumps(away))
    done = checkout.run("deploy.sh", "kubectl", "dev", kubeconfig=tmp_path / "away")
    assert (done.returncode, "the API server does not answer" in done.stderr) == (NOT_READY, True)


def test_3_what_a_quota_stopped_in_the_middle_the_next_run_mends(checkout: Checkout) -> None:
    assert "needs the namespaces" in checkout.deploy("--dry-run", "kubectl", "dev", expected=NOT_READY)
    checkout.cluster.apply(of_kind(render("dev"), "Namespace"))
    full = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "full", "namespace": "streamflow"}}
    checkout.cluster.apply([{**full, "spec": {"hard": {"count/services": "0"}}}])
    checkout.cluster.kubectl("wait", "--for=jsonpath={.status.hard}", "resourcequota/full", "--namespace=streamflow", "--timeout=30s")
    said = checkout.deploy("kubectl", "dev", expected=REFUSED)
    assert "exceeded quota: full" in said
    assert "mend it and run the same command again" in said
    checkout.cluster.kubectl("delete", "resourcequota", "full", "--namespace=streamflow")
    assert "dev is at" in checkout.deploy("kubectl", "dev")
    assert checkout.cluster.get("service", "airflow", "--namespace=streamflow")["spec"]["ports"]


def test_4_again_changes_nothing_and_a_dry_run_neither(checkout: Checkout) -> None:
    before = detector(checkout)["metadata"]["generation"]
    checkout.deploy("kubectl", "dev")
    checkout.replace("deploy/kubernetes/base/jobs/fraud-detector.yaml", "parallelism: 1", "parallelism: 3")
    checkout.commit("three TaskManagers")
    assert "80 resources applied, on trial: nothing was changed" in checkout.deploy("--dry-run", "kubectl", "dev")
    checkout.git("reset", "--quiet", "--hard", "HEAD~1")
    assert detector(checkout)["metadata"]["generation"] == before


def test_5_forward_and_back(checkout: Checkout) -> None:
    first = checkout.git("rev-parse", "HEAD")
    checkout.replace("deploy/kubernetes/base/jobs/fraud-detector.yaml", "parallelism: 1", "parallelism: 2")
    second = checkout.commit("two TaskManagers")
    checkout.deploy("kubectl", "dev")
    assert detector(checkout)["spec"]["job"]["parallelism"] == 2
    assert f"revision {second}, before it {first}" in checkout.deploy("status", "dev")
    assert f"dev is at {first}" in checkout.deploy("rollback", "dev")
    assert detector(checkout)["spec"]["job"]["parallelism"] == 1
    assert f"dev is at {second}" in checkout.deploy("rollback", "dev", second)
    assert detector(checkout)["spec"]["job"]["parallelism"] == 2


def test_6_smoke_names_what_is_not_ready_until_all_is(checkout: Checkout) -> None:
    said = checkout.deploy("--timeout", "1s", "smoke", "dev", expected=NOT_READY)
    assert "NOT READY  kafka/kafka" in said
    assert "NOT READY  flinkdeployment.flink.apache.org/fraud-detector" in said
    ready = {
        "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": "2026-11-30T00:00:00Z", "reason": "Ready", "message": ""}]
    }
    # As the operators would.
    topics = checkout.cluster.kubectl("get", "kafkatopics", "--namespace=streamflow", "--output=name").split()
    for name in ("kafka/kafka", "cluster/warehouse", *topics):
        set_status(checkout.cluster, name, ready)
    for name in checkout.cluster.kubectl("get", "flinkdeployments", "--namespace=streamflow", "--output=name").split():
        set_status(checkout.cluster, name, {"jobStatus": {"state": "RUNNING"}})
    assert "NOT READY" not in checkout.deploy("--timeout", "60s", "smoke", "dev")


@pytest.mark.parametrize("overlay", ["dev", "prod"])
def test_argocd_is_handed_an_overlay(checkout: Checkout, overlay: str) -> None:
    checkout.cluster.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "argocd"}}])
    said = checkout.deploy("argocd", overlay)
    assert "application.argoproj.io/streamflow serverside-applied" in said
    source = checkout.cluster.get("application", "streamflow", "--namespace=argocd")["spec"]["source"]
    assert source["path"] == f"deploy/kubernetes/overlays/{overlay}"


def set_status(cluster: Cluster, name: str, status: dict[str, Any]) -> None:
    patch = json.dumps({"status": status})
    cluster.kubectl("patch", name, "--namespace=streamflow", "--subresource=status", "--type=merge", f"--patch={patch}")


@pytest.mark.parametrize("arguments", [(), ("deploy",), ("kubectl",), ("kubectl", "moon"), ("--fast", "kubectl", "dev")])
def test_wrong_usage_is_answered_with_the_right_one(checkout: Checkout, arguments: tuple[str, ...]) -> None:
    said = checkout.deploy(*arguments, expected=USAGE)
    assert "usage: deploy/deploy.sh" in said or "one of: dev, prod" in said


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("dev",), "usage: deploy/promote.sh"),
        (("dev", "streamflow/tools=latest"), "expected sha256: and 64 digits, got 'latest'"),
        (("dev", f"streamflow/none={DIGEST}"), "has no image streamflow/none"),
    ],
)
def test_what_cannot_be_promoted(checkout: Checkout, arguments: tuple[str, ...], says: str) -> None:
    done = checkout.run("promote.sh", *arguments)
    assert done.returncode != 0
    assert says in done.stderr


def test_what_was_tried_in_dev_is_promoted_to_prod(checkout: Checkout) -> None:
    assert checkout.run("promote.sh", "prod", "--from", "dev").returncode == 0
    overlay = (checkout.folder / "deploy" / "kubernetes" / "overlays" / "prod" / "kustomization.yaml").read_text()
    assert overlay.count(DIGEST) == 3
