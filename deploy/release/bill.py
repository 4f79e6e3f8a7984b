"""Write a bill of materials in CycloneDX's form from an inventory, checked against the form's schema.

Run in the environment of `requirements/gate.txt`: ``python deploy/release/bill.py KIND NAME VERSION INVENTORY BILL``; kinds are CycloneDX's
types of components, `container` or `application`. The same inventory at the same `SOURCE_DATE_EPOCH` gives the same bytes.
"""

import json
import os
import re
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL


def components(inventory: dict[str, list[dict[str, str]]]) -> Iterator[Component]:
    """Return a component for each thing of an inventory."""
    for one in inventory.get("debian", ()):
        url = PackageURL("deb", "debian", one["name"], one["version"], {"arch": one["architecture"]})
        yield _library(url, one)
    for one in inventory["python"]:
        yield _library(PackageURL("pypi", None, re.sub("[-_.]+", "-", one["name"]).lower(), one["version"]), one)
    for one in inventory["jars"]:
        url = PackageURL("maven", one["group"] or None, one["name"], one["version"] or None)
        yield _library(url, one, hashes=[HashType(alg=HashAlgorithm.SHA_256, content=one["sha256"])])


def _library(url: PackageURL, one: dict[str, str], **more: Any) -> Component:
    text = url.to_string()
    reference = f"{text}#{one['sha256'][:12]}" if "sha256" in one else text
    return Component(name=one["name"], version=one["version"], type=ComponentType.LIBRARY, purl=url, bom_ref=reference, **more)


def main(arguments: list[str]) -> int:
    """Write the bill; 1 where it does not fit the schema."""
    kind, name, version, inventory, bill = arguments
    listed = Path(inventory).read_text()
    bom = Bom(components=components(json.loads(listed)), serial_number=uuid.uuid5(uuid.NAMESPACE_OID, f"{kind} {name} {version} {listed}"))
    bom.metadata.timestamp = datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "0")), UTC)
    whole = bom.metadata.component = Component(name=name, version=version, type=ComponentType(kind), bom_ref=name)
    bom.register_dependency(whole, bom.components)
    text = JsonV1Dot6(bom).output_as_string(indent=2)
    fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if fault is not None:
        sys.stderr.write(f"{fault}\n")
        return 1
    Path(bill).write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
