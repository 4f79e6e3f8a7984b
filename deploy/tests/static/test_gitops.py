"""What Argo CD is told fits what there is to apply."""

import subprocess

import pytest
from ruamel.yaml import YAML

from deploy.gate.control_plane import BINARIES, ROOT
from deploy.gate.render import OVERLAYS, Resource, full_name, of_kind, render

WAVE = "argocd.argoproj.io/sync-wave"
STATEFUL = {"Kafka", "KafkaNodePool", "KafkaTopic", "Cluster", "Database", "FlinkDeployment", "Namespace"}


@pytest.fixture(scope="module", params=OVERLAYS)
def overlay(request: pytest.FixtureRequest) -> tuple[list[Resource], list[Resource]]:
    """Return an overlay's resources, and Argo CD's for it."""
    command = [str(BINARIES / "kustomize"), "build", str(ROOT / "deploy" / "argocd" / request.param)]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return render(request.param), list(YAML(typ="safe").load_all(text))


def test_the_project_allows_the_kinds_that_there_are_and_no_others(overlay: tuple[list[Resource], list[Resource]]) -> None:
    resources, argocd = overlay
    (project,) = of_kind(argocd, "AppProject")
    there = {(one["apiVersion"].rpartition("/")[0], one["kind"]) for one in resources}
    allowed = [*project["spec"]["clusterResourceWhitelist"], *project["spec"]["namespaceResourceWhitelist"]]
    assert {(one["group"], one["kind"]) for one in allowed} == there
    into = {one["namespace"] for one in project["spec"]["destinations"]}
    assert into == {one["metadata"]["name"] for one in of_kind(resources, "Namespace")}


def test_the_application_is_of_the_project_and_its_path_is_there(overlay: tuple[list[Resource], list[Resource]]) -> None:
    (application,), (project,) = (of_kind(overlay[1], kind) for kind in ("Application", "AppProject"))
    assert application["spec"]["project"] == project["metadata"]["name"]
    assert application["spec"]["source"]["repoURL"] in project["spec"]["sourceRepos"]
    assert (ROOT / application["spec"]["source"]["path"] / "kustomization.yaml").is_file()


def test_waves_go_from_the_ground_up(overlay: tuple[list[Resource], list[Resource]]) -> None:
    waves = {full_name(one): int(one["metadata"]["annotations"][WAVE]) for one in overlay[0]}
    assert waves["Namespace/streamflow"] < waves["NetworkPolicy/streamflow/default-deny"] < waves["Kafka/streamflow/kafka"]
    assert waves["Cluster/streamflow/warehouse"] < waves["Job/streamflow/prepare"] < waves["FlinkDeployment/streamflow/fraud-detector"]
    assert waves["FlinkDeployment/streamflow/fraud-detector"] < waves["Deployment/streamflow/probe"]
    (settings,) = [wave for name, wave in waves.items() if name.startswith("ConfigMap/streamflow/streamflow-settings")]
    assert settings < waves["Job/streamflow/prepare"]


def test_what_holds_data_is_not_pruned_and_everything_else_is(overlay: tuple[list[Resource], list[Resource]]) -> None:
    kept = {one["kind"] for one in overlay[0] if "Prune=false" in one["metadata"]["annotations"].get("argocd.argoproj.io/sync-options", "")}
    assert kept == STATEFUL


def test_argocd_knows_when_each_custom_kind_that_others_wait_for_is_well(overlay: tuple[list[Resource], list[Resource]]) -> None:
    (config,) = of_kind(overlay[1], "ConfigMap")
    told = {key.rpartition(".")[2].rpartition("_")[2] for key in config["data"]}
    assert told == {"Kafka", "KafkaTopic", "KafkaUser", "Cluster", "FlinkDeployment"}
