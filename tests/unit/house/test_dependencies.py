"""Dependencies are locked and hashed, and no file of the build names an address or a machine."""

import re
import tomllib
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
REQUIREMENTS = sorted((ROOT / "requirements").glob("*.txt"))
XML_NAMESPACES = ("http://maven.apache.org/POM/", "http://www.w3.org/2001/XMLSchema-instance")
BUILD_FILES = [
    *REQUIREMENTS,
    *sorted((ROOT / "requirements").glob("*.in")),
    *sorted((ROOT / "jars").iterdir()),
    *sorted(path for path in (ROOT / "scripts").iterdir() if path.is_file()),
    *(ROOT / name for name in ("pyproject.toml", "Makefile", ".ci/run", ".pre-commit-config.yaml", "debian-packages.txt")),
]
MACHINE_PATHS = re.compile(r"(?<![\w.{}$-])/(?:home|root|work|Users)/")


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(path: Path) -> dict[str, str]:
    """Return each locked package's whole entry, its hashes included, by canonical name."""
    entries = path.read_text().replace("\\\n", " ").splitlines()
    return {canonical(entry.split("==")[0]): entry for entry in entries if entry.strip()}


@pytest.mark.parametrize("path", BUILD_FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_build_file_holds_no_address_and_no_machine_path(path: Path) -> None:
    text = path.read_text()
    for namespace in XML_NAMESPACES:
        text = text.replace(namespace, "")
    assert re.findall(r"\b\w+://\S*|--(?:extra-)?index-url\b.*|--find-links\b.*", text) == []
    assert MACHINE_PATHS.findall(text) == []


@pytest.mark.parametrize("path", REQUIREMENTS, ids=lambda path: path.name)
def test_every_locked_package_has_one_version_and_hashes(path: Path) -> None:
    entries = locked(path)
    assert entries
    assert [entry for entry in entries.values() if "--hash=sha256:" not in entry or "==" not in entry] == []


def test_the_locked_files_hold_every_package_that_the_project_asks_for() -> None:
    document = tomllib.loads((ROOT / "pyproject.toml").read_text())
    names = {
        group: {canonical(re.split(r"[^\w.-]", requirement)[0]) for requirement in requirements}
        for group, requirements in (("runtime", document["project"]["dependencies"]), ("dev", document["dependency-groups"]["dev"]))
    }
    runtime, dev = locked(ROOT / "requirements/runtime.txt"), locked(ROOT / "requirements/dev.txt")
    assert names["runtime"] - runtime.keys() == set()
    assert names["dev"] - dev.keys() == set()


def test_tests_run_on_the_same_versions_as_users() -> None:
    runtime, dev = locked(ROOT / "requirements/runtime.txt"), locked(ROOT / "requirements/dev.txt")
    assert {name: dev.get(name) for name in runtime} == runtime


def test_every_jar_that_the_pom_names_has_a_checksum() -> None:
    maven = {"m": "http://maven.apache.org/POM/4.0.0"}
    pom = ElementTree.parse(ROOT / "jars/pom.xml").getroot()  # noqa: S314 our own file
    versions = {f"${{{element.tag.partition('}')[2]}}}": element.text for element in pom.iterfind("m:properties/*", maven)}
    named = {
        f"{item.findtext('m:artifactId', '', maven)}-{versions[item.findtext('m:version', '', maven)]}.jar"
        for kind in ("m:dependency", "m:artifactItem")
        for item in pom.iterfind(f".//{kind}", maven)
    }
    held = {line.split()[1].rpartition("/")[2] for line in (ROOT / "jars/SHA256SUMS").read_text().splitlines()}
    assert named
    assert named - held == set()
