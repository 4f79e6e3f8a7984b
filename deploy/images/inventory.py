"""What is in an image, printed as JSON by the image's own Python: Debian packages, Python distributions and jars.

It is fed to `python -` inside the image, so it stands alone.
"""

import hashlib
import importlib.metadata
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

JAR_NAME = re.compile(r"^(?P<name>.+?)-(?P<version>\d[\w.+-]*)\.jar$")


def debian() -> list[dict[str, str]]:
    """Return the installed packages."""
    listing = subprocess.run(
        ["dpkg-query", "--show", "--showformat=${Package}\t${Version}\t${Architecture}\n"], capture_output=True, text=True, check=True
    ).stdout
    return [dict(zip(("name", "version", "architecture"), line.split("\t"), strict=True)) for line in listing.splitlines()]


def python() -> list[dict[str, str]]:
    """Return the distributions of all environments, each version once."""
    places = [str(place) for place in sorted(Path("/opt").rglob("site-packages"))]
    found = {(one.metadata["Name"], one.version) for one in importlib.metadata.distributions(path=places)}
    return [{"name": name, "version": version} for name, version in sorted(found)]


def jars(folder: Path = Path("/opt")) -> list[dict[str, str]]:
    """Return each jar once, with the Maven coordinates that it says of itself, or those of its name."""
    found = {path.resolve() for path in folder.rglob("*.jar")}
    return [{**_coordinates(path), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()} for path in sorted(found)]


def _coordinates(path: Path) -> dict[str, str]:
    named = JAR_NAME.match(path.name)
    name, version = (named["name"], named["version"]) if named else (path.stem, "")
    with zipfile.ZipFile(path) as archive:
        for entry in archive.namelist():
            # A jar with others inside has several; its own is the one of its name.
            if entry.startswith("META-INF/maven/") and entry.endswith(f"/{name}/pom.properties"):
                facts = dict(line.split("=", 1) for line in archive.read(entry).decode().splitlines() if "=" in line)
                return {"group": facts["groupId"], "name": facts["artifactId"], "version": facts["version"]}
    return {"group": "", "name": name, "version": version}


if __name__ == "__main__":
    json.dump({"debian": debian(), "python": python(), "jars": jars()}, sys.stdout)
