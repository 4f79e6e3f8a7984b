"""Linters of others, over everything that is deployed; and what CI does can be done here."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from deploy.gate.control_plane import BINARIES, ROOT

VENV = ROOT / "build" / "gate" / "venv" / "bin"
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TARGETS = set(
    re.findall(r"^([a-z-]+):", "".join(file.read_text() for file in [ROOT / "Makefile", *(ROOT / "deploy").glob("*/*.mk")]), re.MULTILINE)
)
SCRIPTS = [".ci/run", *(str(file.relative_to(ROOT)) for folder in ("scripts", "deploy") for file in sorted((ROOT / folder).glob("*.sh")))]
YAML_RULES = "{extends: relaxed, rules: {line-length: disable}}"

LINTERS: dict[str, list[str | Path]] = {
    "shellcheck": [VENV / "shellcheck", *SCRIPTS],
    "hadolint": [VENV / "hadolint", "deploy/images/Dockerfile"],
    "yamllint": [VENV / "yamllint", "--strict", "--config-data", YAML_RULES, "deploy", "observability/kustomization.yaml", ".github"],
    "actionlint": [BINARIES / "actionlint", f"-shellcheck={VENV / 'shellcheck'}"],
    "zizmor": [VENV / "zizmor", "--offline", "--quiet", ".github/workflows"],
    "gitleaks": [BINARIES / "gitleaks", "git", "--no-banner", "--redact", "."],
}


@pytest.mark.parametrize("name", LINTERS)
def test_a_linter_has_nothing_to_say(name: str) -> None:
    done = subprocess.run(LINTERS[name], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def steps() -> list[tuple[str, dict[str, Any]]]:
    read = YAML(typ="safe").load
    return [
        (f"{file.name}: {name}: {number}", step)
        for file in WORKFLOWS
        for name, job in read(file.read_text())["jobs"].items()
        for number, step in enumerate(job["steps"])
    ]


def fault(step: dict[str, Any]) -> str | None:
    if "uses" in step:
        return None if re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", step["uses"]) else f"not pinned by its commit: {step['uses']}"
    words = step["run"].split()
    return None if words[0] == "make" and words[1] in TARGETS else f"not a target of the Makefile: {step['run']}"


@pytest.mark.parametrize("step", [step for _, step in steps()], ids=[name for name, _ in steps()])
def test_a_step_calls_a_target_of_the_makefile_or_an_action_pinned_by_its_commit(step: dict[str, Any]) -> None:
    assert fault(step) is None


@pytest.mark.parametrize("step", [{"uses": "actions/checkout@v4"}, {"run": "pip install streamflow"}, {"run": "make everything"}])
def test_a_step_that_does_not_is_found(step: dict[str, Any]) -> None:
    assert fault(step) is not None


READS = {"contents": "read"}
WRITES = {"publish": {"contents": "write", "id-token": "write", "attestations": "write"}}
"""The one job that makes a release, once others have built and tried it."""


def test_a_workflow_may_do_nothing_that_it_does_not_ask_for() -> None:
    for file in WORKFLOWS:
        workflow = YAML(typ="safe").load(file.read_text())
        assert workflow["permissions"] == {}
        assert workflow["concurrency"]
        for name, job in workflow["jobs"].items():
            assert job["permissions"] == (WRITES if file.name == "release.yml" else {}).get(name, READS)
            assert job["timeout-minutes"] <= 100
