"""Definitions of the operators' kinds, made from what the operators publish; none of their files is copied into this project.

Run as ``python -m deploy.gate.custom_resources CONTROLLER_GEN JAVA JARS FOLDER`` by `make verify-deploy`.
"""

import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

from deploy.gate.control_plane import ROOT

GO_TYPES: Final = {
    "crds": (
        "github.com/cloudnative-pg/cloudnative-pg/api/v1",
        "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1",
    ),
    "argocd": ("github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1",),
    "externalsecrets": (
        "github.com/external-secrets/external-secrets/apis/externalsecrets/v1",
        "github.com/kubernetes-csi/external-snapshotter/client/v8/apis/volumesnapshot/v1",
    ),
}
"""By the module in `go/` that asks for them: they do not agree on what they are built with."""
STRIMZI: Final = {
    "kafka.Kafka": "kafka",
    "nodepool.KafkaNodePool": "kafkanodepool",
    "topic.KafkaTopic": "kafkatopic",
    "user.KafkaUser": "kafkauser",
}
FLINK_DEFINITION: Final = "META-INF/fabric8/flinkdeployments.flink.apache.org-v1.yml"
FLINK_VERSIONS_MISSING: Final = ("v2_2", "v2_3")
"""The newest definition to be had is that of operator 1.10; we ask for 1.16, which knows these. Nothing else in it is changed."""


def from_go_types(controller_gen: Path, folder: Path) -> None:
    """Let controller-gen read the Go types of those operators that are written in Go."""
    for module, packages in GO_TYPES.items():
        paths = [f"paths={path}" for path in packages]
        # Without descriptions: the server has to keep them all in memory.
        command = [str(controller_gen), "crd:maxDescLen=0", *paths, f"output:crd:artifacts:config={folder}"]
        subprocess.run(command, cwd=ROOT / "deploy" / "gate" / "go" / module, check=True)
    # As large as all others together, and none of ours.
    (folder / "argoproj.io_applicationsets.yaml").unlink()
    for file in folder.glob("snapshot.storage.k8s.io_*.yaml"):
        # Of a group that is Kubernetes' own, the API server asks who approved it.
        definition: dict[str, Any] = YAML(typ="safe").load(file.read_text())
        definition["metadata"]["annotations"]["api-approved.kubernetes.io"] = "unapproved, made for the gate"
        _write(definition, file)


def from_strimzi(java: Path, jars: Path, folder: Path) -> None:
    """Let Strimzi's own generator read its Java types."""
    asked = [f"io.strimzi.api.kafka.model.{kind}={folder / name}.yaml" for kind, name in STRIMZI.items()]
    versions = ["--crd-api-version", "v1", "--api-versions", "v1", "--storage-version", "v1"]
    command = [str(java), "-cp", f"{jars}/*", "io.strimzi.crdgenerator.CrdGenerator", "--yaml", "--target-kube", "1.30+"]
    subprocess.run([*command, *versions, *asked], check=True)


def from_flink(jars: Path, folder: Path) -> None:
    """Take the definition out of the operator's jar, and add the versions of Flink that it is too old to know."""
    (jar,) = jars.glob("flink-kubernetes-operator-api-*.jar")
    with zipfile.ZipFile(jar) as archive:
        definition: dict[str, Any] = YAML(typ="safe").load(archive.read(FLINK_DEFINITION))
    for version in definition["spec"]["versions"]:
        known = version["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]["flinkVersion"]["enum"]
        known += [name for name in FLINK_VERSIONS_MISSING if name not in known]
    _write(definition, folder / "flinkdeployments.yaml")


def _write(definition: dict[str, Any], file: Path) -> None:
    with file.open("w") as stream:
        YAML(typ="safe").dump(definition, stream)


def main(arguments: list[str]) -> None:
    """Write all definitions into a folder."""
    controller_gen, java, jars, folder = map(Path, arguments)
    folder.mkdir(parents=True, exist_ok=True)
    from_go_types(controller_gen.resolve(), folder.resolve())
    from_strimzi(java, jars, folder)
    from_flink(jars, folder)


if __name__ == "__main__":
    main(sys.argv[1:])
