"""Where a release's files come from: an in-toto statement with SLSA's provenance, and whether files are those that it names.

Run in the environment of ``requirements/gate.txt``: ``python deploy/release/provenance.py write FOLDER COMMIT TAG BUILDER MATERIAL...`` and
``python deploy/release/provenance.py verify FOLDER``. The statement is not signed here: GitHub attests what is built there.
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any, Final

from google.protobuf.json_format import MessageToDict
from in_toto_attestation.v1.resource_descriptor import ResourceDescriptor
from in_toto_attestation.v1.statement import Statement

BUILD_TYPE: Final = "urn:streamflow:make-release:1"
PREDICATE_TYPE: Final = "https://slsa.dev/provenance/v1"
FILE_NAME: Final = "provenance.intoto.json"


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def subjects(folder: Path) -> dict[str, str]:
    """Return the files of a release but for its provenance, each with its SHA-256."""
    return {path.name: _sha256(path) for path in sorted(folder.iterdir()) if path.name != FILE_NAME}


def statement(folder: Path, commit: str, tag: str, builder: str, materials: list[Path]) -> dict[str, Any]:
    """Return the statement on a folder's files, as the specifications have it (in-toto Statement v1, SLSA provenance v1).

    Parameters
    ----------
    folder : Path
        With the files that were built.
    commit, tag : str
        What they were built from; no tag for a trial.
    builder : str
        URI of who built.
    materials : list of Path
        Files that decide what else went in: locks and checksums.
    """
    files = [ResourceDescriptor(name=name, digest={"sha256": digest}).pb for name, digest in subjects(folder).items()]
    source = {"name": "source", "digest": {"gitCommit": commit}}
    locks = [{"name": str(path), "digest": {"sha256": _sha256(path)}} for path in materials]
    predicate = {
        "buildDefinition": {
            "buildType": BUILD_TYPE,
            "externalParameters": {"tag": tag, "command": "make release"},
            "resolvedDependencies": [source, *locks],
        },
        "runDetails": {"builder": {"id": builder}},
    }
    made = Statement(files, PREDICATE_TYPE, predicate)
    made.validate()
    said: dict[str, Any] = MessageToDict(made.pb)
    return said


def faults(folder: Path) -> list[str]:
    """Say of each file that it is not the one that the provenance names, or is missing, or is one too many."""
    said = json.loads((folder / FILE_NAME).read_text())
    named = {subject["name"]: subject["digest"]["sha256"] for subject in said["subject"]}
    there = subjects(folder)
    return [
        f"{name}: expected SHA-256 {named.get(name, 'none, for it is not named')}, got {there.get(name, 'no file')}"
        for name in sorted(named.keys() | there.keys())
        if named.get(name) != there.get(name)
    ]


def main(arguments: list[str]) -> int:
    """Write or verify; 1 where a file is another."""
    match arguments:
        case ["write", folder, commit, tag, builder, *materials]:
            made = statement(Path(folder), commit, tag, builder, [Path(material) for material in materials])
            (Path(folder) / FILE_NAME).write_text(f"{json.dumps(made, indent=2, sort_keys=True)}\n")
            return 0
        case ["verify", folder]:
            wrong = faults(Path(folder))
            sys.stderr.write("".join(f"release: {fault}\n" for fault in wrong))
            return 1 if wrong else 0
    sys.stderr.write(f"{__doc__}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
