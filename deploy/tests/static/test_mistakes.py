"""Mistakes planted in a copy of the manifests: each is found by the check that is named."""

import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from deploy.gate.control_plane import ROOT
from deploy.gate.policies import POLICIES, broken
from deploy.gate.reachability import connections
from deploy.gate.render import KUBERNETES, render
from scripts.generate_docs import stale


class Mistake(NamedTuple):
    """A text of a manifest, and what somebody wrote in its place."""

    file: str
    right: str
    wrong: str
    found_by: str
    says: str


MISTAKES = {
    "a tag in the place of a digest": Mistake(
        "overlays/prod/kustomization.yaml",
        '{name: streamflow/tools, digest: "sha256:' + 64 * "0" + '"}',
        "{name: streamflow/tools, newTag: latest}",
        "images_by_digest",
        "probe: streamflow/tools:latest",
    ),
    "no limit": Mistake(
        "base/probe/probe.yaml",
        '            limits: {cpu: "1", memory: 512Mi}\n',
        "",
        "limits",
        "probe: probe asks for 512Mi and may have any memory",
    ),
    "a pod as root": Mistake(
        "base/jobs/common.yaml", "        runAsUser: 10001\n", "        runAsUser: 0\n", "hardened", "fraud-detector-taskmanager"
    ),
    "a token for everybody": Mistake(
        "base/airflow/common.yaml", "      automountServiceAccountToken: false\n", "", "tokens_where_needed", "airflow-scheduler"
    ),
    "no priority": Mistake(
        "base/observability/monitoring.yaml", "  priorityClassName: streamflow-observers\n", "", "priorities", "prometheus-streamflow"
    ),
    "state in an emptyDir": Mistake(
        "base/jobs/common.yaml",
        "          ephemeral:\n            volumeClaimTemplate:\n              spec:\n                accessModes: [ReadWriteOnce]\n"
        "                resources: {requests: {storage: 20Gi}}\n",
        "          emptyDir: {sizeLimit: 20Gi}\n",
        "no_state_in_empty_directories",
        "fraud-detector-taskmanager: /data/rocksdb",
    ),
    "a secret in clear": Mistake(
        "base/probe/probe.yaml",
        "              valueFrom:\n                secretKeyRef: {name: warehouse-streamflow-reader, key: password}\n",
        "              value: hunter2\n",
        "secrets_by_reference",
        "probe: PGPASSWORD in clear",
    ),
    "a secret that is nobody's": Mistake(
        "base/probe/probe.yaml", "secretName: probe\n", "secretName: probe-user\n", "secrets_by_reference", "probe: probe-user is nobody's"
    ),
    "a wildcard in a role": Mistake(
        "base/jobs/service-account.yaml",
        "    verbs: [get, list, watch, create, delete]\n",
        "    verbs: ['*']\n",
        "no_wildcards",
        "Role/streamflow/flink",
    ),
    "a budget that holds a node fast": Mistake(
        "base/observability/monitoring.yaml",
        "  maxUnavailable: 1\n",
        "  maxUnavailable: 0\n",
        "drains_pass",
        "holds prometheus-streamflow fast",
    ),
    "an open policy": Mistake(
        "base/network/kafka.yaml",
        '    - from:\n        - podSelector: {matchLabels: {streamflow.org/kafka-client: "true"}}\n',
        '    - from:\n        - podSelector: {matchLabels: {streamflow.org/kafka-client: "true"}}\n        - {}\n',
        "closed_by_default",
        "kafka-brokers: a rule for everybody",
    ),
    "a namespace that is open": Mistake(
        "base/network/closed.yaml",
        "metadata: {name: default-deny, namespace: streamflow-observability}\nspec:\n  podSelector: {}\n  policyTypes: [Ingress, Egress]",
        "metadata: {name: default-deny, namespace: streamflow-observability}\nspec:\n  podSelector: {}\n  policyTypes: [Ingress]",
        "closed_by_default",
        "Namespace/streamflow-observability is open",
    ),
    "Pod Security that only warns": Mistake(
        "base/namespaces/namespaces.yaml",
        "    pod-security.kubernetes.io/enforce: restricted\n",
        "    pod-security.kubernetes.io/enforce: baseline\n",
        "restricted_namespaces",
        "Namespace/streamflow",
    ),
    "a selector that selects nothing": Mistake(
        "base/network/postgres.yaml",
        "cnpg.io/cluster: warehouse",
        "cnpg.io/cluster: warehuose",
        "selectors_select",
        "NetworkPolicy/streamflow/postgres",
    ),
}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    shutil.copytree(KUBERNETES, tmp_path / "deploy" / "kubernetes")
    shutil.copytree(ROOT / "observability", tmp_path / "observability")
    return tmp_path


def plant(checkout: Path, mistake: Mistake) -> Path:
    kubernetes = checkout / "deploy" / "kubernetes"
    file = kubernetes / mistake.file
    text = file.read_text()
    assert mistake.right in text, "the mistake cannot be planted any more"
    file.write_text(text.replace(mistake.right, mistake.wrong))
    return kubernetes


@pytest.mark.parametrize("name", MISTAKES)
def test_it_is_found_by_the_policy_that_is_named(checkout: Path, name: str) -> None:
    mistake = MISTAKES[name]
    found = broken(render("prod", plant(checkout, mistake)))
    assert mistake.found_by in found
    assert any(mistake.says in fault for fault in found[mistake.found_by]), found


def test_each_policy_has_a_mistake_that_it_finds() -> None:
    assert {mistake.found_by for mistake in MISTAKES.values()} == {policy.__name__ for policy in POLICIES}


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("base/network/kafka.yaml", "      ports: [{protocol: TCP, port: 9093}]\n"),
        ("base/network/flink.yaml", "      ports: [{protocol: TCP, port: 8081}]\n"),
        ("base/network/observability.yaml", "        - podSelector: {matchLabels: {alertmanager: streamflow}}\n"),
    ],
)
def test_a_line_that_is_gone_from_a_policy_changes_who_may_talk_to_whom(checkout: Path, file: str, line: str) -> None:
    before = connections(render("prod"))
    path = checkout / "deploy" / "kubernetes" / file
    text = path.read_text()
    assert line in text
    path.write_text(
        text.replace(
            line, line.replace("[{protocol: TCP, port: 9093}]", "[]").replace("8081", "8082").replace("alertmanager:", "manager:"), 1
        )
    )
    assert connections(render("prod", checkout / "deploy" / "kubernetes")) != before


def test_a_generated_file_that_was_changed_by_hand_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    for name in filter(None, tracked):
        if name.startswith(("docs/", "observability/", "deploy/", "warehouse/", "src/streamflow/store/", "README")):
            target = tmp_path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target)
    topics = tmp_path / "deploy" / "kubernetes" / "base" / "kafka" / "topics.yaml"
    topics.write_text(topics.read_text().replace("name: fraud.alerts", "name: fraud.alert"))
    assert stale(tmp_path) == ["deploy/kubernetes/base/kafka/topics.yaml"]
