"""What can be said of the manifests without an API server."""

import json

import pytest

from deploy.gate.control_plane import ROOT
from deploy.gate.policies import POLICIES, Policy
from deploy.gate.reachability import PAGE, connections, page
from deploy.gate.render import OVERLAYS, Resource, full_name, of_kind, render
from deploy.gate.workloads import workloads
from streamflow.contracts.catalogue import JOBS, TOPICS


@pytest.fixture(scope="module", params=OVERLAYS)
def resources(request: pytest.FixtureRequest) -> list[Resource]:
    return render(request.param)


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.__name__)
def test_a_policy_holds(resources: list[Resource], policy: Policy) -> None:
    assert list(policy(resources)) == []


def test_who_may_talk_to_whom_is_as_the_page_says() -> None:
    wanted = page((overlay, connections(render(overlay))) for overlay in OVERLAYS)
    assert PAGE.read_text() == wanted, "python -m deploy.gate.reachability"


def test_a_stranger_reaches_nothing_and_nobody_reaches_a_stranger(resources: list[Resource]) -> None:
    strange = [(source, target) for source, target in connections(resources) if "stranger" in source or "stranger" in target]
    assert strange == [("stranger-inside", "dns")]


def test_there_is_each_topic_and_each_job(resources: list[Resource]) -> None:
    assert {topic["metadata"]["name"] for topic in of_kind(resources, "KafkaTopic")} == {topic.name for topic in TOPICS}
    assert {job["metadata"]["name"] for job in of_kind(resources, "FlinkDeployment")} == {job.name for job in JOBS}


def test_a_job_is_told_its_own_name_everywhere(resources: list[Resource]) -> None:
    for job in of_kind(resources, "FlinkDeployment"):
        name = job["metadata"]["name"]
        assert "JOB" not in str(job)
        assert job["spec"]["job"]["args"][-1] == name
        assert f"/{name}/checkpoints" in job["spec"]["flinkConfiguration"]["execution.checkpointing.dir"]
        (user,) = [volume for volume in job["spec"]["podTemplate"]["spec"]["volumes"] if volume["name"] == "kafka-user"]
        assert user["secret"]["secretName"] == name


def test_each_taskmanager_has_a_partition_to_read_and_a_bucket_to_decide(resources: list[Resource]) -> None:
    raw = next(topic for topic in of_kind(resources, "KafkaTopic") if topic["metadata"]["name"] == "transactions.raw")
    for job in of_kind(resources, "FlinkDeployment"):
        assert job["spec"]["job"]["parallelism"] <= raw["spec"]["partitions"]


def test_every_resource_is_named_once_and_says_its_namespace(resources: list[Resource]) -> None:
    names = [full_name(resource) for resource in resources]
    assert len(names) == len(set(names))
    cluster_wide = {"Namespace", "PriorityClass"}
    assert [
        name for name, one in zip(names, resources, strict=True) if one["kind"] not in cluster_wide and "namespace" not in one["metadata"]
    ] == []


def test_what_the_workloads_may_use_fits_the_quota(resources: list[Resource]) -> None:
    for quota in of_kind(resources, "ResourceQuota"):
        pods = sum(one.replicas for one in workloads(resources) if one.namespace == quota["metadata"]["namespace"])
        # An upgrade has old and new pods for a while.
        assert 1.25 * pods < int(quota["spec"]["hard"]["pods"])


def test_the_sizes_of_images_are_those_that_were_built() -> None:
    built = json.loads((ROOT / "benchmarks" / "results" / "images.json").read_text())["images"]
    page = (ROOT / "docs" / "deploy.md").read_text()
    for name, facts in built.items():
        assert any(line.startswith(f"| `streamflow/{name}` |") and line.endswith(f"| {facts['size']} |") for line in page.splitlines())


def test_airflow_has_its_passwords_before_it_makes_its_tables(resources: list[Resource]) -> None:
    (scheduler,) = [one for one in of_kind(resources, "Deployment") if one["metadata"]["name"] == "airflow-scheduler"]
    assert [container["name"] for container in scheduler["spec"]["template"]["spec"]["initContainers"]] == ["passwords", "tables"]


def test_airflows_connections_name_the_file_with_the_passwords_because_dbt_knows_no_other(resources: list[Resource]) -> None:
    (settings,) = [one["data"] for one in of_kind(resources, "ConfigMap") if one["metadata"]["name"].startswith("airflow-settings")]
    connections = [address for name, address in settings.items() if name.startswith("AIRFLOW_CONN_")]
    assert len(connections) == 2
    for address in connections:
        options = dict(pair.split("=") for pair in address.partition("?")[2].split("&"))
        assert options == {"sslmode": settings["PGSSLMODE"], "sslrootcert": settings["PGSSLROOTCERT"], "passfile": "/run/streamflow/pgpass"}


def test_the_policy_that_strimzi_makes_of_the_listener_lets_nobody_in_whom_ours_does_not(resources: list[Resource]) -> None:
    (kafka,) = of_kind(resources, "Kafka")
    (brokers,) = [one for one in of_kind(resources, "NetworkPolicy") if one["metadata"]["name"] == "kafka-brokers"]
    for listener in kafka["spec"]["kafka"]["listeners"]:
        port = {"protocol": "TCP", "port": listener["port"]}
        (rule,) = [rule for rule in brokers["spec"]["ingress"] if port in rule["ports"]]
        assert listener["networkPolicyPeers"] == rule["from"]
