"""Infrastructure as code, as far as that goes without a cluster: form, types, refusals, and that it says nothing that the manifests say."""

import re
import subprocess
from pathlib import Path

import pytest

from deploy.gate.control_plane import BINARIES, RefusedError
from deploy.gate.infrastructure import INFRASTRUCTURE, MODULES, STACKS, Infrastructure
from deploy.gate.render import OVERLAYS, of_kind, render

PARTS = (*MODULES, *STACKS)


@pytest.fixture(scope="module")
def infrastructure(tmp_path_factory: pytest.TempPathFactory) -> Infrastructure:
    copy = Infrastructure(tmp_path_factory.mktemp("infrastructure"))
    for part in PARTS:
        copy.init(part)
    return copy


def lint(folder: Path) -> str:
    command = [str(BINARIES / "tflint"), f"--config={INFRASTRUCTURE / '.tflint.hcl'}", "--recursive", "--format=compact"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout


def test_the_files_have_opentofus_own_form(infrastructure: Infrastructure) -> None:
    infrastructure.run("", "fmt", "-check", "-diff", "-recursive", "-no-color")


def test_tflint_with_all_its_rules_finds_nothing() -> None:
    assert lint(INFRASTRUCTURE) == ""


@pytest.mark.parametrize("part", PARTS)
def test_names_types_and_arguments_are_right(part: str, infrastructure: Infrastructure) -> None:
    infrastructure.run(part, "validate", "-no-color")


@pytest.mark.parametrize("module", MODULES)
def test_a_module_refuses_what_it_should(module: str, infrastructure: Infrastructure) -> None:
    assert re.search(r"Success! \d+ passed, 0 failed", infrastructure.run(module, "test", "-no-color"))


@pytest.mark.parametrize("part", PARTS)
def test_a_readme_says_what_the_files_say(part: str, infrastructure: Infrastructure) -> None:
    assert (INFRASTRUCTURE / part / "README.md").read_text() == infrastructure.described(part), "run `make infrastructure-readme`"


def test_every_part_asks_for_the_provider_that_is_built_here() -> None:
    asked = {re.findall(r'(?:source|version)\s+= "(.+)"', (INFRASTRUCTURE / part / "versions.tf").read_text())[-2:][0] for part in PARTS}
    versions = {re.findall(r'\bversion\s+= "(.+)"', (INFRASTRUCTURE / part / "versions.tf").read_text())[-1] for part in PARTS}
    built = re.findall(r"terraform-provider-kubectl v(\S+)$", (INFRASTRUCTURE.parent / "gate/go/provider/go.mod").read_text(), re.MULTILINE)
    assert asked == {"gavinbunney/kubectl"}
    assert versions == set(built)


def test_operators_live_where_the_network_policies_let_them_in_from() -> None:
    platform = (INFRASTRUCTURE / "stacks/platform/main.tf").read_text()
    reaching = set(re.findall(r'namespace = "(\S+)", +reaches_streamflow = true', platform))
    for overlay in OVERLAYS:
        resources = render(overlay)
        own = {namespace["metadata"]["name"] for namespace in of_kind(resources, "Namespace")}
        named = {
            peer["namespaceSelector"]["matchLabels"].get("kubernetes.io/metadata.name")
            for policy in of_kind(resources, "NetworkPolicy")
            for rule in policy["spec"].get("ingress", ())
            for peer in rule["from"]
            if "namespaceSelector" in peer
        }
        assert reaching == named - own - {None}


CLOSED = 'spec       = { podSelector = {}, policyTypes = ["Ingress", "Egress"] }'
MISTAKES = (
    ("modules/operators/main.tf", "filesha256(each.value.file) ==", "filesha256(each.value.file) !=", "operators", "a_file_of_another"),
    ("modules/operators/main.tf", 'kind != "Secret"', 'kind != "Secrets"', "operators", "a_secret_that_would_stand"),
    ("modules/kafka/main.tf", '["get"]', '["get", "list"]', "kafka", "Reading is all that is needed"),
    ("modules/postgres/variables.tf", "@sha256:[0-9a-f]{64}$", ".*", "postgres", "an_image_by_its_tag"),
    ("modules/namespaces/main.tf", CLOSED, CLOSED.replace(', "Egress"', ""), "namespaces", "What no policy names is refused"),
    ("../kubernetes/base/kafka/users.yaml", "name: shop\n", "name: store\n", "kafka", "Expected a KafkaUser"),
    ("stacks/streamflow/main.tf", "shop_namespaces =", "shop_namespace =", "validate", "shop_namespace"),
    ("modules/jobs/variables.tf", "type        = bool", "type        = number", "validate", "number"),
    ("stacks/streamflow/variables.tf", "  type        = string\n", "", "tflint", "terraform_typed_variables"),
)


@pytest.mark.parametrize(("file", "old", "new", "check", "found"), MISTAKES)
def test_a_planted_mistake_is_found(file: str, old: str, new: str, check: str, found: str, tmp_path: Path) -> None:
    copy = Infrastructure(tmp_path)
    path = copy.root / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    if check == "tflint":
        assert found in lint(copy.root)
        return
    part, command = ("stacks/streamflow", "validate") if check == "validate" else (f"modules/{check}", "test")
    with pytest.raises(RefusedError, match=found):
        initialised_and_run(copy, part, command)


def initialised_and_run(copy: Infrastructure, part: str, command: str) -> None:
    copy.init(part)
    copy.run(part, command, "-no-color")
